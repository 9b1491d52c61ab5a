// Sessions whose past is folded: what they keep, how one joins, and how pasts that grew apart become one.
#include "tutti/symmetric/history.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/memory/containers.hpp"
#include "tutti/symmetric/ensemble.hpp"
#include "tutti/symmetric/long_session_test_app.hpp"
#include "tutti/symmetric/session_test_world.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;

using session_test::line;
using session_test::Links;
using session_test::Scribble;
using Scribblers = Ensemble<Scribble>;

EnsembleOptions options(Links links, Duration absence_max = 60s) {
  return {.model = *parse_network_model("constant:20ms"),
          .links = std::move(links),
          .session = {.deadline = FixedDeadline{100ms}, .history = {.absence_max = absence_max}}};
}
template <typename App>
const Past& past(Ensemble<App>& ensemble, std::uint32_t index) {
  return ensemble.peer(index).template find<Session>()->past();
}

TEST(History, what_is_final_is_folded_and_forgotten) {
  Scribblers ensemble(3, options(line(3)));
  ensemble.start_all();
  for (std::uint32_t i = 0; i < 120; ++i) {
    ensemble.submit(i % 3, Scribble::Stroke{i});
    ensemble.run_for(1s);
  }
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_GE(past(ensemble, i).foundation_tick(), Tick(80 * 50));
    EXPECT_EQ(ensemble.replica(i).machine().first_tick(), past(ensemble, i).foundation_tick());
    EXPECT_LE(ensemble.replica(i).machine().timeline().size(), 40u);
    EXPECT_LE(ensemble.peer(i).find<Flood>()->stored_bytes(), 40 * 200u);
    EXPECT_EQ(ensemble.replica(i).state().events, 120u);
  }
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
}

TEST(History, a_full_history_forgets_nothing_and_a_recent_one_keeps_its_span) {
  auto full = options(line(2));
  full.session.history.kept = FullHistory{};
  Scribblers ensemble(2, full);
  auto recent = options(line(2));
  recent.session.history.kept = RecentHistory{60s};
  Scribblers other(2, recent);
  for (auto* each : {&ensemble, &other}) {
    each->start_all();
    for (std::uint32_t i = 0; i < 100; ++i) {
      each->submit(0, Scribble::Stroke{i});
      each->run_for(1s);
    }
  }
  EXPECT_EQ(ensemble.replica(1).machine().timeline().size(), 100u);
  EXPECT_EQ(ensemble.replica(1).machine().first_tick(), Tick(0));
  EXPECT_GE(other.replica(1).machine().timeline().size(), 60u);
  EXPECT_LE(other.replica(1).machine().timeline().size(), 75u);
}

TEST(History, a_newcomer_adopts_an_image_instead_of_living_through_it_all) {
  Scribblers ensemble(4, options({{0, 1}, {1, 2}, {0, 3}, {1, 3}}));
  for (std::uint32_t i = 0; i < 3; ++i) ensemble.start(i);
  for (std::uint32_t i = 0; i < 300; ++i) {
    ensemble.submit(i % 3, Scribble::Stroke{i});
    ensemble.run_for(2s);
  }
  ensemble.start(3);
  ensemble.run_for(2s);
  EXPECT_EQ(ensemble.replica(3).state().events, 300u);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  EXPECT_LE(ensemble.replica(0).tick() - ensemble.replica(3).tick(), 2);
  const auto& statistics = ensemble.replica(3).machine().statistics();
  EXPECT_LE(statistics.ticks_replayed, 60u * 50);
  EXPECT_LE(statistics.events, 60u);
  ensemble.submit(3, Scribble::Stroke{300});
  ensemble.run_for(60s);
  EXPECT_EQ(ensemble.replica(2).state().events, 301u);
  EXPECT_GE(past(ensemble, 3).foundation_tick(), Tick(600 * 50));
  EXPECT_EQ(ensemble.recorder().totals().count_of("session.adopted"), 1u);
}

/// Nobody waits for who only watches, and over a slow path the image takes longer than the next ones.
TEST(History, a_newcomer_on_a_slow_path_gets_a_large_state_even_if_it_only_watches) {
  using Large = session_test::Slow<(2 << 20), 10>;
  for (const bool watches : {false, true}) {
    auto slow = options({{0, 1}, {0, 2}});
    slow.model = *parse_network_model("constant:20ms+bandwidth:500kbit,256KiB");
    if (watches) slow.spectators = {2};
    Ensemble<Large> ensemble(3, slow);
    ensemble.start(0);
    ensemble.start(1);
    for (std::uint32_t i = 0; i < 60; ++i) {
      ensemble.submit(i % 2, i);
      ensemble.run_for(1s);
    }
    ensemble.start(2);
    for (std::uint32_t i = 0; i < 90; ++i) {
      ensemble.submit(i % 2, i);
      ensemble.run_for(1s);
    }
    EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick())) << watches;
    EXPECT_EQ(past(ensemble, 2).joining(), false) << watches;
    const auto adopted = ensemble.recorder().totals().count_of("session.adopted");
    EXPECT_EQ(adopted, 1u) << watches;
    ensemble.run_for(60s);
    EXPECT_GE(past(ensemble, 0).foundation_tick(), Tick(190 * 10)) << "others wait no longer";
  }
}

