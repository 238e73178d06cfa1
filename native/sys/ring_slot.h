#pragma once
#include <linux/if_packet.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "wire/frame.h"

namespace sys {

/// What the bytes of a ring's frames begin with.
enum class RingLink : uint8_t {
  ethernet,  ///< an Ethernet header (also `lo`)
  network,   ///< the network header itself (tun, WireGuard, ppp, `any`)
};

/// What the kernel says of a frame stands in front of it, in the same slot.
constexpr size_t kSlotHeader = TPACKET2_HDRLEN;

/// Reads a slot that was handed over with this status word. Pure and total: whatever the bytes are,
/// the frame lies within the slot and behind its header; a slot that contradicts itself holds an
/// empty frame, which the parser counts as cut. `interface` is left as it is.
void read_slot(std::span<const std::byte> slot, uint32_t status, RingLink link, wire::Frame& frame);

/// The kernel's number of the link that the slot's frame came in by; 0 if the slot is too short.
uint32_t slot_interface(std::span<const std::byte> slot);

}  // namespace sys
