#pragma once
#include <cstdint>

namespace sys {

/// A moment, with nothing lost: whole seconds since the epoch, and nanoseconds.
struct Moment {
  int64_t seconds;
  uint32_t nanoseconds;
};

/// How a pcapng interface counts time: 64-bit ticks of any power of ten or two, and an offset
/// (if_tsresol and if_tsoffset, draft-ietf-opsawg-pcapng section 4.2).
class TickClock {
 public:
  TickClock() = default;
  /// Resolution as in the option: a negative power of 10, or, with the top bit set, of 2.
  TickClock(uint8_t resolution, int64_t offset_seconds);

  /// Fractions of a nanosecond are cut off.
  Moment at(uint64_t ticks) const;

 private:
  uint64_t nanoseconds_of_fine(uint64_t ticks) const;

  /// 0 where a second has more ticks than 64 bits can count.
  uint64_t ticks_per_second_ = 1'000'000;
  int64_t offset_seconds_ = 0;
  uint8_t exponent_ = 6;
  bool is_binary_ = false;
};

}  // namespace sys
