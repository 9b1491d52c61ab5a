#include "tutti/lab/histogram.hpp"

#include <initializer_list>
#include <numeric>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace tutti::lab {
namespace {

measure::Sketch sketch_of(std::initializer_list<double> numbers) {
  measure::Sketch sketch;
  for (const double number : numbers) sketch.add(number);
  return sketch;
}

TEST(Histogram, of_nothing_has_no_bars) {
  EXPECT_TRUE(histogram_of({}).empty());
}

TEST(Histogram, of_a_few_positive_numbers_shows_the_buckets_themselves) {
  const std::vector<HistogramBar> expected{{.lower = 1, .upper = 1.015625, .count = 2},
                                           {.lower = 1.5, .upper = 1.515625, .count = 1}};
  EXPECT_EQ(histogram_of(sketch_of({1, 1.01, 1.5})), expected);
}

TEST(Histogram, of_numbers_around_zero_has_bars_of_one_width) {
  const std::vector<HistogramBar> expected{{.lower = -64, .upper = -63, .count = 1},
                                           {.lower = 0, .upper = 1, .count = 3},
                                           {.lower = 10, .upper = 11, .count = 1}};
  EXPECT_EQ(histogram_of(sketch_of({-64, 0, 0, 0.5, 10})), expected);
}

TEST(Histogram, of_zeros_is_one_bar) {
  const std::vector<HistogramBar> expected{{.lower = 0, .upper = 1, .count = 2}};
  EXPECT_EQ(histogram_of(sketch_of({0, 0})), expected);
}

RC_GTEST_PROP(Histogram, keeps_every_number_in_few_bars_in_order, (const std::vector<double>& numbers)) {
  measure::Sketch sketch;
  for (const double number : numbers) sketch.add(number);
  const auto bars = histogram_of(sketch);
  RC_ASSERT(bars.size() <= histogram_bars_max);
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < bars.size(); ++i) {
    RC_ASSERT(bars[i].lower < bars[i].upper);
    RC_ASSERT(bars[i].count > 0u);
    if (i > 0) RC_ASSERT(bars[i - 1].upper <= bars[i].lower);  // an || within would look at both sides
    count += bars[i].count;
  }
  RC_ASSERT(count == sketch.count);
}

RC_GTEST_PROP(Histogram, of_positive_numbers_of_any_size_has_few_bars, ()) {
  measure::Sketch sketch;
  for (const auto number : *rc::gen::container<std::vector<std::uint64_t>>(
           rc::gen::inRange<std::uint64_t>(1, std::uint64_t{1} << 62)))
    sketch.add(static_cast<double>(number) * 0x1p-20);
  const auto bars = histogram_of(sketch);
  RC_ASSERT(bars.size() <= histogram_bars_max);
  const auto add = [](std::uint64_t sum, const HistogramBar& bar) { return sum + bar.count; };
  RC_ASSERT(std::accumulate(bars.begin(), bars.end(), std::uint64_t{0}, add) == sketch.count);
}

}  // namespace
}  // namespace tutti::lab
