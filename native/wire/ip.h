#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "wire/frame.h"
#include "wire/tuple.h"

namespace wire {

/// Extension headers that are walked (hop-by-hop, routing, fragment, destination options, AH).
constexpr int kMaxExtensions = 16;

/// The bytes behind the IP header. `end` is where the captured bytes or the IP length end,
/// whichever comes first; `claimed_end` is where the IP length says, and may lie behind what was
/// captured.
struct Transport {
  size_t offset = 0;
  size_t end = 0;
  size_t claimed_end = 0;
  bool is_readable = false;
};

/// Bytes up to `claimed_end` are the packet's own: a length of 0 (segmentation offload, BIG TCP)
/// means all that is there.
inline Transport bounded(const Frame& frame, size_t offset, size_t claimed_end) {
  return {offset, std::min(frame.bytes.size(), claimed_end), claimed_end, true};
}

inline size_t whole_frame(const Frame& frame) {
  return std::max<size_t>(frame.bytes.size(), frame.original_length);
}

/// IPv4 with anything unusual: options, fragments, AH, lengths that lie.
Transport walk_ipv4(const Frame& frame, size_t at, Tuple& tuple);
Transport walk_ipv6(const Frame& frame, size_t at, Tuple& tuple);

/// Ones' complement sum of a header of whole 32-bit words; 0xffff if the checksum in it is right
/// (RFC 1071).
inline uint16_t header_sum(ByteView bytes, size_t at, size_t length) {
  uint64_t sum = 0;
  for (size_t word = 0; word < length; word += 4) sum += bytes.native32(at + word);
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>((sum & 0xffff) + (sum >> 16));
}

inline void set_ipv4_addresses(ByteView bytes, size_t at, Tuple& tuple) {
  tuple.traits |= kTraitIpv4;
  tuple.source[2] = tuple.target[2] = 0xffff;
  tuple.source[3] = bytes.be32(at + 12);
  tuple.target[3] = bytes.be32(at + 16);
}

}  // namespace wire