TEST(History, who_was_away_for_less_than_the_policy_gets_the_difference_only) {
  Scribblers ensemble(3, options(line(3)));
  ensemble.start_all();
  ensemble.run_for(60s);
  ensemble.cut(2, true);
  for (std::uint32_t i = 0; i < 20; ++i) {
    ensemble.submit(i % 3, Scribble::Stroke{i});
    ensemble.run_for(2s);
  }
  ensemble.cut(2, false);
  ensemble.run_for(20s);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(ensemble.replica(i).state().events, 20u);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  EXPECT_EQ(ensemble.recorder().totals().count_of("session.adopted"), 0u);
  EXPECT_EQ(ensemble.recorder().totals().count_of("session.ignored"), 0u);
}

TEST(History, who_was_away_for_longer_adopts_and_what_it_did_happens_again_once) {
  Scribblers ensemble(3, options(line(3), 30s));
  ensemble.start_all();
  ensemble.run_for(60s);
  ensemble.cut(2, true);
  for (std::uint32_t i = 0; i < 60; ++i) {
    ensemble.submit(i % 3, Scribble::Stroke{i});
    ensemble.run_for(3s);
  }
  EXPECT_EQ(ensemble.replica(2).state().events, 20u);
  ensemble.cut(2, false);
  ensemble.run_for(20s);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(ensemble.replica(i).state().events, 60u) << i;
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  EXPECT_GT(ensemble.replica(2).resubmitted_count(), 10u);
  EXPECT_EQ(ensemble.replica(0).resubmitted_count(), 0u);
  ensemble.run_for(60s);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  EXPECT_GE(past(ensemble, 0).foundation_tick(), Tick(250 * 50));
}

TEST(History, the_lighter_of_two_partitions_adopts_as_a_whole) {
  Scribblers ensemble(6, options(line(6), 30s));
  ensemble.start_all();
  ensemble.run_for(60s);
  ensemble.network().set_path_cut(2, 3, true);
  for (std::uint32_t i = 0; i < 90; ++i) {
    // The left ones do less.
    ensemble.submit(i % 3 == 0 ? i % 2 : 3 + i % 3, Scribble::Stroke{i});
    ensemble.run_for(2s);
  }
  EXPECT_EQ(ensemble.replica(0).state().events, 30u);
  ensemble.network().set_path_cut(2, 3, false);
  ensemble.run_for(40s);
  for (std::uint32_t i = 0; i < 6; ++i) EXPECT_EQ(ensemble.replica(i).state().events, 90u) << i;
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  EXPECT_EQ(ensemble.replica(4).resubmitted_count(), 0u);
  EXPECT_GT(ensemble.replica(0).resubmitted_count(), 5u);
}

TEST(History, what_was_said_again_happens_once_when_the_past_it_was_missing_from_is_given_up_later) {
  Scribblers ensemble(5, options(line(5), 30s));
  ensemble.start_all();
  ensemble.run_for(60s);
  std::uint32_t done = 0;
  const auto act = [&](std::uint32_t peer, std::uint32_t count) {
    for (; count > 0; --count) ensemble.submit(peer, Scribble::Stroke{done++});
  };
  // The second peer's past has one event of its own; those to its right do more.
  ensemble.network().set_path_cut(2, 3, true);
  act(2, 1);
  act(3, 20);
  ensemble.run_for(100s);
  // Those to its left, who took it in, do most, without it.
  ensemble.network().set_path_cut(1, 2, true);
  act(0, 60);
  ensemble.run_for(100s);
  ensemble.network().set_path_cut(2, 3, false);
  ensemble.run_for(8s);
  EXPECT_EQ(ensemble.replica(2).resubmitted_count(), 1u);
  EXPECT_EQ(ensemble.replica(4).state().events, 21u);
  ensemble.network().set_path_cut(1, 2, false);
  ensemble.run_for(60s);
  for (std::uint32_t i = 0; i < 5; ++i) EXPECT_EQ(ensemble.replica(i).state().events, done) << i;
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
}

