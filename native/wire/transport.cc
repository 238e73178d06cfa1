#include "wire/transport.h"

namespace wire {
namespace {

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

void read_icmp(ByteView bytes, const Transport& packet, Tuple& tuple) {
  if (packet.end - packet.offset < 4) return tuple.refuse(Reject::cutTransport);
  tuple.source_port = bytes.be16(packet.offset);
  tuple.traits |= kTraitComplete;
  set_payload(packet.offset + 8, packet.end, tuple);
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
      return is_ipv6 ? tuple.refuse(Reject::otherProtocol) : read_icmp(frame.bytes, packet, tuple);
    case kIcmpv6:
      return is_ipv6 ? read_icmp(frame.bytes, packet, tuple) : tuple.refuse(Reject::otherProtocol);
    default:
      return tuple.refuse(Reject::otherProtocol);
  }
}

}  // namespace wire
