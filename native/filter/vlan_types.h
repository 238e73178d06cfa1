#pragma once
#include <cstdint>

namespace filter {

/// The EtherTypes of a VLAN tag: 802.1Q, 802.1ad, and the one used before 802.1ad had its own.
constexpr uint32_t kVlanTypes[] = {0x8100, 0x88a8, 0x9100};

}  // namespace filter
