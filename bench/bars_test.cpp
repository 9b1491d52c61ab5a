#include "bench/bars.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tutti::bench {
namespace {

Measurements some_measurements() {
  Measurements measurements;
  for (const double seconds : {9e-6, 1e-6, 2e-6}) measurements.add("fast", "", seconds);
  measurements.add("slow/60", "", 6e-6);
  measurements.add("slow/60", "events", 100);
  return measurements;
}

Row judged(const std::string& unit, Limit bar, const Number& number) {
  Bars bars;
  bars.add("a bar", unit, bar, number);
  return bars.judge(some_measurements()).at(0);
}

TEST(Bars, judge_the_median_of_the_repetitions_in_the_units_of_the_bar) {
  const auto row = judged("us", at_most(2.5), time_of("fast"));
  EXPECT_DOUBLE_EQ(row.value.value(), 2);
  EXPECT_TRUE(row.holds());
  EXPECT_FALSE(judged("ns", at_most(2.5), time_of("fast")).holds());
}

TEST(Bars, know_the_side_on_which_a_number_must_be) {
  EXPECT_TRUE(judged("", at_least(100), counter_of("slow/60", "events")).holds());
  EXPECT_FALSE(judged("", at_least(101), counter_of("slow/60", "events")).holds());
}

TEST(Bars, compare_two_benchmarks_of_one_run) {
  EXPECT_DOUBLE_EQ(judged("x", at_most(3), ratio(time_of("slow/60"), time_of("fast"))).value.value(), 3);
  EXPECT_DOUBLE_EQ(judged("us", at_most(3), difference(time_of("slow/60"), time_of("fast"))).value.value(),
                   4);
}

TEST(Bars, do_not_hold_if_nothing_was_measured) {
  const auto row = judged("x", at_most(3), ratio(time_of("slow/60"), time_of("unknown")));
  EXPECT_FALSE(row.value);
  EXPECT_FALSE(row.holds());
}

TEST(Bars, become_rows_that_programs_read) {
  const auto json = nlohmann::json::parse(to_json({judged("us", at_most(2.5), time_of("fast"))}, "1.2.3"));
  EXPECT_EQ(json,
            nlohmann::json::parse(R"([{"name": "a bar", "value": 2.0, "unit": "us", "bar": "at most 2.5",
                                             "holds": true, "version": "1.2.3"}])"));
}

}  // namespace
}  // namespace tutti::bench
