#pragma once
#include <cstddef>
#include <cstdint>

#include "wire/ether_type.h"
#include "wire/frame.h"
#include "wire/tuple.h"

namespace wire {

/// Link types as capture files number them (www.tcpdump.org/linktypes.html).
namespace link_type {
constexpr uint16_t kNull = 0;
constexpr uint16_t kEthernet = 1;
constexpr uint16_t kPpp = 9;
constexpr uint16_t kRawBsd = 12;
constexpr uint16_t kRawOpenBsd = 14;
constexpr uint16_t kRaw = 101;
constexpr uint16_t kLoop = 108;
constexpr uint16_t kLinuxSll = 113;
constexpr uint16_t kIpv4 = 228;
constexpr uint16_t kIpv6 = 229;
constexpr uint16_t kLinuxSll2 = 276;
}  // namespace link_type

/// Tags, labels and session headers between link and IP header; a real network has three at most.
constexpr int kMaxLinkLayers = 8;

/// Where the IP header begins, and which one the link header announces.
struct Network {
  enum class Version : uint8_t { none, ipv4, ipv6, either };
  size_t offset = 0;
  Version version = Version::none;
};

/// Whether frames of this link type can be read at all.
bool is_supported(uint16_t link_type);

/// Every link type and stack of tags; notes the VLAN and the reject reason in the tuple.
Network walk_link(const Frame& frame, Tuple& tuple);

/// `walk_link`, with the untagged Ethernet frame that nearly all are taken first.
inline Network find_network(const Frame& frame, Tuple& tuple) {
  constexpr size_t kHeader = 14;
  if (frame.link_type == link_type::kEthernet && frame.bytes.has(0, kHeader) && !frame.has_tag) {
    const uint16_t type = frame.bytes.be16(12);
    if (type == ether_type::kIpv4) return {kHeader, Network::Version::ipv4};
    if (type == ether_type::kIpv6) return {kHeader, Network::Version::ipv6};
  }
  return walk_link(frame, tuple);
}

}  // namespace wire
