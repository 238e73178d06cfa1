#pragma once
#include "wire/frame.h"
#include "wire/ip.h"
#include "wire/tuple.h"

namespace wire {

/// Reads ports, flags and payload bounds of TCP, UDP, ICMP and ICMPv6; anything else is a reject.
void read_transport(const Frame& frame, const Transport& packet, Tuple& tuple);

}  // namespace wire
