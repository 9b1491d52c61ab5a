#include "tutti/play/traveller.hpp"

#include <gtest/gtest.h>

#include "tutti/play/beat_test_app.hpp"

namespace tutti::play {
namespace {

using symmetric::Tick;
using Machine = symmetric::TimeMachine<Beat>;
constexpr std::int64_t no_limit = 1'000'000;

constexpr TimePoint at(std::int64_t ms) {
  return TimePoint(std::chrono::milliseconds(ms));
}

/// One that has run that far.
Machine machine_at(std::int64_t tick) {
  Machine machine;
  machine.advance(Tick(tick), no_limit);
  return machine;
}

/// The tick that is seen, after however many frames it takes.
std::uint64_t seen(Traveller<Beat>& traveller, const Machine& machine, TimePoint now) {
  traveller.arrive(machine, now);
  return traveller.state(machine).ticks;
}

TEST(Traveller, sees_the_present_until_a_key_is_pressed) {
  auto machine = machine_at(100);
  Traveller<Beat> traveller;
  EXPECT_EQ(seen(traveller, machine, at(0)), 100u);
  machine.advance(Tick(101), no_limit);
  EXPECT_EQ(seen(traveller, machine, at(20)), 101u);
  EXPECT_FALSE(traveller.viewed());
}

TEST(Traveller, plays_every_tick_backwards_at_the_sessions_own_pace_while_the_session_goes_on) {
  auto machine = machine_at(1000);
  Traveller<Beat> traveller;
  traveller.press(Key::minus, machine, at(0));
  for (std::int64_t ticks = 1; ticks <= 900; ++ticks) {
    machine.advance(machine.tick() + 1, no_limit);
    ASSERT_EQ(seen(traveller, machine, at(20 * ticks)), static_cast<std::uint64_t>(1000 - ticks));
    ASSERT_EQ(traveller.viewed(), Tick(1000 - ticks));
  }
}

TEST(Traveller, plays_faster_each_time_the_key_is_pressed_up_to_the_fastest) {
  const auto machine = machine_at(10'000);
  for (const auto& [presses, ticks] : {std::pair{1, 50u}, {2, 200u}, {3, 800u}, {4, 800u}}) {
    Traveller<Beat> traveller;
    for (int press = 0; press < presses; ++press) traveller.press(Key::minus, machine, at(0));
    EXPECT_EQ(seen(traveller, machine, at(1000)), 10'000u - ticks);
    traveller.press(Key::home, machine, at(1000));
    EXPECT_EQ(seen(traveller, machine, at(10'000)), 0u);
    for (int press = 0; press < presses; ++press) traveller.press(Key::plus, machine, at(10'000));
    EXPECT_EQ(seen(traveller, machine, at(11'000)), ticks);
  }
}

TEST(Traveller, turns_around_stands_still_and_returns_to_now_at_any_moment) {
  const auto machine = machine_at(1000);
  Traveller<Beat> traveller;
  traveller.press(Key::minus, machine, at(0));
  traveller.press(Key::minus, machine, at(0));
  EXPECT_EQ(seen(traveller, machine, at(1000)), 800u);
  traveller.press(Key::plus, machine, at(1000));
  EXPECT_EQ(seen(traveller, machine, at(1400)), 820u) << "at the session's own pace again";
  traveller.press(Key::minus, machine, at(1400));
  EXPECT_EQ(seen(traveller, machine, at(2000)), 790u);
  traveller.press(Key::backspace, machine, at(2000));
  EXPECT_EQ(seen(traveller, machine, at(9000)), 790u);
  traveller.press(Key::enter, machine, at(9000));
  EXPECT_EQ(seen(traveller, machine, at(10'100)), 1000u);
  EXPECT_FALSE(traveller.viewed());
}

TEST(Traveller, stops_at_the_beginning_of_what_is_kept_and_is_told_so) {
  auto machine = machine_at(1000);
  ASSERT_TRUE(machine.fold_at(Tick(700)));
  Traveller<Beat> traveller;
  TimelineView view;
  traveller.press(Key::minus, machine, at(0));
  traveller.arrive(machine, at(5000));
  traveller.describe(machine, view);
  EXPECT_EQ(view.pace, -50);
  EXPECT_EQ(seen(traveller, machine, at(60'000)), 700u);
  traveller.describe(machine, view);
  EXPECT_EQ(view.viewed_tick, 700);
  EXPECT_EQ(view.first_tick, 700);
  EXPECT_EQ(view.pace, 0);
}

TEST(Traveller, plays_forwards_into_the_present_and_stays_with_it) {
  auto machine = machine_at(1000);
  Traveller<Beat> traveller;
  traveller.press(Key::plus, machine, at(0));
  EXPECT_EQ(seen(traveller, machine, at(20)), 1000u);
  traveller.press(Key::page_up, machine, at(20));
  EXPECT_EQ(seen(traveller, machine, at(5000)), 750u);
  traveller.press(Key::plus, machine, at(5000));
  EXPECT_EQ(seen(traveller, machine, at(9000)), 950u);
  EXPECT_EQ(seen(traveller, machine, at(10'000)), 1000u);
  machine.advance(Tick(1001), no_limit);
  EXPECT_EQ(seen(traveller, machine, at(10'020)), 1001u);
}

}  // namespace
}  // namespace tutti::play
