#pragma once
#include <cstddef>
#include <cstdint>

#include "wire/byte_view.h"
#include "wire/frame.h"
#include "wire/ip.h"
#include "wire/link.h"
#include "wire/tuple.h"

namespace wire {

/// What decides whether anybody wants a packet.
struct Glimpse {
  uint8_t protocol;
  uint8_t flags;
  uint16_t port;
};

/// Whether the bytes are all there is to know of a frame: Ethernet that came in, with no tag
/// beside.
inline bool may_glimpse(const Frame& frame) {
  return frame.link_type == link_type::kEthernet && !frame.has_tag && !frame.is_outgoing;
}

/// Reads it from the Ethernet frame that nearly all are: untagged, IPv4 without options or
/// fragments, TCP or UDP, whole and true to its lengths and checksum. False if the frame is
/// anything else, good or bad: then `parse` must look. Nearly all packets are wanted by nobody and
/// end here, without a tuple (bench/cases/replay).
inline bool glimpse(ByteView bytes, Glimpse& seen) {
  constexpr size_t kIp = 14;
  constexpr size_t kTransport = kIp + 20;
  if (bytes.size() < kTransport + 8) return false;
  if (bytes.be16(12) != 0x0800 || bytes.u8(kIp) != 0x45) return false;
  if ((bytes.be16(kIp + 6) & 0x3fff) != 0) return false;  // more to come, or a later fragment
  const size_t end = kIp + bytes.be16(kIp + 2);
  seen.protocol = bytes.u8(kIp + 9);
  seen.port = bytes.be16(kTransport + 2);
  if (seen.protocol == kTcp) {
    if (end < kTransport + 20 || bytes.size() < kTransport + 20) return false;
    const size_t header = size_t{bytes.u8(kTransport + 12)} >> 4 << 2;
    if (header < 20 || kTransport + header > end) return false;
    seen.flags = bytes.u8(kTransport + 13);
  } else if (seen.protocol == kUdp) {
    const size_t length = bytes.be16(kTransport + 4);
    if (length < 8 || kTransport + length > end) return false;
    seen.flags = 0;
  } else {
    return false;
  }
  return has_right_sum(bytes, kIp);
}

}  // namespace wire
