#include "tutti/play/travel_keys.hpp"

#include <algorithm>
#include <limits>

namespace tutti::play {

void travel_by(Key key, symmetric::Travel& travel, TimePoint now, symmetric::Travel::Range range,
               std::int64_t ticks_per_second) {
  const auto leap = [&](std::int64_t ticks) {
    travel.go(now, range, travel.shown(now, range) + ticks, leap_pace * ticks_per_second);
  };
  const auto play = [&](symmetric::Tick target, std::int64_t pace_now) {
    const auto faster = std::ranges::find_if(
        play_paces, [&](std::int64_t pace) { return pace * ticks_per_second > pace_now; });
    travel.go(now, range, target,
              (faster == play_paces.end() ? play_paces.back() : *faster) * ticks_per_second);
  };
  switch (key) {
    case Key::minus:
      return play(range.first, -travel.pace());
    case Key::plus:
      return play(symmetric::Tick(std::numeric_limits<std::int64_t>::max()), travel.pace());
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
