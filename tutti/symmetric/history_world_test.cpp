// Sessions that last, whose past is folded: random worlds in bad times, and a day in good ones.
//
//   TUTTI_HISTORY_SEEDS=1-500 tutti_history_test
#include <algorithm>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/base/seed_range.hpp"
#include "tutti/symmetric/history_test_world.hpp"
#include "tutti/symmetric/long_session_test_app.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;

using session_test::HistoryWorld;

void live_through(std::uint64_t seed) {
  HistoryWorld world(seed);
  const auto described = world.describe();
  const auto problem = world.live();
  EXPECT_FALSE(problem) << "seed " << seed << ": " << described << "\n" << *problem;
}
TEST(HistoryWorlds, agree_after_healing_and_nothing_that_was_done_is_lost_or_doubled) {
  const auto [first, last] = SeedRange::asked_for("TUTTI_HISTORY_SEEDS", {1, 30});
  for (auto seed = first; seed <= last; ++seed) live_through(seed);
}

TEST(HistoryWorlds, repeat_exactly) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    HistoryWorld one(seed);
    HistoryWorld other(seed);
    EXPECT_EQ(one.live(), other.live());
    EXPECT_EQ(one.trace(), other.trace());
  }
}

/// A tick a second: a day of it costs little.
template <std::size_t bytes>
using Slow = session_test::Slow<bytes, 1>;
using session_test::live_on;

EnsembleOptions slow_options() {
  return {.model = constant_delay(20ms),
          .links = {{0, 1}},
          .session = {.deadline = FixedDeadline{1s}},
          .replica = {.time_machine = {.snapshot_interval_ticks = 10, .snapshots_max = 16}}};
}

TEST(HistoryOfADay, memory_stays_flat) {
  Ensemble<Slow<64>> ensemble(2, slow_options());
  ensemble.start(0);
  ensemble.start(1);
  std::vector<std::size_t> held;
  for (int hours = 0; hours < 24; hours += 6) {
    live_on(ensemble, 6h);
    const auto& past = ensemble.peer(0).find<Session>()->past();
    held.push_back(past.bytes() + ensemble.peer(0).find<Flood>()->stored_bytes());
    EXPECT_LE(ensemble.replica(0).machine().timeline().size(), 30u);
    EXPECT_LE(ensemble.peer(0).find<Flood>()->stored_bytes(), 30 * 150u);
  }
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  // What grows, and only for a day, is what each user did itself: half of 25 events a minute.
  for (const auto bytes : held) EXPECT_LE(bytes, std::size_t{4} << 20);
}

struct Join {
  Duration time{};
  std::uint64_t events = 0;  ///< that the newcomer was sent
};
/// Of a session this old, from start to the state of the other.
Join join_after(Duration age) {
  using App = Slow<std::size_t{256} << 10>;
  Ensemble<App> ensemble(2, slow_options());
  ensemble.start(0);
  live_on(ensemble, age);
  const auto before = ensemble.simulator().now();
  ensemble.start(1);
  while (ensemble.replica(1).state().words != ensemble.replica(0).state().words &&
         ensemble.simulator().now() - before < 60s)
    ensemble.run_for(10ms);
  return {ensemble.simulator().now() - before, ensemble.replica(1).machine().statistics().events};
}

TEST(HistoryOfADay, joining_takes_as_long_as_after_ten_minutes) {
  const auto early = join_after(10min);
  const auto late = join_after(24h);
  EXPECT_LT(early.time, 5s);
  EXPECT_LE(in_seconds(late.time), 1.2 * in_seconds(early.time));
  EXPECT_LE(static_cast<double>(late.events), 1.2 * static_cast<double>(early.events) + 2);
}

}  // namespace
}  // namespace tutti::symmetric
