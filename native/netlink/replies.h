#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace netlink {

/// One message that came in.
struct Reply {
  enum class Kind : uint8_t { kAcknowledged, kFailed, kDone, kMessage };

  Kind kind = Kind::kMessage;
  uint32_t sequence = 0;
  uint16_t type = 0;                      ///< without the subsystem
  bool is_interrupted = false;            ///< the dump saw two generations and must be repeated
  int error = 0;                          ///< an errno, for kFailed and for a kDone that ends badly
  std::string_view reason;                ///< the kernel's own words, if it has any
  std::span<const std::byte> body;        ///< all that is behind the header
  std::span<const std::byte> attributes;  ///< of nfnetlink's kMessage, behind the nfgenmsg
};

/// Walks over the messages of one datagram. Total: ends at the first message that does not fit.
class ReplyReader {
 public:
  explicit ReplyReader(std::span<const std::byte> datagram) : rest_(datagram) {}
  bool next(Reply& reply);

 private:
  std::span<const std::byte> rest_;
};

/// Whether a chain of a dump is of type nat, and of another table than this.
bool is_nat_chain(std::span<const std::byte> attributes, std::string_view apart_from);

/// Number of the ruleset's generation, 0 if the message names none.
uint32_t generation_of(std::span<const std::byte> attributes);

}  // namespace netlink
