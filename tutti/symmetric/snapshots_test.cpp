#include "tutti/symmetric/snapshots.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace tutti::symmetric {
namespace {

TEST(Snapshots, the_first_and_the_newest_stay_and_gaps_grow_no_faster_than_age) {
  constexpr std::int64_t interval = 50;
  Snapshots<std::int64_t> snapshots(Tick(-1), 0, -1, snapshots_max_default);
  constexpr std::int64_t day = 24 * 3600 * 50;
  std::size_t checked = 0;
  for (std::int64_t now = interval; now <= day; now += interval) {
    snapshots.take(Tick(now), 0, now);
    if (now % (interval * 997) != 0 && now != day) continue;
    ++checked;
    const auto ticks = snapshots.ticks();
    ASSERT_LE(ticks.size(), snapshots_max_default);
    ASSERT_EQ(ticks.front(), Tick(-1));
    ASSERT_EQ(ticks.back(), Tick(now));
    for (std::size_t i = 1; i < ticks.size(); ++i) {
      const auto gap = ticks[i] - ticks[i - 1];
      const auto age = now - ticks[i - 1].value();
      const auto gap_max = age <= 10 * interval ? interval + 1 : std::max(interval + 1, age / 10);
      ASSERT_LE(gap, gap_max) << "age " << age << " at " << now;
    }
  }
  EXPECT_GT(checked, 80u);
}

TEST(Snapshots, each_gives_back_the_state_of_its_own_tick) {
  Snapshots<std::int64_t> snapshots(Tick(0), 0, 0, 5);
  for (std::int64_t tick = 1; tick < 200; ++tick) {
    snapshots.take(Tick(tick), static_cast<std::uint64_t>(tick) * 3, tick);
    if (tick % 7 == 0) {
      snapshots.drop_from(Tick(tick - 1));
      snapshots.take(Tick(tick), static_cast<std::uint64_t>(tick) * 3, tick);
    }
    for (std::int64_t asked = 0; asked <= tick; ++asked) {
      const auto snapshot = snapshots.newest_at_or_before(Tick(asked));
      ASSERT_EQ(snapshot.state, snapshot.tick.value());
      ASSERT_EQ(snapshot.history, static_cast<std::uint64_t>(snapshot.state) * 3);
      ASSERT_LE(snapshot.tick, Tick(asked));
    }
  }
}

TEST(Snapshots, those_at_and_after_a_dropped_tick_are_gone) {
  Snapshots<int> snapshots(Tick(0), 0, 0, 10);
  for (const int tick : {10, 20, 30}) snapshots.take(Tick(tick), 0, tick);
  snapshots.drop_from(Tick(20));
  EXPECT_EQ(snapshots.ticks(), (std::vector{Tick(0), Tick(10)}));
  EXPECT_EQ(snapshots.newest_at_or_before(Tick(99)).state, 10);
}

}  // namespace
}  // namespace tutti::symmetric
