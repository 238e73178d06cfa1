#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "netlink/batch.h"
#include "netlink/replies.h"
#include "sys/file_descriptor.h"
#include "sys/result.h"

namespace sys {

/// A message of a transaction that the kernel refused.
struct RefusedMessage {
  uint32_t sequence;
  int error;
};

/// An answer of many datagrams that is still being read.
struct Dump {
  uint32_t sequence;
  bool is_done = false;
  /// The ruleset changed meanwhile, so it is not of one piece.
  bool is_interrupted = false;
};

/// One netlink socket to nf_tables, kept open. All calls block, for some microseconds as a rule:
/// the kernel works a transaction off within `send`, and its answers lie there when that returns.
class NftSocket {
 public:
  static Result<NftSocket> open();

  /// Sends a finished batch. The messages that the kernel refused, if any: then nothing of the
  /// batch was done. Fails with ENOBUFS if the answers were lost, so that nobody knows what was
  /// done.
  Result<std::span<const RefusedMessage>> commit(const netlink::Batch& batch);

  /// The kernel's own words about the first refused message of the last commit; may be empty.
  const std::string& reason() const { return reason_; }

  using Visit = std::function<void(std::span<const std::byte> attributes)>;
  /// Asks for everything that a dump request names. Fails with EINTR if the ruleset changed
  /// meanwhile: then what was visited is not of one piece.
  Result<Done> dump(netlink::Buffer& request, uint32_t sequence, const Visit& visit);
  /// The same in pieces: nothing else may be asked of the socket until it is done.
  Result<Dump> begin_dump(netlink::Buffer& request, uint32_t sequence);
  /// Reads its next datagram, of up to 32 KiB.
  Result<Done> read_on(Dump& dump, const Visit& visit);

  /// Number of the ruleset's generation: every transaction of anybody in this namespace adds one.
  Result<uint32_t> generation();

  /// Its port: the kernel names it as the author of what it commits.
  uint32_t port() const { return port_; }

  /// A number that no answer still under way carries; `count` more numbers follow it.
  uint32_t take_sequences(size_t count);

 private:
  explicit NftSocket(FileDescriptor socket) : socket_(std::move(socket)) {}

  Result<Done> send(std::span<const std::byte> bytes);
  /// The next datagram, or an empty one if none waits.
  Result<std::span<const std::byte>> receive(bool may_wait);
  void ensure_send_buffer(size_t size);

  FileDescriptor socket_;
  std::vector<std::byte> inbox_;
  std::vector<RefusedMessage> refused_;
  std::string reason_;
  netlink::Buffer request_;
  size_t send_buffer_ = 0;
  uint32_t port_ = 0;
  uint32_t sequence_ = 1;
};

}  // namespace sys
