// Time as peers know it: a duration and a point on one monotone line, both in nanoseconds. The clock has no
// now(): whoever decides something is told the time as an argument, so reading it behind the runtime's back
// does not compile.
#pragma once

#include <chrono>
#include <cstdint>

namespace tutti {

struct Clock {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = std::chrono::nanoseconds;
  using time_point = std::chrono::time_point<Clock, duration>;
  static constexpr bool is_steady = true;
};

using Duration = Clock::duration;
/// A point of one runtime's time. Its origin means nothing: live it is the machine's boot, simulated the
/// run's start.
using TimePoint = Clock::time_point;

constexpr double in_seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}
constexpr double in_milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}
/// The nearest whole nanosecond.
constexpr Duration from_seconds(double seconds) {
  return Duration(static_cast<std::int64_t>(seconds * 1e9 + (seconds < 0 ? -0.5 : 0.5)));
}

}  // namespace tutti
