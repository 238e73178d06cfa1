#pragma once
#include <cstddef>
#include <cstdint>

/// THE description of a tuple: one line a column. The columns of a batch lie one after another in
/// one block of memory, each beginning at a multiple of 64 bytes; src/native.ts compares `layout`
/// with what it expects.
#define TUPLE_COLUMNS(X)                                                                      \
  X(seconds, double, "packet time, whole seconds since the epoch; exact to 2^53")             \
  X(nanoseconds, uint32_t, "nanoseconds within the second")                                   \
  X(source0, uint32_t, "source address, first word, host order; IPv4 is ::ffff:a.b.c.d")      \
  X(source1, uint32_t, "source address, second word")                                         \
  X(source2, uint32_t, "source address, third word")                                          \
  X(source3, uint32_t, "source address, last word")                                           \
  X(target0, uint32_t, "destination address, first word")                                     \
  X(target1, uint32_t, "destination address, second word")                                    \
  X(target2, uint32_t, "destination address, third word")                                     \
  X(target3, uint32_t, "destination address, last word")                                      \
  X(key0, uint32_t, "keyed hash of the source address, low word")                             \
  X(key1, uint32_t, "keyed hash of the source address, high word")                            \
  X(frameLength, uint32_t, "length on the wire in bytes, link header included")               \
  X(payloadOffset, uint32_t, "where the payload lies in the arena; 0xffffffff: not copied")   \
  X(payloadLength, uint32_t, "bytes of payload within the IP length and the captured length") \
  X(sourcePort, uint16_t, "source port, host order; ICMP: type << 8 | code")                  \
  X(port, uint16_t,                                                                           \
    "destination port, host order; of an ICMP echo request the bytes of its data, of other "  \
    "ICMP 0xffff; 0 where there is none")                                                     \
  X(vlan, uint16_t, "outermost VLAN id that is not 0; 0: untagged or only priority-tagged")   \
  X(interface, uint16_t, "index into the source's list of interfaces")                        \
  X(flags, uint16_t,                                                                          \
    "TCP flags: fin 1, syn 2, rst 4, psh 8, ack 16, urg 32, ece 64, cwr 128; 4 reserved")     \
  X(protocol, uint8_t, "IP protocol number; 0 where there is no IP header")                   \
  X(traits, uint8_t, "bits: see kTrait* in wire/tuple.h")                                     \
  X(verdict, uint8_t, "index of the counter in which the packet ended")

namespace batch {

constexpr uint32_t kNoPayload = 0xffffffffu;

}  // namespace batch
