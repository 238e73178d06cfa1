#pragma once
#include <cstdint>

/// Why a frame is no tuple. Each is a counter; batch/counter_columns.h puts the tuples before them.
#define REJECTS(X)                                                                             \
  X(notIp, "no IP header behind the link header (ARP, LLDP, ...)")                             \
  X(cutLink, "captured bytes end inside the link header")                                      \
  X(linkDepth, "more VLAN, MPLS or PPPoE layers than the limit")                               \
  X(cutIp, "captured bytes end inside the IP header or its extensions")                        \
  X(badIp, "IP header that contradicts itself: version, header length, total length")          \
  X(badChecksum, "wrong IPv4 header checksum")                                                 \
  X(extensionLimit, "more IPv6 extension headers than the limit")                              \
  X(laterFragment, "a later fragment: no ports")                                               \
  X(otherProtocol, "neither TCP, UDP, ICMP nor ICMPv6")                                        \
  X(cutTransport, "transport header not whole within captured bytes and IP length")            \
  X(badTransport, "TCP data offset under 5 or past the packet, UDP length under 8 or past it") \
  X(outgoing, "sent by this host itself (cooked captures mark them)")

namespace wire {

#define X(name, why) name,
enum class Reject : uint8_t { none, REJECTS(X) };
#undef X

}  // namespace wire
