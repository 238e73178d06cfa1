#include "wire/ip.h"

namespace wire {
namespace {

constexpr uint8_t kHopByHop = 0;
constexpr uint8_t kRouting = 43;
constexpr uint8_t kFragment = 44;
constexpr uint8_t kAuthentication = 51;
constexpr uint8_t kDestination = 60;

Transport rejected(Tuple& tuple, Reject why) {
  tuple.refuse(why);
  return {};
}

/// A span that is not there: cut away by the capture, or never within the packet.
Transport missing(const Transport& packet, size_t end, Tuple& tuple) {
  return rejected(tuple, end > packet.claimed_end ? Reject::badIp : Reject::cutIp);
}

bool is_extension(uint8_t protocol, bool is_ipv6) {
  switch (protocol) {
    case kAuthentication:
      return true;
    case kHopByHop:
    case kRouting:
    case kFragment:
    case kDestination:
      return is_ipv6;
    default:
      return false;
  }
}

size_t extension_length(uint8_t protocol, uint8_t length_field) {
  if (protocol == kFragment) return 8;
  // AH counts 4-byte words without the first two (RFC 4302 section 2.2), the others 8-byte words.
  if (protocol == kAuthentication) return (size_t{length_field} + 2) * 4;
  return (size_t{length_field} + 1) * 8;
}

/// Walks extension headers until the transport; notes fragments, and ends at a later one.
Transport walk_extensions(ByteView bytes, const Transport& start, uint8_t next, bool is_ipv6,
                          Tuple& tuple) {
  Transport packet = start;
  tuple.protocol = next;
  for (int count = 0; is_extension(next, is_ipv6); count++) {
    tuple.traits |= kTraitExtended;
    if (count == kMaxExtensions) return rejected(tuple, Reject::extensionLimit);
    if (packet.offset + 8 > packet.end) return missing(packet, packet.offset + 8, tuple);
    const size_t length = extension_length(next, bytes.u8(packet.offset + 1));
    if (packet.offset + length > packet.end) return missing(packet, packet.offset + length, tuple);

    const bool is_fragment = next == kFragment;
    next = bytes.u8(packet.offset);
    tuple.protocol = next;
    if (is_fragment) {
      const uint16_t field = bytes.be16(packet.offset + 2);
      if ((field & 0xfff8) != 0) {
        tuple.traits |= kTraitLaterFragment;
        return rejected(tuple, Reject::laterFragment);
      }
      tuple.traits |= (field & 1) != 0 ? kTraitFirstFragment : kTraitAtomicFragment;
    }
    packet.offset += length;
  }
  return packet;
}

}  // namespace

Transport walk_ipv4(const Frame& frame, size_t at, Tuple& tuple) {
  const ByteView bytes = frame.bytes;
  if (!bytes.has(at, 20)) return rejected(tuple, Reject::cutIp);
  const uint8_t first = bytes.u8(at);
  const size_t header = size_t{first & 15u} * 4;
  const size_t total = bytes.be16(at + 2);
  if (first >> 4 != 4 || header < 20) return rejected(tuple, Reject::badIp);
  if (total != 0 && total < header) return rejected(tuple, Reject::badIp);
  set_ipv4_addresses(bytes, at, tuple);
  tuple.protocol = bytes.u8(at + 9);
  const uint16_t fragment = bytes.be16(at + 6);
  const bool is_later = (fragment & 0x1fff) != 0;
  if (is_later) tuple.traits |= kTraitLaterFragment;
  if (!bytes.has(at, header)) return rejected(tuple, Reject::cutIp);
  // The rest is read all the same, so that a listing can show what the packet would have been.
  if (header_sum(bytes, at, header) != 0xffff) tuple.refuse(Reject::badChecksum);

  if (is_later) return rejected(tuple, Reject::laterFragment);
  if ((fragment & 0x2000) != 0) tuple.traits |= kTraitFirstFragment;
  const size_t claimed_end = total == 0 ? whole_frame(frame) : at + total;
  // Apart, so that the common answer is written where it is wanted: copied as a whole right after
  // it was written in parts, it would stall the load (6 ns a packet).
  if (tuple.protocol != kAuthentication) return bounded(frame, at + header, claimed_end);
  return walk_extensions(bytes, bounded(frame, at + header, claimed_end), tuple.protocol, false,
                         tuple);
}

Transport walk_ipv6(const Frame& frame, size_t at, Tuple& tuple) {
  const ByteView bytes = frame.bytes;
  if (!bytes.has(at, 40)) return rejected(tuple, Reject::cutIp);
  if (bytes.u8(at) >> 4 != 6) return rejected(tuple, Reject::badIp);
  tuple.traits |= kTraitIpv6;
  for (size_t word = 0; word < 4; word++) {
    tuple.source[word] = bytes.be32(at + 8 + word * 4);
    tuple.target[word] = bytes.be32(at + 24 + word * 4);
  }
  const size_t length = bytes.be16(at + 4);
  const size_t claimed_end = length == 0 ? whole_frame(frame) : at + 40 + length;
  return walk_extensions(bytes, bounded(frame, at + 40, claimed_end), bytes.u8(at + 6), true,
                         tuple);
}

}  // namespace wire
