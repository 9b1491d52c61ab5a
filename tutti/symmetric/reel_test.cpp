#include "tutti/symmetric/reel.hpp"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/symmetric/mixer_test_app.hpp"
#include "tutti/symmetric/time_machine_test_values.hpp"

namespace tutti::symmetric {
namespace {

using Machine = TimeMachine<Mixer>;
constexpr std::size_t state_bytes = sizeof(Mixer::State);

/// A machine at `tick` with an event every seventh tick, and snapshots that far apart.
struct Session {
  Machine machine;
  Model model;

  Session(std::int64_t tick, std::int64_t snapshot_interval_ticks)
      : machine({.snapshot_interval_ticks = snapshot_interval_ticks}) {
    for (std::int64_t due = 3; due < tick; due += 7) happens(due);
    machine.advance(Tick(tick), no_limit);
  }
  Arrival happens(std::int64_t tick, std::uint8_t who = 1) {
    const auto id = event_id(tick, who, static_cast<std::uint64_t>(tick));
    model.events.emplace(id, add(id.sequence.value()));
    return machine.insert(id, add(id.sequence.value()));
  }
};

/// Shows the ticks from `from` down to `to`, each in one call, and returns how many ticks ran.
std::int64_t show_backwards(Reel<Mixer>& reel, const Session& session, std::int64_t from, std::int64_t to) {
  std::int64_t ran = 0;
  for (std::int64_t tick = from; tick >= to; --tick) {
    ran += reel.show(session.machine, Tick(tick), no_limit);
    EXPECT_EQ(reel.shown(), Tick(tick));
  }
  return ran;
}

/// Until it has nothing left to do.
void rest_at(Reel<Mixer>& reel, const Machine& machine, Tick tick) {
  while (reel.show(machine, tick, 100) == 100) continue;
}

TEST(Reel, shows_every_tick_backwards_as_it_was_forwards) {
  const Session session(300, 50);
  Reel<Mixer> reel;
  for (std::int64_t tick = 300; tick >= 0; --tick) {
    reel.show(session.machine, Tick(tick), no_limit);
    ASSERT_EQ(reel.shown(), Tick(tick));
    ASSERT_TRUE(equal(reel.state(), session.model.at(Tick(tick)))) << tick;
  }
}

TEST(Reel, runs_a_stretch_once_however_many_of_its_ticks_are_shown) {
  const Session session(1000, 50);
  Reel<Mixer> reel;
  EXPECT_LE(show_backwards(reel, session, 1000, 0), 1000);
}

TEST(Reel, runs_a_long_stretch_twice_and_a_very_long_one_three_times) {
  for (const auto& [ticks, times] : {std::pair<std::int64_t, std::int64_t>{2000, 2}, {10'000, 3}}) {
    const Session session(ticks, 1'000'000);
    ASSERT_EQ(session.machine.snapshot_count(), 1u);
    Reel<Mixer> reel;
    EXPECT_LE(show_backwards(reel, session, ticks, 0), times * ticks + ticks / 10) << ticks;
  }
}

TEST(Reel, keeps_no_more_images_and_bytes_than_it_may) {
  const Session session(3000, 1'000'000);
  for (const ReelOptions& options : {ReelOptions{.images_max = 0}, ReelOptions{.images_max = 5},
                                     ReelOptions{.bytes_max = 20 * state_bytes}}) {
    Reel<Mixer> reel(options);
    for (std::int64_t tick = 3000; tick >= 2900; --tick) {
      reel.show(session.machine, Tick(tick), no_limit);
      ASSERT_TRUE(equal(reel.state(), session.model.at(Tick(tick))));
      ASSERT_LE(reel.image_count(), std::max(options.images_max, std::size_t{1}));
      ASSERT_LE(reel.bytes_held(), options.bytes_max + state_bytes);
    }
  }
}

TEST(Reel, shows_a_picture_a_frame_with_less_budget_than_a_stretch_costs) {
  const Session session(1000, 100);
  Reel<Mixer> reel;
  rest_at(reel, session.machine, Tick(1000));
  for (std::int64_t tick = 999; tick >= 0; --tick) {
    EXPECT_LE(reel.show(session.machine, Tick(tick), 4), 4);
    ASSERT_EQ(reel.shown(), Tick(tick));
  }
}

TEST(Reel, keeps_the_last_picture_until_the_next_is_there_and_says_how_far_that_is) {
  const Session session(1000, 100);
  Reel<Mixer> reel;
  reel.show(session.machine, Tick(1000), no_limit);
  EXPECT_EQ(reel.show(session.machine, Tick(550), 20), 20);
  EXPECT_EQ(reel.shown(), Tick(1000));
  EXPECT_TRUE(equal(reel.state(), session.model.at(Tick(1000))));
  EXPECT_EQ(reel.running(), (Replay{Tick(500), Tick(520), Tick(550)}));
  reel.show(session.machine, Tick(550), 30);
  EXPECT_EQ(reel.shown(), Tick(550));
  EXPECT_FALSE(reel.running());
}

TEST(Reel, shows_fewer_pictures_and_not_none_to_who_moves_faster_than_it_can_run) {
  const Session session(10'000, 100);
  Reel<Mixer> reel;
  int pictures = 0;
  std::optional<Tick> before;
  for (std::int64_t tick = 9950; tick > 0; tick -= 100) {
    reel.show(session.machine, Tick(tick), 10);
    pictures += reel.shown() != before;
    before = reel.shown();
  }
  EXPECT_GE(pictures, 15);
}

TEST(Reel, turns_around_at_any_moment_without_running_the_stretch_again) {
  const Session session(1000, 200);
  Reel<Mixer> reel;
  rest_at(reel, session.machine, Tick(950));
  std::int64_t ran = 0;
  for (int turns = 0; turns < 20; ++turns)
    for (const std::int64_t tick : {949, 948, 947, 948, 949, 950}) {
      ran += reel.show(session.machine, Tick(tick), no_limit);
      ASSERT_EQ(reel.shown(), Tick(tick));
      ASSERT_TRUE(equal(reel.state(), session.model.at(Tick(tick))));
    }
  EXPECT_LE(ran, 20 * 6);
}

TEST(Reel, shows_what_a_late_event_made_of_the_past_though_it_was_shown_before) {
  Session session(200, 50);
  Reel<Mixer> reel;
  show_backwards(reel, session, 200, 180);
  EXPECT_EQ(session.happens(160, 9), Arrival::late);
  // Before the machine has worked it in, and after.
  reel.show(session.machine, Tick(180), no_limit);
  EXPECT_TRUE(equal(reel.state(), session.model.at(Tick(180))));
  session.machine.advance(Tick(201), no_limit);
  for (std::int64_t tick = 179; tick >= 150; --tick) {
    reel.show(session.machine, Tick(tick), no_limit);
    ASSERT_TRUE(equal(reel.state(), session.model.at(Tick(tick)))) << tick;
  }
}

TEST(Reel, shows_another_past_when_the_machine_has_taken_one_over) {
  const Session other(300, 50);
  Session session(300, 50);
  session.happens(20, 9);
  session.machine.advance(Tick(300), no_limit);
  Reel<Mixer> reel;
  show_backwards(reel, session, 300, 290);
  session.machine.adopt(
      {Tick(100), other.machine.fingerprint(Tick(100)).history, other.machine.image_at(Tick(100))});
  session.machine.advance(Tick(300), no_limit);
  for (std::int64_t tick = 290; tick >= 100; --tick) {
    reel.show(session.machine, Tick(tick), no_limit);
    ASSERT_EQ(reel.shown(), Tick(tick));
    ASSERT_TRUE(equal(reel.state(), other.model.at(Tick(tick)))) << tick;
  }
}

// A person who goes where they like while events come late and the past is folded away.
RC_GTEST_PROP(Reel, shows_the_state_of_all_known_events_wherever_the_person_goes, ()) {
  Machine machine({.snapshot_interval_ticks = *rc::gen::inRange<std::int64_t>(1, 40),
                   .snapshots_max = *rc::gen::inRange<std::size_t>(3, 9)});
  Model model;
  machine.advance(Tick(*rc::gen::inRange<std::int64_t>(0, 150)), no_limit);
  Reel<Mixer> reel({.images_max = *rc::gen::inRange<std::size_t>(0, 20),
                    .bytes_max = *rc::gen::inRange<std::size_t>(0, 30) * state_bytes});
  Tick tick = machine.tick();
  std::int64_t direction = -1;
  for (int frames = *rc::gen::inRange(0, 120); frames > 0; --frames) {
    if (*rc::gen::inRange(0, 8) == 0) {
      const auto id = event_id(machine.tick().value() + *rc::gen::inRange<std::int64_t>(-60, 10),
                               *rc::gen::inRange<std::uint8_t>(0, 3), 0);
      const auto arrival = machine.insert(id, add(7));
      if (arrival == Arrival::timely || arrival == Arrival::late) model.events.emplace(id, add(7));
    }
    machine.advance(machine.tick() + *rc::gen::inRange<std::int64_t>(0, 3),
                    *rc::gen::element<std::int64_t>(0, 1, 5, no_limit));
    if (*rc::gen::inRange(0, 30) == 0) machine.fold(machine.tick() - 50);
    if (*rc::gen::inRange(0, 12) == 0) direction = *rc::gen::element<std::int64_t>(-20, -3, -1, 0, 1, 5);
    tick = std::clamp(tick + direction, machine.first_tick(), machine.tick());
    const auto shown_before = reel.shown();
    const auto budget = *rc::gen::element<std::int64_t>(0, 1, 3, 10, 1000);
    const auto ran = reel.show(machine, tick, budget);
    RC_ASSERT((ran >= 0 && ran <= budget));
    if (reel.running()) {
      RC_ASSERT(ran == budget);
      RC_ASSERT((reel.shown() == shown_before || reel.shown() <= machine.tick()));
    } else {
      RC_ASSERT(reel.shown() == tick);
      RC_ASSERT(equal(reel.state(), model.at(tick)));
    }
  }
  while (reel.show(machine, tick, 100) == 100) continue;
  RC_ASSERT(equal(reel.state(), model.at(tick)));
}

}  // namespace
}  // namespace tutti::symmetric
