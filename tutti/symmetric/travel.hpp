// The user's own travel through time: which tick to show, when it is not the live one.
//
// The viewer is at live, stands still at a tick, moves through time at a pace of the user's choice, or
// returns. The session goes on meanwhile: only what is shown changes. Whoever reaches the live tick is at
// live again and stays with it.
//
// Returning shrinks the distance to the live tick instead of heading for where that was: it is seen frame by
// frame, however the live tick moves, and over within a second.
#pragma once

#include <cstdint>
#include <variant>

#include "tutti/base/time.hpp"
#include "tutti/symmetric/event.hpp"

namespace tutti::symmetric {

/// The fastest pace of a travel, in ticks per second.
inline constexpr std::int64_t travel_pace_max = 1'000'000;
/// A return covers its whole distance in a second, but is never slower than the first and never faster than
/// the second of these (ticks per second beyond the session's own pace): a short one is shorter than a
/// second.
inline constexpr std::int64_t return_pace_min = 200;
inline constexpr std::int64_t return_pace_max = 1'000'000'000;

/// Every function is told the time and the live tick; neither may go backwards from call to call. `first` is
/// the earliest tick that can be shown, not after the live one; what is asked for outside [first, live] is
/// brought to the nearer end.
class Travel {
 public:
  struct Range {
    Tick first;
    Tick live;
  };

  /// Moves from what is shown now towards `target` and stands still there, or where nothing earlier can be
  /// shown. `pace` is in ticks per second,
  /// from 1 to travel_pace_max; the direction follows from the target. A target
  /// beyond live is fine: the travel ends where it catches up.
  void go(TimePoint now, Range range, Tick target, std::int64_t pace);
  /// One tick or more forwards or backwards (negative), and stands still there.
  void step(TimePoint now, Range range, std::int64_t ticks);
  /// Stands still at what is shown now, at live too.
  void hold(TimePoint now, Range range);
  /// Returns to live, visibly and fast.
  void return_to_now(TimePoint now, Range range);

  /// The tick to show.
  [[nodiscard]] Tick shown(TimePoint now, Range range);
  /// Ticks per second at which the last call left the viewer moving, negative backwards; 0 for who stands
  /// still, also because there is nothing earlier, and for who is at live or returns there.
  [[nodiscard]] std::int64_t pace() const;
  /// Whether the last call left the viewer at live.
  [[nodiscard]] bool at_live() const { return std::holds_alternative<Live>(mode_); }

 private:
  struct Live {};
  struct Standing {
    Tick at;
  };
  struct Moving {
    TimePoint since;
    Tick from;
    Tick target;
    std::int64_t pace;
  };
  struct Returning {
    TimePoint since;
    std::int64_t distance;  // from live, in ticks, when it began
    std::int64_t pace;      // at which the distance shrinks
  };

  std::variant<Live, Standing, Moving, Returning> mode_;
};

}  // namespace tutti::symmetric
