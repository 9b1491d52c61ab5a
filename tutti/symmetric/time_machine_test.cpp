#include "tutti/symmetric/time_machine.hpp"

#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/symmetric/mixer_test_app.hpp"
#include "tutti/symmetric/time_machine_test_values.hpp"

namespace tutti::symmetric {
namespace {

using Machine = TimeMachine<Mixer>;
using Options = TimeMachineOptions;

TEST(TimeMachine, begins_at_tick_0_with_the_started_state) {
  const Machine machine;
  EXPECT_EQ(machine.tick(), Tick(0));
  EXPECT_TRUE(equal(machine.state(), Model{}.at(Tick(0))));
  EXPECT_FALSE(machine.replaying());
}

TEST(TimeMachine, an_event_of_tick_0_may_come_in_time_or_late) {
  Model model;
  Machine machine;
  model.events[event_id(0, 2, 0)] = add(1);
  EXPECT_EQ(machine.insert(event_id(0, 2, 0), add(1)), Arrival::timely);
  machine.advance(Tick(3), no_limit);
  EXPECT_TRUE(equal(machine.state(), model.at(Tick(3))));
  model.events[event_id(0, 1, 0)] = add(2);
  EXPECT_EQ(machine.insert(event_id(0, 1, 0), add(2)), Arrival::late);
  machine.advance(Tick(3), no_limit);
  EXPECT_TRUE(equal(machine.state(), model.at(Tick(3))));
}

TEST(TimeMachine, an_event_at_the_current_tick_is_timely_only_after_all_that_was_applied_there) {
  Model model;
  Machine machine;
  machine.advance(Tick(4), no_limit);
  model.events = {{event_id(4, 1, 0), add(1)}, {event_id(4, 3, 0), add(3)}, {event_id(4, 2, 0), add(2)}};
  EXPECT_EQ(machine.insert(event_id(4, 3, 0), add(3)), Arrival::timely);
  EXPECT_EQ(machine.insert(event_id(4, 1, 0), add(1)), Arrival::timely);
  machine.advance(Tick(4), no_limit);
  EXPECT_EQ(machine.insert(event_id(4, 2, 0), add(2)), Arrival::late);
  machine.advance(Tick(4), no_limit);
  EXPECT_TRUE(equal(machine.state(), model.at(Tick(4))));
  EXPECT_EQ(machine.statistics().ticks_travelled_back, 1u);
}

TEST(TimeMachine, takes_no_event_twice_and_none_before_the_beginning) {
  Machine machine;
  EXPECT_EQ(machine.insert(event_id(9, 1, 0), add(1)), Arrival::timely);
  EXPECT_EQ(machine.insert(event_id(9, 1, 0), add(1)), Arrival::duplicate);
  EXPECT_EQ(machine.insert(event_id(-1, 1, 0), add(1)), Arrival::too_old);
  EXPECT_EQ(machine.insert(event_id(std::numeric_limits<std::int64_t>::min(), 1, 0), add(1)),
            Arrival::too_old);
  EXPECT_EQ(machine.statistics().events, 1u);
  EXPECT_EQ(machine.statistics().duplicates, 1u);
  EXPECT_EQ(machine.statistics().too_old, 2u);
}

TEST(TimeMachine, many_late_events_cost_one_rollback_to_the_earliest) {
  Machine machine(Options{10, 100});
  machine.advance(Tick(200), no_limit);
  for (const std::int64_t tick : {190, 150, 170, 199})
    EXPECT_EQ(machine.insert(event_id(tick, 1, static_cast<std::uint64_t>(tick)), add(1)), Arrival::late);
  machine.advance(Tick(201), no_limit);
  const auto& statistics = machine.statistics();
  EXPECT_EQ(statistics.late_events, 4u);
  EXPECT_EQ(statistics.rollbacks, 1u);
  EXPECT_EQ(statistics.ticks_travelled_back, 50u);
  EXPECT_EQ(statistics.longest_rollback_ticks, 50u);
  EXPECT_GE(statistics.ticks_replayed, 51u);
}

TEST(TimeMachine, a_recent_late_event_costs_at_most_an_interval_more_than_its_lateness) {
  Machine machine(Options{50, 256});
  machine.advance(Tick(180'000), no_limit);  // an hour
  for (std::int64_t tick = 180'000; tick < 180'100; ++tick) {
    machine.insert(event_id(tick - 20, 1, 0), add(1));
    const auto before = machine.statistics().ticks_replayed;
    machine.advance(Tick(tick + 1), no_limit);
    EXPECT_LE(machine.statistics().ticks_replayed - before, 20u + 50u + 1u);
  }
}

TEST(TimeMachine, the_shown_state_stands_still_until_a_replay_is_complete) {
  Model model;
  Machine machine(Options{10, 100});
  machine.advance(Tick(100), no_limit);
  const auto shown = machine.state();
  model.events[event_id(35, 1, 0)] = add(1);
  machine.insert(event_id(35, 1, 0), add(1));
  EXPECT_EQ(machine.advance(Tick(100), 7), 7);
  EXPECT_EQ(machine.replaying(), (Replay{Tick(30), Tick(37), Tick(100)}));
  EXPECT_EQ(machine.advance(Tick(101), 7), 7);
  EXPECT_EQ(machine.tick(), Tick(100));
  EXPECT_TRUE(equal(machine.state(), shown));
  EXPECT_EQ(machine.advance(Tick(102), 56), 56);
  EXPECT_FALSE(machine.replaying());
  EXPECT_EQ(machine.tick(), Tick(100));
  EXPECT_TRUE(equal(machine.state(), model.at(Tick(100))));
  EXPECT_EQ(machine.advance(Tick(102), 7), 2);
  EXPECT_TRUE(equal(machine.state(), model.at(Tick(102))));
}

TEST(TimeMachine, a_late_event_during_a_replay_goes_back_again_only_if_its_tick_has_been_replayed) {
  Model model;
  Machine machine(Options{10, 100});
  machine.advance(Tick(100), no_limit);
  const auto late = [&](std::int64_t tick) {
    model.events[event_id(tick, 1, 0)] = add(1);
    EXPECT_EQ(machine.insert(event_id(tick, 1, 0), add(1)), Arrival::late);
  };
  late(65);
  machine.advance(Tick(100), 20);
  late(85);
  machine.advance(Tick(100), 1);
  EXPECT_EQ(machine.statistics().rollbacks, 1u);
  late(72);
  machine.advance(Tick(100), 1);
  EXPECT_EQ(machine.statistics().rollbacks, 2u);
  EXPECT_EQ(machine.replaying(), (Replay{Tick(60), Tick(71), Tick(100)}));
  machine.advance(Tick(100), no_limit);
  EXPECT_TRUE(equal(machine.state(), model.at(Tick(100))));
}

TEST(TimeMachine, an_event_on_the_very_tick_of_the_snapshot_it_stands_on_is_not_lost) {
  Model model;
  Machine machine(Options{10, 100});
  machine.advance(Tick(100), no_limit);
  model.events = {{event_id(55, 1, 0), add(1)}, {event_id(50, 1, 0), add(2)}};
  machine.insert(event_id(55, 1, 0), add(1));
  machine.advance(Tick(100), 0);
  EXPECT_EQ(machine.replaying(), (Replay{Tick(50), Tick(50), Tick(100)}));
  machine.insert(event_id(50, 1, 0), add(2));
  machine.advance(Tick(100), no_limit);
  EXPECT_TRUE(equal(machine.state(), model.at(Tick(100))));
  model.events[event_id(53, 1, 0)] = add(3);
  machine.insert(event_id(53, 1, 0), add(3));
  machine.advance(Tick(100), no_limit);
  EXPECT_TRUE(equal(machine.state(), model.at(Tick(100))));
}

TEST(TimeMachine, folds_within_its_budget_what_would_have_been_folded_at_once) {
  Machine at_once(Options{.snapshot_interval_ticks = 1000});
  Machine slowly(Options{.snapshot_interval_ticks = 1000});
  const auto happens = [&](std::int64_t tick, std::uint64_t amount) {
    for (auto* const machine : {&at_once, &slowly}) {
      machine->insert(event_id(tick, 1, amount), add(amount));
      machine->advance(Tick(600), no_limit);
    }
  };
  const auto fold = [&] {
    std::int64_t budget = 100;
    auto foundation = slowly.fold_at(Tick(450), budget);
    EXPECT_EQ(budget, foundation ? 49 : 0);  // tick 0 is run, too
    return foundation;
  };
  for (std::uint64_t i = 1; i <= 20; ++i) happens(static_cast<std::int64_t>(25 * i), i);

  EXPECT_FALSE(fold());
  EXPECT_EQ(slowly.first_tick(), Tick(0));
  happens(60, 21);  // what has been run for it lacks that: it begins again
  EXPECT_FALSE(fold());
  EXPECT_FALSE(fold());
  happens(500, 22);  // what is due later changes nothing
  EXPECT_FALSE(fold());
  happens(350, 23);
  EXPECT_FALSE(fold());
  const auto foundation = fold();
  ASSERT_TRUE(foundation);
  const auto expected = at_once.fold_at(Tick(450));
  ASSERT_TRUE(expected);
  EXPECT_EQ(foundation->history, expected->history);
  EXPECT_EQ(foundation->image.hash(), expected->image.hash());
  EXPECT_EQ(slowly.first_tick(), Tick(450));
  EXPECT_EQ(slowly.fingerprint(Tick(590)), at_once.fingerprint(Tick(590)));
}

TEST(TimeMachine, one_that_begins_from_a_foundation_agrees_with_one_that_saw_everything) {
  Machine host(Options{10, 100});
  host.insert(event_id(20, 1, 0), add(1));
  host.insert(event_id(45, 1, 1), add(2));
  host.advance(Tick(60), no_limit);
  Machine guest({Tick(40), host.fingerprint(Tick(40)).history, host.image_at(Tick(40))});
  EXPECT_EQ(guest.insert(event_id(40, 1, 7), add(2)), Arrival::too_old);
  EXPECT_EQ(guest.insert(event_id(45, 1, 1), add(2)), Arrival::timely);
  guest.advance(Tick(60), no_limit);
  EXPECT_EQ(guest.first_tick(), Tick(40));
  for (Tick tick(40); tick <= Tick(60); ++tick) EXPECT_EQ(guest.fingerprint(tick), host.fingerprint(tick));
}

/// One event or a run of the machine at a time, in whatever order; compares with the model all the way.
void machine_equals_model(bool folds) {
  const auto interval = *rc::gen::inRange<std::int64_t>(1, 12);
  const auto snapshots_max = *rc::gen::inRange<std::size_t>(3, 9);
  Machine machine(Options{interval, snapshots_max});
  Model model;
  const auto steps = *rc::gen::inRange(1, 80);
  for (int i = 0; i < steps; ++i) {
    for (int count = *rc::gen::inRange(0, 4); count > 0; --count) {
      const auto tick = machine.tick().value() + *rc::gen::inRange<std::int64_t>(-40, 15);
      const auto id =
          event_id(tick, *rc::gen::inRange<std::uint8_t>(0, 3), *rc::gen::inRange<std::uint64_t>(0, 2));
      const auto event =
          *rc::gen::arbitrary<bool>() ? add(id.sequence.value() + 1) : Mixer::Event(Mixer::Turn{});
      const auto arrival = machine.insert(id, event);
      if (arrival == Arrival::too_old) {
        RC_ASSERT(tick < 0 || tick <= machine.first_tick().value());
      } else {
        RC_ASSERT((arrival == Arrival::duplicate) == !model.events.emplace(id, event).second);
        if (tick > machine.tick().value()) RC_ASSERT(arrival != Arrival::late);
        if (tick < machine.tick().value()) RC_ASSERT(arrival != Arrival::timely);
      }
    }
    if (*rc::gen::inRange(0, 3) == 0) {
      const Tick any(*rc::gen::inRange(machine.first_tick().value(), machine.tick().value() + 1));
      RC_ASSERT(equal(machine.state_at(any), model.at(any)));
    }
    const auto target = machine.tick() + *rc::gen::inRange<std::int64_t>(0, 12);
    const auto budget = *rc::gen::element<std::int64_t>(0, 1, 2, 5, 20, no_limit);
    const auto shown_before = machine.state();
    const auto tick_before = machine.tick();
    const auto ran = machine.advance(target, budget);
    RC_ASSERT(ran <= budget);
    if (machine.replaying()) {
      RC_ASSERT(ran == budget);
      RC_ASSERT(machine.tick() == tick_before);
      RC_ASSERT(equal(machine.state(), shown_before));
    } else {
      RC_ASSERT(machine.tick() == target || ran == budget);
      RC_ASSERT(equal(machine.state(), model.at(machine.tick())));
    }
    if (folds && *rc::gen::inRange(0, 8) == 0)
      RC_ASSERT(machine.fold(machine.tick() - *rc::gen::inRange<std::int64_t>(0, 30)) <= machine.tick());
  }
  while (machine.replaying()) RC_ASSERT(machine.advance(machine.tick(), 1) == 1);
  RC_ASSERT(equal(machine.state(), model.at(machine.tick())));
  for (Tick tick = machine.first_tick(); tick <= machine.tick(); ++tick)
    RC_ASSERT(equal(machine.state_at(tick), model.at(tick)));

  // Whoever hears the same in order and with time to spare has the same fingerprints.
  Machine calm;
  for (const auto& [id, event] : model.events) RC_ASSERT(calm.insert(id, event) == Arrival::timely);
  calm.advance(machine.tick(), no_limit);
  const auto tick = *rc::gen::inRange(machine.first_tick().value(), machine.tick().value() + 1);
  RC_ASSERT(machine.fingerprint(Tick(tick)) == calm.fingerprint(Tick(tick)));
}

RC_GTEST_PROP(TimeMachine, equals_the_naive_simulation_for_every_arrival_order_and_budget, ()) {
  machine_equals_model(false);
}

RC_GTEST_PROP(TimeMachine, equals_it_too_while_it_folds_its_past_away, ()) {
  machine_equals_model(true);
}

}  // namespace
}  // namespace tutti::symmetric
