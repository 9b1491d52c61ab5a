// How many ticks to run before looking at the clock again: slices of about a millisecond, whatever a tick of
// this application costs. Pure: whoever has a clock brings it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "tutti/base/time.hpp"

namespace tutti::symmetric {

class Slice {
 public:
  static constexpr std::int64_t ticks_max = 1 << 20;

  [[nodiscard]] std::int64_t ticks() const { return ticks_; }

  /// So many ticks ran and took so long. Fewer than a whole slice say nothing.
  void took(std::int64_t ran, Duration time) {
    if (ran != ticks_) return;
    if (time < target / 2) ticks_ = std::min(ticks_ * 2, ticks_max);
    if (time > target * 2) ticks_ = std::max<std::int64_t>(ticks_ / 2, 1);
  }

 private:
  static constexpr Duration target = std::chrono::milliseconds(1);

  std::int64_t ticks_ = 64;
};

/// A frame's worth of a replica's work: towards the tick that is due, and then what is not urgent, for about
/// `budget` of the time that `clock()` tells, a TimePoint; a slice at least, so that no frame is for nothing.
template <typename Replica, typename Clock>
void advance_for(Duration budget, Replica& replica, Slice& slice, const Clock& clock) {
  const TimePoint begin = clock();
  for (TimePoint now = begin; replica.behind(now) || replica.folding();) {
    const auto ran = replica.advance(now, slice.ticks());
    if (ran == 0) return;  // it waits for something to come
    const TimePoint after = clock();
    slice.took(ran, after - now);
    now = after;
    if (now - begin >= budget) return;
  }
}

}  // namespace tutti::symmetric
