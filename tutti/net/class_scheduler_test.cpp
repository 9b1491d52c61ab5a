#include "tutti/net/class_scheduler.hpp"

#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tutti {
namespace {

using namespace std::chrono_literals;
using enum Priority;

constexpr Duration aging = 200ms;
constexpr TimePoint now(10s);
constexpr TimePoint young = now - 199ms;
constexpr TimePoint old = now - 200ms;

std::vector<Priority> turns(ClassScheduler::Waiting waiting, int count) {
  ClassScheduler scheduler(aging);
  std::vector<Priority> turns;
  for (int i = 0; i < count; ++i) {
    turns.push_back(*scheduler.next(waiting, now));
    scheduler.sent(turns.back());
  }
  return turns;
}

TEST(ClassScheduler, has_nothing_to_send_when_nothing_waits) {
  EXPECT_EQ(ClassScheduler(aging).next({}, now), std::nullopt);
}

TEST(ClassScheduler, goes_by_class_however_long_the_others_wait) {
  EXPECT_EQ(turns({now, young, old}, 3), (std::vector{high, high, high}));
  EXPECT_EQ(turns({std::nullopt, young, old}, 3), (std::vector{medium, medium, medium}));
  EXPECT_EQ(turns({std::nullopt, std::nullopt, now}, 3), (std::vector{low, low, low}));
}

TEST(ClassScheduler, lets_medium_take_turns_once_it_has_waited_long) {
  EXPECT_EQ(turns({now, old, old}, 4), (std::vector{high, medium, high, medium}));
  EXPECT_EQ(turns({old, old, old}, 4), (std::vector{high, medium, high, medium}));
}

RC_GTEST_PROP(ClassScheduler, keeps_high_waiting_for_one_turn_at_most_and_low_for_all_others, ()) {
  ClassScheduler scheduler(aging);
  int high_waits = 0;
  for (const auto step : *rc::gen::container<std::vector<std::uint8_t>>(rc::gen::arbitrary<std::uint8_t>())) {
    ClassScheduler::Waiting waiting;
    for (std::size_t i = 0; i < waiting.size(); ++i)
      if ((step >> i & 1) != 0) waiting[i] = (step >> (i + 4) & 1) != 0 ? old : young;
    const auto next = scheduler.next(waiting, now);
    RC_ASSERT(next.has_value() == ((step & 7) != 0));
    if (!next) continue;
    RC_ASSERT(waiting[static_cast<std::size_t>(*next)].has_value());
    scheduler.sent(*next);
    high_waits = waiting[0] && *next != high ? high_waits + 1 : 0;
    RC_ASSERT(high_waits <= 1);
    RC_ASSERT(*next != low || (!waiting[0] && !waiting[1]));
  }
}

}  // namespace
}  // namespace tutti
