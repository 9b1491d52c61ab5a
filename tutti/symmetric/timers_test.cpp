#include "tutti/symmetric/timers.hpp"

#include <cstring>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/ids.hpp"
#include "tutti/base/random.hpp"
#include "tutti/symmetric/time_machine.hpp"

namespace tutti::symmetric {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Few = Timers<std::uint32_t, 4>;

std::vector<std::uint32_t> tick(Few& timers) {
  std::vector<std::uint32_t> due;
  timers.tick([&](std::uint32_t alarm) { due.push_back(alarm); });
  return due;
}

TEST(Timers, are_due_in_their_tick_and_in_the_order_they_were_set) {
  Few timers;
  ASSERT_TRUE(timers.set(2, 20));
  ASSERT_TRUE(timers.set(1, 10));
  ASSERT_TRUE(timers.set(2, 21));
  EXPECT_THAT(tick(timers), ElementsAre(10));
  EXPECT_THAT(tick(timers), ElementsAre(20, 21));
  EXPECT_THAT(tick(timers), IsEmpty());
}

TEST(Timers, may_be_set_and_cancelled_while_one_is_handled) {
  Few timers;
  ASSERT_TRUE(timers.set(1, 1));
  const auto doomed = timers.set(1, 2);
  std::vector<std::uint32_t> due;
  timers.tick([&](std::uint32_t alarm) {
    due.push_back(alarm);
    EXPECT_TRUE(timers.cancel(*doomed));
    EXPECT_TRUE(timers.set(1, 3));
  });
  EXPECT_THAT(due, ElementsAre(1));
  EXPECT_THAT(tick(timers), ElementsAre(3));
}

TEST(Timers, refuse_more_than_there_is_room_for_and_have_room_again) {
  Few timers;
  for (std::uint32_t i = 0; i < 4; ++i) ASSERT_TRUE(timers.set(1, i));
  EXPECT_EQ(timers.set(1, 4), std::nullopt);
  EXPECT_EQ(tick(timers).size(), 4u);
  EXPECT_TRUE(timers.set(1, 4));
}

TEST(Timers, are_cancelled_only_once_and_only_before_they_are_due) {
  Few timers;
  const auto first = timers.set(1, 1);
  const auto second = timers.set(2, 2);
  EXPECT_TRUE(timers.cancel(*second));
  EXPECT_FALSE(timers.cancel(*second));
  tick(timers);
  EXPECT_FALSE(timers.cancel(*first));
  EXPECT_EQ(timers.count(), 0u);
}

RC_GTEST_PROP(Timers, are_due_as_a_sorted_list_would_say, ()) {
  Timers<std::uint32_t, 8> timers;
  std::vector<std::pair<std::int64_t, std::uint32_t>> model;  // due, alarm
  std::vector<TimerId> ids;
  std::int64_t now = 0;
  std::uint32_t next = 0;
  const auto steps = *rc::gen::inRange(0, 80);
  for (int step = 0; step < steps; ++step) {
    if (*rc::gen::arbitrary<bool>()) {
      const auto ticks = *rc::gen::inRange<std::int64_t>(1, 12);
      const auto id = timers.set(ticks, next);
      RC_ASSERT(id.has_value() == (model.size() < 8));
      if (id) {
        model.emplace_back(now + ticks, next++);
        RC_ASSERT(id->value() == next);  // so alarm and id name each other in this test
      }
    } else if (next > 0 && *rc::gen::inRange(0, 3) == 0) {
      const auto which = *rc::gen::inRange<std::uint32_t>(0, next);
      const auto known = std::erase_if(model, [&](const auto& one) { return one.second == which; });
      RC_ASSERT(timers.cancel(TimerId(which + 1)) == (known == 1));
    } else {
      ++now;
      std::vector<std::uint32_t> due;
      timers.tick([&](std::uint32_t alarm) { due.push_back(alarm); });
      std::vector<std::uint32_t> wanted;
      for (const auto& [at, alarm] : model)
        if (at == now) wanted.push_back(alarm);
      std::erase_if(model, [&](const auto& one) { return one.first == now; });
      RC_ASSERT(due == wanted);
    }
  }
}

/// Draws from a generator that is part of the state, and from one that is not.
struct Lottery {
  static constexpr std::string_view name = "lottery";
  static constexpr std::uint32_t version = 1;
  struct State {
    Timers<std::uint64_t, 8> draws;
    Random wheel{7};
    std::uint64_t ticks = 0;
    std::uint64_t by_wheel = 0;
    std::uint64_t by_key = 0;
  };
  struct Buy {
    std::uint32_t delay = 1;
  };
  using Event = std::variant<Buy>;
  static void start(State& state) { state.draws.set(5, 1); }
  static void tick(State& state) {
    ++state.ticks;
    state.draws.tick([&](std::uint64_t stake) {
      state.by_wheel += stake * state.wheel.below(1000);
      state.by_key += stake * Random::keyed({1, state.ticks}).below(1000);
      state.draws.set(10, 1);
    });
  }
  static void apply(State& state, PeerId, const Event& event) {
    state.draws.set(1 + std::get<Buy>(event).delay % 20, 3);
  }
};
static_assert(Application<Lottery>);

RC_GTEST_PROP(Timers, and_randomness_in_a_state_are_the_same_after_any_replay, ()) {
  TimeMachine<Lottery> in_time;
  TimeMachine<Lottery> late;
  const auto count = *rc::gen::inRange<std::uint64_t>(0, 12);
  for (std::uint64_t i = 0; i < count; ++i) {
    const EventId id{Tick(*rc::gen::inRange<std::int64_t>(1, 90)), {{}, 1}, Sequence(i + 1)};
    const Lottery::Event event = Lottery::Buy{*rc::gen::arbitrary<std::uint32_t>()};
    RC_ASSERT(in_time.insert(id, event) == Arrival::timely);
    late.advance(Tick(static_cast<std::int64_t>(i) * 10), 1'000);
    RC_ASSERT(late.insert(id, event) != Arrival::too_old);
  }
  in_time.advance(Tick(120), 1'000);
  late.advance(Tick(120), 1'000);
  RC_ASSERT(in_time.fingerprint(Tick(120)) == late.fingerprint(Tick(120)));
}

}  // namespace
}  // namespace tutti::symmetric
