#include "tutti/symmetric/travel.hpp"

#include <algorithm>
#include <chrono>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace tutti::symmetric {
namespace {

using std::chrono::milliseconds;
constexpr TimePoint at(std::int64_t ms) {
  return TimePoint(milliseconds(ms));
}
constexpr Travel::Range live_at(std::int64_t tick) {
  return {Tick(0), Tick(tick)};
}

TEST(Travel, shows_the_live_tick_until_somebody_travels) {
  Travel travel;
  EXPECT_EQ(travel.shown(at(0), live_at(5)), Tick(5));
  EXPECT_EQ(travel.shown(at(100), live_at(10)), Tick(10));
  EXPECT_TRUE(travel.at_live());
}

TEST(Travel, moves_at_its_pace_to_its_target_and_stands_there) {
  Travel travel;
  travel.go(at(0), live_at(1000), Tick(900), 100);
  EXPECT_FALSE(travel.shown(at(0), live_at(1000)) < Tick(1000));
  EXPECT_EQ(travel.shown(at(10), live_at(1000)), Tick(999));
  EXPECT_EQ(travel.shown(at(505), live_at(1025)), Tick(950));
  EXPECT_EQ(travel.shown(at(2000), live_at(1100)), Tick(900));
  EXPECT_EQ(travel.shown(at(9000), live_at(1450)), Tick(900));
  travel.go(at(9000), live_at(1450), Tick(1000), 50);
  EXPECT_EQ(travel.shown(at(10'000), live_at(1500)), Tick(950));
  EXPECT_EQ(travel.shown(at(20'000), live_at(2000)), Tick(1000));
  EXPECT_FALSE(travel.at_live());
}

TEST(Travel, is_live_again_when_it_catches_up) {
  Travel travel;
  travel.step(at(0), live_at(100), -50);
  travel.go(at(0), live_at(100), Tick(1'000'000), 100);
  EXPECT_EQ(travel.shown(at(900), live_at(145)), Tick(140));
  EXPECT_EQ(travel.shown(at(1000), live_at(150)), Tick(150));
  EXPECT_TRUE(travel.at_live());
}

TEST(Travel, steps_one_tick_at_a_time_between_the_first_and_the_live_one) {
  Travel travel;
  travel.step(at(0), live_at(2), -1);
  EXPECT_EQ(travel.shown(at(0), live_at(2)), Tick(1));
  travel.step(at(0), live_at(2), -1);
  travel.step(at(0), live_at(2), -1);
  EXPECT_EQ(travel.shown(at(0), live_at(2)), Tick(0));
  EXPECT_FALSE(travel.at_live());
  travel.step(at(0), live_at(2), 1);
  EXPECT_EQ(travel.shown(at(0), live_at(2)), Tick(1));
  travel.step(at(0), live_at(2), 1);
  EXPECT_TRUE(travel.at_live());
}

TEST(Travel, holds_what_is_shown_while_the_session_goes_on) {
  Travel travel;
  travel.hold(at(0), live_at(10));
  EXPECT_EQ(travel.shown(at(1000), live_at(60)), Tick(10));
  travel.go(at(1000), live_at(60), Tick(0), 10);
  travel.hold(at(1500), live_at(85));
  EXPECT_EQ(travel.shown(at(9000), live_at(400)), Tick(5));
}

TEST(Travel, never_shows_what_is_folded_away) {
  Travel travel;
  travel.go(at(0), {Tick(20), Tick(100)}, Tick(0), 1000);
  EXPECT_EQ(travel.shown(at(1000), {Tick(20), Tick(150)}), Tick(20));
  EXPECT_EQ(travel.shown(at(1000), {Tick(30), Tick(150)}), Tick(30));
}

TEST(Travel, says_how_fast_it_moves_and_where_to) {
  Travel travel;
  EXPECT_EQ(travel.pace(), 0);
  travel.go(at(0), live_at(1000), Tick(0), 100);
  EXPECT_EQ(travel.pace(), -100);
  travel.go(at(1000), live_at(1050), Tick(1'000'000), 50);
  EXPECT_EQ(travel.shown(at(1000), live_at(1050)), Tick(900));
  EXPECT_EQ(travel.pace(), 50);
  travel.hold(at(2000), live_at(1100));
  EXPECT_EQ(travel.pace(), 0);
  travel.return_to_now(at(2000), live_at(1100));
  EXPECT_EQ(travel.pace(), 0);
}

TEST(Travel, stands_still_at_the_beginning_even_if_that_has_moved) {
  Travel travel;
  travel.go(at(0), {Tick(20), Tick(100)}, Tick(0), 10);
  EXPECT_EQ(travel.shown(at(5000), {Tick(20), Tick(350)}), Tick(50));
  EXPECT_EQ(travel.pace(), -10);
  EXPECT_EQ(travel.shown(at(6000), {Tick(60), Tick(400)}), Tick(60));
  EXPECT_EQ(travel.pace(), 0);
  EXPECT_FALSE(travel.at_live());
  travel.go(at(6000), {Tick(60), Tick(400)}, Tick(1000), 10);
  EXPECT_EQ(travel.shown(at(7000), {Tick(60), Tick(450)}), Tick(70));
}

RC_GTEST_PROP(Travel, a_return_is_seen_frame_by_frame_and_over_within_a_second, ()) {
  const auto distance = *rc::gen::inRange<std::int64_t>(1, 1'000'000);
  const auto ticks_per_frame = *rc::gen::inRange<std::int64_t>(0, 3);
  std::int64_t live = 1'000'000;
  Travel travel;
  travel.step(at(0), live_at(live), -distance);
  travel.return_to_now(at(0), live_at(live));
  Tick before = travel.shown(at(0), live_at(live));
  RC_ASSERT(before == Tick(live - distance));
  for (std::int64_t now = 20; now <= 1000; now += 20) {
    live += ticks_per_frame;
    const Tick tick = travel.shown(at(now), live_at(live));
    RC_ASSERT(tick >= before);
    RC_ASSERT(tick - before <= std::max(return_pace_min, distance) / 50 + ticks_per_frame + 1);
    before = tick;
  }
  RC_ASSERT(travel.at_live());
  RC_ASSERT(before == Tick(live));
}

RC_GTEST_PROP(Travel, whatever_the_user_does_the_shown_tick_exists, ()) {
  Travel travel;
  std::int64_t now = 0;
  std::int64_t live = 0;
  for (int steps = *rc::gen::inRange(0, 40); steps > 0; --steps) {
    now += *rc::gen::inRange(0, 500);
    live += *rc::gen::inRange(0, 50);
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        travel.go(at(now), live_at(live), Tick(*rc::gen::arbitrary<std::int64_t>()),
                  *rc::gen::inRange<std::int64_t>(1, travel_pace_max + 1));
        break;
      case 1:
        travel.step(at(now), live_at(live), *rc::gen::arbitrary<std::int64_t>());
        break;
      case 2:
        travel.hold(at(now), live_at(live));
        break;
      default:
        travel.return_to_now(at(now), live_at(live));
    }
    const Tick tick = travel.shown(at(now), live_at(live));
    RC_ASSERT((tick >= Tick(0) && tick <= Tick(live)));
  }
}

}  // namespace
}  // namespace tutti::symmetric
