#include "wire/link.h"

#include "wire/ether_type.h"

namespace wire {
namespace {

using Version = Network::Version;

constexpr uint16_t kPppIpv4 = 0x0021;
constexpr uint16_t kPppIpv6 = 0x0057;
constexpr uint8_t kCookedOutgoing = 4;  // PACKET_OUTGOING, packet(7)

Network rejected(Tuple& tuple, Reject why) {
  tuple.refuse(why);
  return {};
}

void note_vlan(Tuple& tuple, uint16_t tag) {
  if (tuple.vlan == 0) tuple.vlan = tag & 0x0fff;
}

Network ppp_payload(uint16_t protocol, size_t offset, Tuple& tuple) {
  if (protocol == kPppIpv4) return {offset, Version::ipv4};
  if (protocol == kPppIpv6) return {offset, Version::ipv6};
  return rejected(tuple, Reject::notIp);
}

/// Follows ethertypes from the bytes behind the first one until an IP header or a dead end. MPLS
/// does not say what it carries: a first nibble of 4 or 6 is IP, and 0 the control word of an
/// Ethernet pseudowire (RFC 4385 section 3).
Network walk_ethertypes(ByteView bytes, size_t at, uint16_t type, Tuple& tuple) {
  for (int layer = 0; layer <= kMaxLinkLayers; layer++) {
    switch (type) {
      case ether_type::kIpv4:
        return {at, Version::ipv4};
      case ether_type::kIpv6:
        return {at, Version::ipv6};
      case ether_type::kVlan:
      case ether_type::kService:
      case ether_type::kOldService:
        if (!bytes.has(at, 4)) return rejected(tuple, Reject::cutLink);
        note_vlan(tuple, bytes.be16(at));
        type = bytes.be16(at + 2);
        at += 4;
        break;
      case ether_type::kVnTag:
        if (!bytes.has(at, 6)) return rejected(tuple, Reject::cutLink);
        type = bytes.be16(at + 4);
        at += 6;
        break;
      case ether_type::kPppoe:
        if (!bytes.has(at, 8)) return rejected(tuple, Reject::cutLink);
        // Version and type 1, code 0: session data (RFC 2516 section 6).
        if (bytes.be16(at) != 0x1100) return rejected(tuple, Reject::notIp);
        return ppp_payload(bytes.be16(at + 6), at + 8, tuple);
      case ether_type::kMpls:
      case ether_type::kMplsUpstream: {
        if (!bytes.has(at, 5)) return rejected(tuple, Reject::cutLink);
        const bool is_bottom = (bytes.u8(at + 2) & 1) != 0;
        at += 4;
        if (!is_bottom) break;
        const uint8_t nibble = bytes.u8(at) >> 4;
        if (nibble == 4) return {at, Version::ipv4};
        if (nibble == 6) return {at, Version::ipv6};
        if (nibble != 0) return rejected(tuple, Reject::notIp);
        if (!bytes.has(at, 4 + 14)) return rejected(tuple, Reject::cutLink);
        type = bytes.be16(at + 4 + 12);
        at += 4 + 14;
        break;
      }
      default:
        return rejected(tuple, Reject::notIp);
    }
  }
  return rejected(tuple, Reject::linkDepth);
}

Network walk_ethernet(ByteView bytes, Tuple& tuple) {
  if (!bytes.has(0, 14)) return rejected(tuple, Reject::cutLink);
  return walk_ethertypes(bytes, 14, bytes.be16(12), tuple);
}

/// "Linux cooked" headers stand for a link header that the kernel took away; they also say who
/// sent.
Network walk_sll(ByteView bytes, Tuple& tuple) {
  if (!bytes.has(0, 16)) return rejected(tuple, Reject::cutLink);
  if (bytes.be16(0) == kCookedOutgoing) tuple.refuse(Reject::outgoing);
  return walk_ethertypes(bytes, 16, bytes.be16(14), tuple);
}

Network walk_sll2(ByteView bytes, Tuple& tuple) {
  if (!bytes.has(0, 20)) return rejected(tuple, Reject::cutLink);
  if (bytes.u8(10) == kCookedOutgoing) tuple.refuse(Reject::outgoing);
  return walk_ethertypes(bytes, 20, bytes.be16(0), tuple);
}

/// The address family in the capturing machine's byte order, and each system has its own AF_INET6.
Network walk_loopback(ByteView bytes, Tuple& tuple) {
  if (!bytes.has(0, 4)) return rejected(tuple, Reject::cutLink);
  const uint32_t big = bytes.be32(0);
  const uint32_t family = big <= 0xffff ? big : __builtin_bswap32(big);
  switch (family) {
    case 2:
      return {4, Version::ipv4};
    case 10:  // Linux
    case 23:  // Windows
    case 24:  // NetBSD, OpenBSD
    case 28:  // FreeBSD
    case 30:  // Darwin
      return {4, Version::ipv6};
    default:
      return rejected(tuple, Reject::notIp);
  }
}

/// Address and control bytes (ff 03) may be left out, and so may the protocol's first byte if it is
/// 0 (RFC 1661 sections 6.5 and 6.6).
Network walk_ppp(ByteView bytes, Tuple& tuple) {
  size_t at = bytes.has(0, 2) && bytes.be16(0) == 0xff03 ? 2 : 0;
  if (!bytes.has(at, 2)) return rejected(tuple, Reject::cutLink);
  if ((bytes.u8(at) & 1) != 0) return ppp_payload(bytes.u8(at), at + 1, tuple);
  return ppp_payload(bytes.be16(at), at + 2, tuple);
}

Network walk(const Frame& frame, Tuple& tuple) {
  switch (frame.link_type) {
    case link_type::kEthernet:
      return walk_ethernet(frame.bytes, tuple);
    case link_type::kLinuxSll:
      return walk_sll(frame.bytes, tuple);
    case link_type::kLinuxSll2:
      return walk_sll2(frame.bytes, tuple);
    case link_type::kNull:
    case link_type::kLoop:
      return walk_loopback(frame.bytes, tuple);
    case link_type::kPpp:
      return walk_ppp(frame.bytes, tuple);
    case link_type::kRaw:
    case link_type::kRawBsd:
    case link_type::kRawOpenBsd:
      return {0, Version::either};
    case link_type::kIpv4:
      return {0, Version::ipv4};
    case link_type::kIpv6:
      return {0, Version::ipv6};
    default:
      return rejected(tuple, Reject::notIp);
  }
}

}  // namespace

bool is_supported(uint16_t type) {
  switch (type) {
    case link_type::kNull:
    case link_type::kEthernet:
    case link_type::kPpp:
    case link_type::kRaw:
    case link_type::kRawBsd:
    case link_type::kRawOpenBsd:
    case link_type::kLoop:
    case link_type::kLinuxSll:
    case link_type::kIpv4:
    case link_type::kIpv6:
    case link_type::kLinuxSll2:
      return true;
    default:
      return false;
  }
}

Network walk_link(const Frame& frame, Tuple& tuple) {
  if (frame.has_tag) note_vlan(tuple, frame.tag);
  return walk(frame, tuple);
}

}  // namespace wire
