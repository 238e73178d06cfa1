#pragma once
#include <cstdint>

namespace sys {

/// The boot clock, and how far the wall clock is ahead of it, in nanoseconds; the latter is too
/// small where somebody is put to sleep between the two readings.
struct ClockReading {
  int64_t boot;
  int64_t wall_ahead;
};
ClockReading read_clocks();

/// How far the wall clock is ahead of the boot clock, with care. Only a step of the wall clock
/// changes that: both are slewed alike, and the boot clock counts suspend, too.
int64_t wall_ahead_of_boot();

/// How far the boot clock is ahead of the monotonic one: the time that was spent in suspend.
int64_t boot_ahead_of_monotonic();

/// The kernel stamps packets by the wall clock, which people and daemons set. This makes of the
/// stamps times that no step moves: what the wall clock would show had it never been set since the
/// source began (its `origin`). While it has not been, the stamps stay as they are, and cost
/// nothing.
///
///   clock.begin(ahead, boot_now);          before a drain
///   if (clock.is_moved()) clock.map(...);  for each frame, in order of arrival
///   clock.end(is_empty);                   behind it
class StampClock {
 public:
  explicit StampClock(int64_t origin) : origin_(origin), ahead_(origin), before_(origin) {}

  /// Both as of now, in nanoseconds: how far the wall clock is ahead, and the boot clock itself.
  void begin(int64_t ahead, int64_t boot);
  /// The ring was, or was not, empty: what comes later has been stamped by the clock as it was at
  /// `begin`.
  void end(bool is_empty);

  /// Whether this is what is known of how far the wall clock is ahead.
  bool agrees(int64_t ahead) const;
  bool is_moved() const { return ahead_ != origin_ || !is_settled_; }
  void map(int64_t& seconds, uint32_t& nanoseconds) const;
  /// How far the wall clock has been set ahead since the source began, in nanoseconds.
  int64_t shift() const { return ahead_ - origin_; }

 private:
  bool can_be(int64_t boot) const;

  int64_t origin_;
  int64_t ahead_;
  int64_t before_;  ///< `ahead_` before the step, while stamps from then may still come
  int64_t boot_ = 0;
  int64_t empty_at_ = INT64_MIN;  ///< boot time at which nothing was left in the ring
  bool is_settled_ = true;
};

}  // namespace sys
