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
      ASSERT_EQ(snapshot.copy, snapshot.tick.value());
      ASSERT_EQ(snapshot.history, static_cast<std::uint64_t>(snapshot.copy) * 3);
      ASSERT_LE(snapshot.tick, Tick(asked));
    }
  }
}

TEST(Snapshots, between_whole_multiples_go_when_they_are_thinned_out_but_never_the_first_or_the_newest) {
  Snapshots<int> snapshots(Tick(-1), 0, 0, 100);
  for (int tick = 5; tick <= 100; tick += 5) {
    snapshots.take(Tick(tick), 0, tick);
    snapshots.thin_out(Tick(tick - 30), 20);
  }
  EXPECT_EQ(snapshots.ticks(), (std::vector{Tick(-1), Tick(20), Tick(40), Tick(60), Tick(70), Tick(75),
                                            Tick(80), Tick(85), Tick(90), Tick(95), Tick(100)}));
  snapshots.take(Tick(101), 0, 101);
  snapshots.thin_out(Tick(200), 20);
  EXPECT_EQ(snapshots.newest_tick(), Tick(101));
}

TEST(Snapshots, the_least_missed_go_first_down_to_three) {
  Snapshots<int> snapshots(Tick(0), 0, 0, 100);
  for (const int tick : {10, 20, 30, 40, 50}) snapshots.take(Tick(tick), 0, tick);
  snapshots.drop(snapshots.least_missed()->tick);
  EXPECT_EQ(snapshots.ticks(), (std::vector{Tick(0), Tick(20), Tick(30), Tick(40), Tick(50)}));
  while (const auto snapshot = snapshots.least_missed()) snapshots.drop(snapshot->tick);
  EXPECT_EQ(snapshots.size(), snapshots_min);
  EXPECT_EQ(snapshots.first_tick(), Tick(0));
  EXPECT_EQ(snapshots.newest_tick(), Tick(50));
}

TEST(Snapshots, those_at_and_after_a_dropped_tick_are_gone) {
  Snapshots<int> snapshots(Tick(0), 0, 0, 10);
  for (const int tick : {10, 20, 30}) snapshots.take(Tick(tick), 0, tick);
  snapshots.drop_from(Tick(20));
  EXPECT_EQ(snapshots.ticks(), (std::vector{Tick(0), Tick(10)}));
  EXPECT_EQ(snapshots.newest_at_or_before(Tick(99)).copy, 10);
}

}  // namespace
}  // namespace tutti::symmetric
