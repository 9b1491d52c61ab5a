// A clock that does not run as the simulation's time does: it gains or loses, and has been set forward.
// Strictly increasing, so that each of its readings belongs to one moment.
#pragma once

#include "tutti/base/time.hpp"

namespace tutti {

class LocalClock {
 public:
  /// What it shows at the simulation's time `at`.
  [[nodiscard]] TimePoint reading(TimePoint at) const {
    const Duration elapsed = at - since_;
    return shown_ + elapsed + from_seconds(in_seconds(elapsed) * gain_);
  }
  /// The first of the simulation's times at which it shows `wanted` or more; of what it has shown long ago,
  /// the last time that it was changed. Never sooner: who is woken up too early by a nanosecond would wait
  /// for the same moment again, for ever.
  [[nodiscard]] TimePoint moment(TimePoint wanted) const {
    if (wanted <= shown_) return since_;
    const Duration elapsed = wanted - shown_;
    TimePoint first = since_ + elapsed - from_seconds(in_seconds(elapsed) * (gain_ / (1 + gain_)));
    while (reading(first) < wanted) first += Duration(1);  // rounding: a few nanoseconds
    return first;
  }

  void set_drift(TimePoint now, double parts_per_million) {
    shown_ = reading(now);
    since_ = now;
    gain_ = parts_per_million * 1e-6;
  }
  void step(TimePoint now, Duration step) {
    shown_ = reading(now) + step;
    since_ = now;
  }

 private:
  TimePoint since_;
  TimePoint shown_;
  double gain_ = 0;
};

}  // namespace tutti
