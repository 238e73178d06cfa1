#pragma once
#include <cstdint>

#include "wire/reject.h"

namespace wire {

constexpr uint8_t kTraitIpv6 = 1;            ///< outermost IP header is IPv6
constexpr uint8_t kTraitFirstFragment = 2;   ///< offset 0, more to come
constexpr uint8_t kTraitLaterFragment = 4;   ///< offset over 0: no ports
constexpr uint8_t kTraitAtomicFragment = 8;  ///< IPv6 fragment header, but whole
constexpr uint8_t kTraitComplete = 16;       ///< the transport header is whole
constexpr uint8_t kTraitIpv4 = 32;           ///< outermost IP header is IPv4
constexpr uint8_t kTraitExtended = 64;       ///< extension headers stand before the transport

/// The `port` of ICMP packets that are no whole echo request.
constexpr uint16_t kNoEcho = 0xffff;

constexpr uint8_t kIcmp = 1;
constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;
constexpr uint8_t kIcmpv6 = 58;

/// What a frame says. Fields that were read before a reject are filled, the others are 0.
struct Tuple {
  uint32_t source[4] = {};  ///< host order; IPv4 is ::ffff:a.b.c.d
  uint32_t target[4] = {};
  uint32_t payload_at = 0;  ///< offset in the frame's bytes
  uint32_t payload_length = 0;
  uint16_t source_port = 0;  ///< ICMP: type << 8 | code
  uint16_t port = 0;         ///< ICMP: bytes of an echo request's data, or kNoEcho
  uint16_t vlan = 0;
  uint16_t flags = 0;  ///< TCP's, with the four reserved bits above them
  uint8_t protocol = 0;
  uint8_t traits = 0;
  Reject reject = Reject::none;

  /// The first reason stays: an outgoing packet remains one, whatever else is wrong with it.
  void refuse(Reject why) {
    if (reject == Reject::none) reject = why;
  }
};

}  // namespace wire
