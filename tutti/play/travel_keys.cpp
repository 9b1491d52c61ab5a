#include "tutti/play/travel_keys.hpp"

namespace tutti::play {

void travel_by(Key key, symmetric::Travel& travel, TimePoint now, symmetric::Travel::Range range,
               std::int64_t ticks_per_second) {
  const auto leap = [&](std::int64_t ticks) {
    travel.go(now, range, travel.shown(now, range) + ticks, leap_pace * ticks_per_second);
  };
  switch (key) {
    case Key::page_up:
      return leap(-leap_seconds * ticks_per_second);
    case Key::page_down:
      return leap(leap_seconds * ticks_per_second);
    case Key::home:
      return travel.go(now, range, range.first, 10 * leap_pace * ticks_per_second);
    case Key::comma:
      return travel.step(now, range, -1);
    case Key::period:
      return travel.step(now, range, 1);
    case Key::backspace:
      return travel.hold(now, range);
    case Key::enter:
    case Key::escape:
      return travel.return_to_now(now, range);
    default:
      return;
  }
}

}  // namespace tutti::play
