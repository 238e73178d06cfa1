#include "sys/stamp_clock.h"

#include <ctime>

namespace sys {

namespace {

constexpr int64_t kSecond = 1'000'000'000;
/// Less than this is no step, but the time that passes between two readings.
constexpr int64_t kLeastStep = 1'000'000;
/// Frames may arrive while a drain goes on, after it has read the clock.
constexpr int64_t kLate = 100'000'000;
/// A reading between two others so close together is good enough.
constexpr int64_t kCloseEnough = 50'000;
constexpr int kTries = 4;

int64_t now(clockid_t clock) {
  timespec time{};
  ::clock_gettime(clock, &time);
  return int64_t{time.tv_sec} * kSecond + time.tv_nsec;
}

/// One clock's distance to another, read between two readings of that; whoever is put to sleep
/// between them tries again.
int64_t distance(clockid_t clock, clockid_t other) {
  int64_t best = 0;
  int64_t best_span = INT64_MAX;
  for (int attempt = 0; attempt < kTries && best_span > kCloseEnough; attempt++) {
    const int64_t first = now(other);
    const int64_t read = now(clock);
    const int64_t span = now(other) - first;
    if (span >= best_span) continue;
    best_span = span;
    best = read - first - span / 2;
  }
  return best;
}

}  // namespace

ClockReading read_clocks() {
  const int64_t boot = now(CLOCK_BOOTTIME);
  return {boot, now(CLOCK_REALTIME) - boot};
}

int64_t wall_ahead_of_boot() { return distance(CLOCK_REALTIME, CLOCK_BOOTTIME); }

int64_t boot_ahead_of_monotonic() { return distance(CLOCK_BOOTTIME, CLOCK_MONOTONIC); }

void StampClock::begin(int64_t ahead, int64_t boot) {
  boot_ = boot;
  if (agrees(ahead)) return;
  // Of several steps before the ring is empty, stamps of the first clock and of the last are told
  // apart.
  if (is_settled_) before_ = ahead_;
  ahead_ = ahead;
  is_settled_ = false;
}

bool StampClock::agrees(int64_t ahead) const {
  const int64_t step = ahead - ahead_;
  return step > -kLeastStep && step < kLeastStep;
}

void StampClock::end(bool is_empty) {
  if (!is_empty) return;
  is_settled_ = true;
  empty_at_ = boot_;
}

void StampClock::map(int64_t& seconds, uint32_t& nanoseconds) const {
  const int64_t stamp = seconds * kSecond + nanoseconds;
  int64_t boot = stamp - ahead_;
  if (!is_settled_ && !can_be(boot) && can_be(stamp - before_)) boot = stamp - before_;
  const int64_t steady = boot + origin_;
  seconds = steady / kSecond;
  nanoseconds = static_cast<uint32_t>(steady % kSecond);
}

/// Whether a frame of this time can lie in the ring now.
bool StampClock::can_be(int64_t boot) const { return boot >= empty_at_ && boot <= boot_ + kLate; }

}  // namespace sys
