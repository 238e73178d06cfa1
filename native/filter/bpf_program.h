#pragma once
#include <linux/filter.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "filter/interest.h"

namespace filter {

/// What the bytes begin with when the kernel runs the filter.
enum class LinkFamily : uint8_t {
  ethernet,  ///< an Ethernet header
  ip,        ///< the IP header itself: tunnels, and sockets that have the link header taken off
};

/// The kernel takes no longer programs (BPF_MAXINSNS).
constexpr size_t kMaxInstructions = 4096;

/// Bytes of a wanted packet that the kernel copies: two tags, the longest IPv4 header and the fixed
/// part of TCP's fit in. Packets that only the parser can judge come whole.
constexpr uint32_t kSnapLength = 128;
constexpr uint32_t kWholePacket = 0x40000;

/// Compiles an interest into a socket filter. It lets through all that the parser and the interest
/// accept, and little else; with too many ports for `max_instructions` it lets more through.
std::vector<sock_filter> compile(const Interest& interest, LinkFamily family,
                                 size_t max_instructions = kMaxInstructions);

}  // namespace filter
