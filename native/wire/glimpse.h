#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "wire/byte_view.h"
#include "wire/ether_type.h"
#include "wire/frame.h"
#include "wire/link.h"
#include "wire/tuple.h"

namespace wire {

/// What decides whether anybody wants a packet.
struct Glimpse {
  uint8_t protocol;
  uint8_t flags;
  uint16_t port;
};

/// IPv4 and UDP: nothing that has ports is shorter.
constexpr size_t kLeastPacket = 28;

/// Whether the bytes are all there is to know of a frame: Ethernet that came in, with no tag
/// beside.
inline bool may_glimpse(const Frame& frame) {
  return frame.link_type == link_type::kEthernet && !frame.has_tag && !frame.is_outgoing;
}

/// Reads it from a TCP or UDP header at `at`. False if it does not lie whole in the packet, or has
/// a data offset under five words.
inline bool glimpse_ports(ByteView packet, size_t at, uint8_t protocol, Glimpse& seen) {
  switch (protocol) {
    case kTcp:
      if (packet.size() < at + 20 || packet.u8(at + 12) < 0x50) return false;
      seen.flags = packet.u8(at + 13);
      break;
    case kUdp:
      if (packet.size() < at + 8) return false;
      seen.flags = 0;
      break;
    default:
      return false;
  }
  seen.protocol = protocol;
  seen.port = packet.be16(at + 2);
  return true;
}

/// Without options or fragments. Both take a packet with `kLeastPacket` bytes.
inline bool glimpse_ipv4(ByteView packet, Glimpse& seen) {
  if (packet.u8(0) != 0x45 || (packet.be16(6) & 0x3fff) != 0) return false;
  const size_t total = packet.be16(2);
  return glimpse_ports(packet.first(std::min(packet.size(), total)), 20, packet.u8(9), seen);
}

/// Without extension headers.
inline bool glimpse_ipv6(ByteView packet, Glimpse& seen) {
  if (packet.u8(0) >> 4 != 6) return false;
  const size_t total = size_t{40} + packet.be16(4);
  return glimpse_ports(packet.first(std::min(packet.size(), total)), 40, packet.u8(6), seen);
}

/// Reads it from the Ethernet frames that nearly all are: tagged or not, a plain IP header, then
/// TCP or UDP. False if the frame is anything else, good or bad: then `parse` must look. Nearly all
/// packets are wanted by nobody and end here, without a tuple, and without a look at what else may
/// be wrong with them (bench/cases/replay).
inline bool glimpse(ByteView bytes, Glimpse& seen) {
  constexpr size_t kEthernet = 14;
  constexpr size_t kTag = 4;
  for (size_t at = kEthernet; at <= kEthernet + kMaxLinkLayers * kTag; at += kTag) {
    if (bytes.size() < at + kLeastPacket) return false;
    const uint16_t type = bytes.be16(at - 2);
    if (type == ether_type::kIpv4) return glimpse_ipv4(bytes.from(at), seen);
    if (type == ether_type::kIpv6) return glimpse_ipv6(bytes.from(at), seen);
    if (!ether_type::is_tag(type)) return false;
  }
  return false;
}

}  // namespace wire