/// A layer is exchanged in its peer.
TEST(History, a_session_that_is_exchanged_keeps_its_past) {
  Scribblers ensemble(3, options(line(3)));
  ensemble.start_all();
  for (std::uint32_t i = 0; i < 60; ++i) {
    ensemble.submit(i % 3, Scribble::Stroke{i});
    ensemble.run_for(1s);
    if (i % 20 != 10) continue;
    ensemble.peer(i / 20).exchange<Session, Session>(SessionOptions{.deadline = FixedDeadline{100ms}});
    ensemble.peer(i / 20).exchange<Broadcaster, Flood>();
  }
  ensemble.run_for(30s);
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_GE(past(ensemble, i).foundation_tick(), Tick(60 * 50)) << i;
    EXPECT_EQ(ensemble.replica(i).state().events, 60u) << i;
  }
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  EXPECT_EQ(ensemble.recorder().totals().count_of("session.adopted"), 0u);
}

/// Adds up what was done in containers, and remembers it all.
struct Diary {
  static constexpr std::string_view name = "diary";
  static constexpr std::uint32_t version = 1;
  static constexpr int ticks_per_second = 10;
  static constexpr std::size_t state_bytes_max = std::size_t{1} << 20;
  struct State {
    std::uint64_t ticks = 0;
    arena::Vector<std::uint32_t> done;
    arena::Map<std::uint64_t, arena::String> notes;
  };
  using Event = std::variant<std::uint32_t>;

  static void start(State&) {}
  static void tick(State& state) { ++state.ticks; }
  static void apply(State& state, PeerId, const Event& event) {
    const auto thing = std::get<0>(event);
    state.done.push_back(thing);
    state.notes[state.ticks] = std::string(thing % 40, 'x');
  }
};
/// The same in a container of the standard library, which the application saves itself.
struct Saved {
  static constexpr std::string_view name = "saved";
  static constexpr std::uint32_t version = 1;
  static constexpr int ticks_per_second = 10;
  struct State {
    std::uint64_t ticks = 0;
    std::vector<std::uint32_t> done;
  };
  using Event = std::variant<std::uint32_t>;

  static void start(State&) {}
  static void tick(State& state) { ++state.ticks; }
  static void apply(State& state, PeerId, const Event& event) { state.done.push_back(std::get<0>(event)); }
  static void save(const State& state, Bytes& out) { encode(state, out); }
  static bool load(State& state, ByteView bytes) {
    auto loaded = decode<State>(bytes);
    if (!loaded) return false;
    state = *std::move(loaded);
    return true;
  }
};
/// And in a struct of many pages.
struct Large {
  static constexpr std::string_view name = "large";
  static constexpr std::uint32_t version = 1;
  static constexpr int ticks_per_second = 10;
  struct State {
    std::uint64_t ticks = 0;
    struct {
      std::uint64_t count = 0;
      std::array<std::uint64_t, 64 * 1024> things{};
      void push_back(std::uint64_t thing) { things[count++] = thing; }
      [[nodiscard]] std::size_t size() const { return count; }
    } done;
  };
  using Event = std::variant<std::uint32_t>;

  static void start(State&) {}
  static void tick(State& state) { ++state.ticks; }
  static void apply(State& state, PeerId, const Event& event) { state.done.push_back(std::get<0>(event)); }
};

template <typename App>
class HistoryOfState : public testing::Test {};
using KindsOfState = testing::Types<Diary, Saved, Large>;
TYPED_TEST_SUITE(HistoryOfState, KindsOfState);

TYPED_TEST(HistoryOfState, is_folded_joined_and_given_up_for_another) {
  Ensemble<TypeParam> ensemble(4, options({{0, 1}, {1, 2}, {0, 3}, {1, 3}}, 30s));
  for (std::uint32_t i = 0; i < 3; ++i) ensemble.start(i);
  std::uint32_t done = 0;
  const auto live_on = [&](std::uint32_t seconds) {
    for (std::uint32_t i = 0; i < seconds; i += 2) {
      ensemble.submit(i % 6 / 2, done++);
      ensemble.run_for(2s);
    }
  };
  live_on(120);
  ensemble.start(3);
  ensemble.run_for(4s);
  EXPECT_EQ(ensemble.replica(3).state().done.size(), done);
  EXPECT_LE(ensemble.replica(3).machine().timeline().size(), 20u);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  ensemble.cut(2, true);
  live_on(150);
  ensemble.cut(2, false);
  ensemble.run_for(30s);
  EXPECT_GT(ensemble.replica(2).resubmitted_count(), 5u);
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(ensemble.replica(i).state().done.size(), done) << i;
    EXPECT_GE(past(ensemble, i).foundation_tick(), Tick(270 * 10)) << i;
    EXPECT_FALSE(ensemble.replica(i).divergence()) << i;
  }
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
}

}  // namespace
}  // namespace tutti::symmetric
