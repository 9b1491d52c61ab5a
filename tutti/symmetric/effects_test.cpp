#include "tutti/symmetric/effects.hpp"

#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/symmetric/time_machine.hpp"
#include "tutti/symmetric/time_machine_test_values.hpp"

namespace tutti::symmetric {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Strikes by itself every tenth tick, and whenever somebody pulls; how loud depends on all that happened
/// before.
struct Bell {
  static constexpr std::string_view name = "bell";
  static constexpr std::uint32_t version = 1;
  static constexpr std::int64_t hour = 10;

  struct State {
    std::int64_t ticks;
    std::int64_t pulls;
  };
  struct Pull {
    std::uint8_t times = 1;
  };
  using Event = std::variant<Pull>;

  struct Ring {
    std::int64_t pulls = 0;
  };
  struct Record {
    static constexpr auto timing = EffectTiming::settled;
    std::int64_t pulls = 0;
  };
  using Effect = std::variant<Ring, Record>;

  static void start(State&) {}
  static void tick(State& state, Effects<Effect>& effects) {
    if (++state.ticks % hour == 0) effects.emit(Ring{state.pulls});
  }
  static void apply(State& state, PeerId, const Event& event, Effects<Effect>& effects) {
    for (int i = 0; i < std::get<Pull>(event).times; ++i) {
      effects.emit(Ring{++state.pulls});
      if (state.pulls % 4 == 0) effects.emit(Record{state.pulls});
    }
  }
};
static_assert(Application<Bell>);

using News = EffectNews<Bell::Effect>;

EventId pulled(std::int64_t tick, std::uint64_t sequence = 1, std::uint8_t who = 1) {
  return event_id(tick, who, sequence);
}
EventId struck(std::int64_t tick) {
  return {Tick(tick), {}, {}};
}

/// In words, e.g. "fired ring 3 at 10".
std::string describe(const News& news) {
  static constexpr std::array changes{"fired", "changed", "cancelled"};
  const bool ring = std::holds_alternative<Bell::Ring>(news.effect);
  const auto pulls = std::visit([](const auto& effect) { return effect.pulls; }, news.effect);
  return fmt::format("{} {} {} at {}", changes[static_cast<std::size_t>(news.change)],
                     ring ? "ring" : "record", pulls, news.id.cause.tick.value());
}

/// A machine with somebody who listens.
struct Heard {
  TimeMachine<Bell> machine;
  std::vector<std::string> news;

