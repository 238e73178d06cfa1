#include "sys/tick_clock.h"

namespace sys {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr uint64_t kNano = 1'000'000'000;

/// 0 if it does not fit.
constexpr uint64_t power_of_ten(unsigned exponent) {
  if (exponent > 19) return 0;
  uint64_t value = 1;
  for (unsigned i = 0; i < exponent; i++) value *= 10;
  return value;
}

}  // namespace

TickClock::TickClock(uint8_t resolution, int64_t offset_seconds)
    : offset_seconds_(offset_seconds),
      exponent_(resolution & 0x7f),
      is_binary_((resolution & 0x80) != 0) {
  if (is_binary_) {
    ticks_per_second_ = exponent_ < 64 ? uint64_t{1} << exponent_ : 0;
  } else {
    ticks_per_second_ = power_of_ten(exponent_);
  }
}

Moment TickClock::at(uint64_t ticks) const {
  uint64_t seconds = 0;
  uint64_t nanoseconds = 0;
  if (ticks_per_second_ == 0) {
    nanoseconds = nanoseconds_of_fine(ticks);
  } else if (ticks_per_second_ == 1'000'000) {
    seconds = ticks / 1'000'000;
    nanoseconds = ticks % 1'000'000 * 1000;
  } else {
    seconds = ticks / ticks_per_second_;
    nanoseconds =
        static_cast<uint64_t>(Wide{ticks % ticks_per_second_} * kNano / ticks_per_second_);
  }
  // An offset may carry the sum past either end; two's complement wraps, as the writer's did.
  const uint64_t sum = seconds + static_cast<uint64_t>(offset_seconds_);
  return {static_cast<int64_t>(sum), static_cast<uint32_t>(nanoseconds)};
}

/// 2^64 ticks are less than a second here.
uint64_t TickClock::nanoseconds_of_fine(uint64_t ticks) const {
  if (is_binary_) return static_cast<uint64_t>(Wide{ticks} * kNano >> exponent_);
  const uint64_t ticks_per_nanosecond = power_of_ten(exponent_ - 9u);
  return ticks_per_nanosecond == 0 ? 0 : ticks / ticks_per_nanosecond;
}

}  // namespace sys
