#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "netlink/log_packets.h"
#include "netlink/replies.h"
#include "sys/file_descriptor.h"
#include "sys/packet_ring.h"
#include "sys/result.h"
#include "sys/stamp_clock.h"
#include "wire/frame.h"

namespace sys {

struct LogSocketOptions {
  std::vector<uint16_t> groups;
  uint32_t snap_length;  ///< bytes of a packet, from its IP header on
  int64_t clock_origin;  ///< see StampClock, nanoseconds
};

/// Hears the packets that rules log to groups (`log group 5`, NFLOG). A group is one program's.
class LogSocket {
 public:
  /// Binds to all groups. Fails with EPERM without CAP_NET_ADMIN, and for a group that is taken.
  static Result<LogSocket> open(const LogSocketOptions& options);

  /// Whether the kernel hands over each packet at once, or gathers some, which costs a quarter and
  /// up to 10 ms. A request that can't be sent leaves it as it is, which is slower and no worse.
  void gather(bool is_wanted);

  /// Hands over packets in order of arrival, as frames of no link header, each on loan until the
  /// visitor returns; up to a bound, so that a flood does not keep us for ever. The visitor returns
  /// false to stop before the frame it was offered, which is offered again.
  template <typename Visitor>
  Drained drain(Visitor&& visit) {
    read_clock();
    Drained drained{0, true};
    for (int datagrams = 0;;) {
      if (!next_packet()) {
        if (datagrams++ == kMostDatagrams) {
          drained.is_empty = false;
          break;
        }
        if (!receive()) break;
        continue;
      }
      if (!visit(std::as_const(frame_))) {
        is_held_ = true;
        drained.is_empty = false;
        break;
      }
      drained.frames++;
    }
    clock_.end(drained.is_empty);
    return drained;
  }

  /// Packets that there was no room for, in all: gaps in the groups' own count.
  uint64_t lost() const { return lost_; }
  int64_t wall_shift() const { return clock_.shift(); }
  int descriptor() const { return socket_.get(); }

 private:
  static constexpr int kMostDatagrams = 256;

  LogSocket(FileDescriptor socket, const LogSocketOptions& options);

  Result<Done> configure(bool binds);
  Result<Done> request(uint16_t group, bool binds, const netlink::LogSettings& settings);
  void read_clock();
  /// The next datagram into the inbox; false if none waits.
  bool receive();
  /// The next packet of the inbox into the frame; false if there is none left.
  bool next_packet();
  void count_gap(const netlink::LogPacket& packet);
  void fill_frame(const netlink::LogPacket& packet);

  FileDescriptor socket_;
  std::vector<uint16_t> groups_;
  std::vector<uint32_t> expected_;  ///< by group, the number of its next packet
  uint32_t snap_length_;
  bool gathers_ = false;
  StampClock clock_;
  std::vector<std::byte> inbox_;
  netlink::ReplyReader messages_{{}};
  netlink::Buffer request_;
  wire::Frame frame_{};
  bool is_held_ = false;
  uint32_t sequence_ = 1;
  uint64_t lost_ = 0;
};

}  // namespace sys
