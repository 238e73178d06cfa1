#include "wire/transport.h"

namespace wire {
namespace {

constexpr size_t kEchoHeader = 8;
constexpr uint8_t kEchoRequest = 8;
constexpr uint8_t kEchoRequest6 = 128;

void set_payload(size_t at, size_t end, Tuple& tuple) {
  if (at >= end) return;
  tuple.payload_at = static_cast<uint32_t>(at);
  tuple.payload_length = static_cast<uint32_t>(end - at);
}

void read_tcp(ByteView bytes, const Transport& packet, Tuple& tuple) {
  const size_t at = packet.offset;
  if (packet.end - at < 20) return tuple.refuse(Reject::cutTransport);
  tuple.source_port = bytes.be16(at);
  tuple.port = bytes.be16(at + 2);
  tuple.flags = bytes.be16(at + 12) & 0x0fff;
  const size_t header = size_t{bytes.u8(at + 12)} >> 4 << 2;
  if (header < 20) return tuple.refuse(Reject::badTransport);
  tuple.traits |= kTraitComplete;
  if (at + header > packet.claimed_end) return tuple.refuse(Reject::badTransport);
  set_payload(at + header, packet.end, tuple);
}

void read_udp(ByteView bytes, const Transport& packet, Tuple& tuple) {
  const size_t at = packet.offset;
  if (packet.end - at < 8) return tuple.refuse(Reject::cutTransport);
  tuple.source_port = bytes.be16(at);
  tuple.port = bytes.be16(at + 2);
  tuple.traits |= kTraitComplete;
  const size_t length = bytes.be16(at + 4);
  // A first fragment's length is that of the whole datagram.
  const bool is_past = at + length > packet.claimed_end && !(tuple.traits & kTraitFirstFragment);
  if (length < 8 || is_past) return tuple.refuse(Reject::badTransport);
  set_payload(at + 8, std::min(packet.end, at + length), tuple);
}

/// By the IP length, since of a long ping not all is captured. What a fragment carries says nothing
/// about the whole.
uint16_t echo_size(const Transport& packet, const Tuple& tuple, uint8_t echo_request) {
  const size_t header_end = packet.offset + kEchoHeader;
  if (tuple.source_port >> 8 != echo_request || packet.end < header_end ||
      (tuple.traits & kTraitFirstFragment) != 0)
    return kNoEcho;
  return static_cast<uint16_t>(std::min<size_t>(packet.claimed_end - header_end, kNoEcho));
}

void read_icmp(ByteView bytes, const Transport& packet, uint8_t echo_request, Tuple& tuple) {
  if (packet.end - packet.offset < 4) return tuple.refuse(Reject::cutTransport);
  tuple.source_port = bytes.be16(packet.offset);
  tuple.port = echo_size(packet, tuple, echo_request);
  tuple.traits |= kTraitComplete;
  set_payload(packet.offset + kEchoHeader, packet.end, tuple);
}

}  // namespace

void read_transport(const Frame& frame, const Transport& packet, Tuple& tuple) {
  const bool is_ipv6 = (tuple.traits & kTraitIpv6) != 0;
  switch (tuple.protocol) {
    case kTcp:
      return read_tcp(frame.bytes, packet, tuple);
    case kUdp:
      return read_udp(frame.bytes, packet, tuple);
    case kIcmp:
      if (is_ipv6) return tuple.refuse(Reject::otherProtocol);
      return read_icmp(frame.bytes, packet, kEchoRequest, tuple);
    case kIcmpv6:
      if (!is_ipv6) return tuple.refuse(Reject::otherProtocol);
      return read_icmp(frame.bytes, packet, kEchoRequest6, tuple);
    default:
      return tuple.refuse(Reject::otherProtocol);
  }
}

}  // namespace wire
