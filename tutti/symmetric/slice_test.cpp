#include "tutti/symmetric/slice.hpp"

#include <algorithm>
#include <cstdint>

#include <gtest/gtest.h>

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;

TEST(Slice, comes_to_last_about_a_millisecond) {
  for (const Duration tick : {Duration(10ns), Duration(3us), Duration(200us)}) {
    Slice slice;
    for (int i = 0; i < 40; ++i) slice.took(slice.ticks(), slice.ticks() * tick);
    EXPECT_GE(slice.ticks() * tick, 500us);
    EXPECT_LE(slice.ticks() * tick, 2ms);
  }
  Slice slice;
  for (int i = 0; i < 40; ++i) slice.took(slice.ticks(), slice.ticks() * 1s);
  EXPECT_EQ(slice.ticks(), 1);
  slice.took(slice.ticks() + 1, 0s);
  EXPECT_EQ(slice.ticks(), 1) << "fewer or more than a slice say nothing";
}

/// Has so many ticks to run; each takes a tenth of a millisecond.
struct Laborious {
  [[nodiscard]] bool behind(TimePoint /*now*/) const { return left > 0; }
  [[nodiscard]] bool folding() const { return folding_left > 0; }
  std::int64_t advance(TimePoint /*now*/, std::int64_t budget_ticks) {
    if (waits) return 0;
    const auto run = std::min(left > 0 ? left : folding_left, budget_ticks);
    (left > 0 ? left : folding_left) -= run;
    clock += run * 100us;
    return run;
  }

  std::int64_t left = 0;
  std::int64_t folding_left = 0;
  bool waits = false;
  TimePoint clock{};
};

Duration time_of(Laborious& replica, Duration budget) {
  Slice slice;
  const auto begin = replica.clock;
  advance_for(budget, replica, slice, [&] { return replica.clock; });
  return replica.clock - begin;
}

TEST(AdvanceFor, keeps_to_its_budget_but_for_the_last_slice) {
  Laborious replica{.left = 1'000'000};
  const auto took = time_of(replica, 8ms);
  EXPECT_GE(took, 8ms);
  EXPECT_LE(took, 16ms);
}

TEST(AdvanceFor, does_what_is_not_urgent_with_what_is_left) {
  Laborious replica{.left = 10, .folding_left = 20};
  EXPECT_EQ(time_of(replica, 8ms), 3ms);
  EXPECT_EQ(replica.folding_left, 0);
}

TEST(AdvanceFor, runs_a_slice_where_the_budget_is_used_up_already) {
  Laborious replica{.left = 1'000'000};
  EXPECT_GT(time_of(replica, -1ms), 0ms);
}

TEST(AdvanceFor, ends_where_something_is_waited_for) {
  Laborious replica{.left = 5, .waits = true};
  EXPECT_EQ(time_of(replica, 8ms), 0ms);
}

}  // namespace
}  // namespace tutti::symmetric
