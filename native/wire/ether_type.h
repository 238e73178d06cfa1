#pragma once
#include <cstdint>

/// What an Ethernet header or a tag says comes next.
namespace wire::ether_type {

constexpr uint16_t kIpv4 = 0x0800;
constexpr uint16_t kIpv6 = 0x86dd;
constexpr uint16_t kVlan = 0x8100;        ///< 802.1Q
constexpr uint16_t kService = 0x88a8;     ///< 802.1ad
constexpr uint16_t kOldService = 0x9100;  ///< used before 802.1ad had its own
constexpr uint16_t kVnTag = 0x8926;
constexpr uint16_t kMpls = 0x8847;
constexpr uint16_t kMplsUpstream = 0x8848;
constexpr uint16_t kPppoe = 0x8864;

constexpr uint32_t kTags[] = {kVlan, kService, kOldService};

constexpr bool is_tag(uint16_t type) {
  for (const uint32_t tag : kTags) {
    if (type == tag) return true;
  }
  return false;
}

}  // namespace wire::ether_type
