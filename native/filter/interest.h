#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

#include "wire/tuple.h"

namespace filter {

/// One bit a port.
class PortSet {
 public:
  static constexpr size_t kBytes = 65536 / 8;

  bool has(uint16_t port) const { return (bits_[port >> 3] >> (port & 7) & 1) != 0; }
  void add(uint16_t port) { bits_[port >> 3] |= static_cast<uint8_t>(1u << (port & 7)); }
  uint8_t* data() { return bits_.data(); }
  const uint8_t* data() const { return bits_.data(); }

 private:
  std::array<uint8_t, kBytes> bits_ = {};
};

/// Passes if `(flags & mask) == value`.
struct FlagTest {
  uint8_t mask = 0;
  uint8_t value = 0;

  bool passes(uint16_t flags) const { return (flags & mask) == value; }
};

/// What any door wants. Kernel filter and port bitmap both come from this value.
struct Interest {
  PortSet tcp;
  PortSet udp;
  bool icmp = false;   ///< echo requests of ICMP, of any size
  bool icmp6 = false;  ///< echo requests of ICMPv6
  FlagTest tcp_flags;

  bool wants(const wire::Tuple& tuple) const {
    return wants(tuple.protocol, tuple.port, tuple.flags);
  }

  bool wants(uint8_t protocol, uint16_t port, uint16_t flags) const {
    switch (protocol) {
      case wire::kTcp:
        return tcp.has(port) && tcp_flags.passes(flags);
      case wire::kUdp:
        return udp.has(port);
      case wire::kIcmp:
        return icmp && port != wire::kNoEcho;
      case wire::kIcmpv6:
        return icmp6 && port != wire::kNoEcho;
      default:
        return false;
    }
  }
};

}  // namespace filter
