#pragma once
#include <cstddef>
#include <cstdint>

#include "wire/reject.h"

/// Where a packet ends: exactly one of these, the first two or a named reject reason.
#define COUNTERS(X)                                                    \
  X(wanted, "a tuple that some door wants, handed to the matcher")     \
  X(unwanted, "a whole header of TCP, UDP or ICMP that no door wants") \
  REJECTS(X)

namespace batch {

#define X(name, why) name,
enum class Ending : uint8_t { COUNTERS(X) kCount };
#undef X

constexpr size_t kEndings = static_cast<size_t>(Ending::kCount);

/// `Reject::none` stands where `unwanted` does; all others keep their distance to it.
constexpr Ending ending_of(wire::Reject reject) {
  return static_cast<Ending>(static_cast<uint8_t>(reject) + 1);
}
static_assert(ending_of(wire::Reject::none) == Ending::unwanted);
static_assert(ending_of(wire::Reject::outgoing) == Ending::outgoing);

}  // namespace batch
