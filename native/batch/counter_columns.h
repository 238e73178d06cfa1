#pragma once

/// Where a packet ends: exactly one of these, the first two or a named reject reason.
#define COUNTERS(X)                                                                            \
  X(wanted, "a tuple that some door wants, handed to the matcher")                             \
  X(unwanted, "a whole tuple of TCP, UDP or ICMP that no door wants")                          \
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
