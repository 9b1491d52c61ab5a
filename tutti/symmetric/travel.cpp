#include "tutti/symmetric/travel.hpp"

#include <algorithm>
#include <chrono>

#include "tutti/base/require.hpp"

namespace tutti::symmetric {
namespace {

// Whole ticks that a pace covers; split so that no product overflows for any time at all paces allowed here.
std::int64_t ticks_in(Duration elapsed, std::int64_t pace) {
  constexpr std::int64_t second = std::chrono::nanoseconds(std::chrono::seconds(1)).count();
  const std::int64_t nanoseconds = std::max<std::int64_t>(elapsed.count(), 0);
  return nanoseconds / second * pace + nanoseconds % second * pace / second;
}

}  // namespace

void Travel::go(TimePoint now, Range range, Tick target, std::int64_t pace) {
  require(pace >= 1 && pace <= travel_pace_max, "a travel's pace is from 1 to travel_pace_max");
  const Tick from = shown(now, range);
  mode_ = Moving{now, from, std::max(target, range.first), pace};
}

void Travel::step(TimePoint now, Range range, std::int64_t ticks) {
  const Tick from = shown(now, range);
  // Compared as distances: a sum could overflow.
  if (ticks >= range.live - from)
    mode_ = Live{};
  else
    mode_ = Standing{from + std::max(ticks, range.first - from)};
}

void Travel::hold(TimePoint now, Range range) {
  mode_ = Standing{shown(now, range)};
}

void Travel::return_to_now(TimePoint now, Range range) {
  const std::int64_t distance = range.live - shown(now, range);
  mode_ = Returning{now, distance, std::clamp(distance, return_pace_min, return_pace_max)};
}

std::int64_t Travel::pace() const {
  const auto* moving = std::get_if<Moving>(&mode_);
  if (moving == nullptr) return 0;
  return moving->target < moving->from ? -moving->pace : moving->pace;
}

Tick Travel::shown(TimePoint now, Range range) {
  require(range.first <= range.live, "the first tick is not after the live one");
  Tick tick = range.live;
  if (const auto* standing = std::get_if<Standing>(&mode_)) {
    // Standing is a choice: the viewer who held the live tick stays there while the session moves on.
    return std::clamp(standing->at, range.first, range.live);
  }
  if (const auto* moving = std::get_if<Moving>(&mode_)) {
    const std::int64_t way = moving->target - moving->from;
    const std::int64_t gone = ticks_in(now - moving->since, moving->pace);
    tick = std::clamp(moving->from + std::clamp(way, -gone, gone), range.first, range.live);
    // What is folded away meanwhile may be more than the way that is left.
    if (tick == std::max(moving->target, range.first) && tick < range.live) mode_ = Standing{tick};
    if (tick < range.live) return tick;
    if (way < 0) return tick;  // has not left the live tick yet
  }
  if (const auto* returning = std::get_if<Returning>(&mode_)) {
    const std::int64_t gone = ticks_in(now - returning->since, returning->pace);
    if (gone < returning->distance) return std::max(range.live - (returning->distance - gone), range.first);
  }
  mode_ = Live{};
  return range.live;
}

}  // namespace tutti::symmetric