  Heard() {
    machine.set_audience([this](const News& one) { news.push_back(describe(one)); });
  }
  void pull(const EventId& id, std::uint8_t times = 1) {
    EXPECT_NE(machine.insert(id, Bell::Pull{times}), Arrival::too_old);
  }
  std::vector<std::string> advance(std::int64_t tick, std::int64_t budget = no_limit) {
    machine.advance(Tick(tick), budget);
    return std::exchange(news, {});
  }
};

TEST(Effects, are_told_when_their_tick_is_shown) {
  Heard heard;
  heard.pull(pulled(4));
  EXPECT_THAT(heard.advance(3), IsEmpty());
  EXPECT_THAT(heard.advance(4), ElementsAre("fired ring 1 at 4"));
  EXPECT_THAT(heard.advance(25), ElementsAre("fired ring 1 at 10", "fired ring 1 at 20"));
}

TEST(Effects, of_an_event_for_the_tick_that_is_shown_are_told) {
  Heard heard;
  heard.advance(10);
  heard.pull(pulled(10));
  EXPECT_THAT(heard.advance(10), ElementsAre("fired ring 1 at 10"));
}

TEST(Effects, are_not_told_again_by_a_replay) {
  Heard heard;
  heard.pull(pulled(20, 2));
  heard.advance(50);
  heard.pull(pulled(45));
  EXPECT_THAT(heard.advance(50), ElementsAre("fired ring 2 at 45", "changed ring 2 at 50"));
}

TEST(Effects, whose_cause_is_gone_are_cancelled) {
  Heard heard;
  heard.pull(pulled(5), 2);
  heard.advance(9);
  // The event that comes late is the third pull no more, but it is the second's number that is new.
  heard.pull(pulled(3), 1);
  EXPECT_THAT(heard.advance(9),
              ElementsAre("fired ring 1 at 3", "changed ring 2 at 5", "changed ring 3 at 5"));
}

TEST(Effects, during_an_unfinished_replay_wait_for_its_end) {
  Heard heard;
  heard.advance(100);
  heard.pull(pulled(5));
  EXPECT_THAT(heard.advance(100, 10), IsEmpty());
  EXPECT_THAT(heard.advance(100, 10), IsEmpty());
  const auto news = heard.advance(100);
  ASSERT_EQ(news.size(), 11u);
  EXPECT_EQ(news.front(), "fired ring 1 at 5");
  EXPECT_EQ(news.back(), "changed ring 1 at 100");
}

TEST(Effects, that_must_be_certain_are_told_once_their_tick_is_settled) {
  Heard heard;
  heard.pull(pulled(5), 4);
  heard.advance(40);
  heard.machine.settle_effects(Tick(4));
  EXPECT_THAT(heard.news, IsEmpty());
  heard.pull(pulled(2), 4);
  heard.advance(40);
  heard.news.clear();
  heard.machine.settle_effects(Tick(5));
  EXPECT_THAT(heard.news, ElementsAre("fired record 8 at 5"));
}

TEST(Effects, that_are_settled_are_never_spoken_of_again) {
  Heard heard;
  heard.pull(pulled(5), 4);
  heard.advance(40);
  heard.machine.settle_effects(Tick(30));
  heard.news.clear();
  heard.pull(pulled(3));
  EXPECT_THAT(heard.advance(40), ElementsAre("changed ring 5 at 40"));
}

TEST(Effects, of_an_event_that_came_before_its_tick_was_settled_are_told_though_it_is_worked_in_later) {
  Heard heard;
  heard.advance(9);
  heard.pull(pulled(7), 4);
  heard.machine.settle_effects(Tick(8));
  EXPECT_THAT(heard.advance(9), ElementsAre("fired ring 1 at 7", "fired ring 2 at 7", "fired ring 3 at 7",
                                            "fired ring 4 at 7"));
  heard.machine.settle_effects(Tick(8));
  EXPECT_THAT(heard.news, ElementsAre("fired record 4 at 7"));
}

TEST(Effects, of_looking_at_the_past_are_not_told) {
  Heard heard;
  heard.pull(pulled(5), 4);
  heard.advance(40);
  heard.news.clear();
  EXPECT_EQ(heard.machine.state_at(Tick(9))->pulls, 4);
  EXPECT_THAT(heard.news, IsEmpty());
}

TEST(Effects, before_the_audience_came_are_not_told) {
  TimeMachine<Bell> machine;
  machine.advance(Tick(35), no_limit);
  std::vector<std::string> news;
  machine.set_audience([&](const News& one) { news.push_back(describe(one)); });
  EXPECT_NE(machine.insert(pulled(2), Bell::Pull{}), Arrival::too_old);
  machine.advance(Tick(40), no_limit);
  EXPECT_THAT(news, ElementsAre("fired ring 1 at 40"));
}

TEST(Effects, of_one_cause_are_bounded) {
  Effects<Bell::Effect> effects;
  for (std::size_t i = 0; i < 2 * effects_per_cause_max; ++i) effects.emit(Bell::Ring{});
  EXPECT_EQ(effects.take().size(), effects_per_cause_max);
}

TEST(Effects, that_are_never_settled_are_remembered_up_to_a_limit) {
  Heard heard;
  // More rings than are remembered, a hundred a tick; the oldest count as settled.
  const auto ticks = static_cast<std::int64_t>(effects_remembered_max / 100 + 200);
  for (std::int64_t tick = 1; tick <= ticks; ++tick)
    heard.pull(pulled(tick, static_cast<std::uint64_t>(tick) + 1), 100);
  heard.advance(ticks);
  heard.pull(pulled(1));
  const auto news = heard.advance(ticks);
  ASSERT_FALSE(news.empty());
  EXPECT_LE(news.size(), effects_remembered_max);
  EXPECT_NE(news.front(), "fired ring 1 at 1");
}

/// All effects of the events, run from the beginning.
std::map<EffectId, std::string> effects_of(const std::map<EventId, Bell::Event>& events, Tick until,
                                           EffectTiming timing) {
  std::map<EffectId, std::string> all;
  const auto note = [&](const EventId& cause, Effects<Bell::Effect>& effects) {
    std::uint32_t number = 0;
    for (const auto& effect : effects.take()) {
      if (timing_of(effect) == timing)
        all[{cause, number}] = describe({EffectChange::fired, {cause, number}, effect});
      ++number;
    }
  };
  Bell::State state{};
  auto next = events.begin();
  for (Tick now(1); now <= until; ++now) {
    Effects<Bell::Effect> effects;
    Bell::tick(state, effects);
    note(struck(now.value()), effects);
    for (; next != events.end() && next->first.tick == now; ++next) {
      Bell::apply(state, next->first.origin.peer, next->second, effects);
      note(next->first, effects);
    }
  }
  return all;
}

RC_GTEST_PROP(Effects, leave_the_audience_with_what_truly_happened_whatever_the_order, ()) {
  constexpr std::int64_t last = 120;
  std::map<EffectId, std::string> heard;
  std::map<EffectId, std::string> certain;
  TimeMachine<Bell> machine;
  machine.set_audience([&](const News& news) {
    auto as_fired = news;
    as_fired.change = EffectChange::fired;
    if (timing_of(news.effect) == EffectTiming::settled) {
      RC_ASSERT(news.change == EffectChange::fired);
      RC_ASSERT(certain.emplace(news.id, describe(news)).second);
      return;
    }
    const auto known = heard.find(news.id);
    RC_ASSERT((known != heard.end()) == (news.change != EffectChange::fired));
    const auto now = describe(as_fired);
    if (news.change == EffectChange::fired) {
      heard.emplace(news.id, now);
    } else if (news.change == EffectChange::cancelled) {
      RC_ASSERT(known->second == now);
      heard.erase(known);
    } else {
      RC_ASSERT(known->second != now);
      known->second = now;
    }
  });
  std::map<EventId, Bell::Event> events;
  Tick target(0);
  Tick settled(0);
  const auto steps = *rc::gen::inRange(1, 60);
  for (int step = 0; step < steps; ++step) {
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        target = std::min(target + *rc::gen::inRange(0, 20), Tick(last));
        [[fallthrough]];
      case 1:
        machine.advance(target, *rc::gen::element<std::int64_t>(3, 17, no_limit));
        break;
      case 2:
        settled = std::min(settled + *rc::gen::inRange(0, 5), machine.tick());
        machine.settle_effects(settled);
        break;
      default: {
        const auto id = pulled(*rc::gen::inRange<std::int64_t>(settled.value() + 1, last + 1),
                               static_cast<std::uint64_t>(step) + 1, *rc::gen::inRange<std::uint8_t>(1, 4));
        const Bell::Event event = Bell::Pull{*rc::gen::inRange<std::uint8_t>(0, 4)};
        RC_ASSERT(machine.insert(id, event) != Arrival::duplicate);
        events.emplace(id, event);
      }
    }
  }
  machine.advance(Tick(last), no_limit);
  RC_ASSERT(heard == effects_of(events, Tick(last), EffectTiming::at_once));
  machine.settle_effects(Tick(last));
  machine.advance(Tick(last + 1), no_limit);
  machine.settle_effects(Tick(last));
  RC_ASSERT(certain == effects_of(events, Tick(last), EffectTiming::settled));
}

}  // namespace
}  // namespace tutti::symmetric
