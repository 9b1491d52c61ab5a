#include "tutti/measure/sketch.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/random.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti::measure {
namespace {

/// Any double but NaN: subnormal, huge, infinite and both zeros among them, and many of everyday size.
rc::Gen<double> any_number() {
  const auto of_bits = rc::gen::map(
      rc::gen::suchThat(rc::gen::arbitrary<std::uint64_t>(),
                        [](std::uint64_t bits) { return !std::isnan(std::bit_cast<double>(bits)); }),
      [](std::uint64_t bits) { return std::bit_cast<double>(bits); });
  const auto everyday = rc::gen::map(rc::gen::inRange(-100'000, 100'000), [](int n) { return n / 64.0; });
  const auto special = rc::gen::element(0.0, -0.0, 1e308, -1e308, 5e-324, 0x1p-40, -0x1p-40, 0x1p60,
                                        std::numeric_limits<double>::infinity());
  return rc::gen::oneOf(of_bits, everyday, everyday, special);
}
using Numbers = std::vector<double>;
rc::Gen<Numbers> any_numbers() {
  return rc::gen::container<Numbers>(any_number());
}

Sketch sketch_of(const Numbers& numbers) {
  Sketch sketch;
  for (const auto number : numbers) sketch.add(number);
  return sketch;
}

Sketch merged(Sketch one, const Sketch& other) {
  one.merge(other);
  return one;
}

RC_GTEST_PROP(Sketch, merging_in_any_order_gives_what_one_sketch_of_all_would_be, ()) {
  const auto a = *any_numbers();
  const auto b = *any_numbers();
  const auto c = *any_numbers();
  Numbers all;
  for (const auto* part : {&c, &a, &b}) all.insert(all.end(), part->begin(), part->end());
  const auto expected = encode(sketch_of(all));
  RC_ASSERT(encode(merged(merged(sketch_of(a), sketch_of(b)), sketch_of(c))) == expected);
  RC_ASSERT(encode(merged(sketch_of(a), merged(sketch_of(c), sketch_of(b)))) == expected);
  std::ranges::reverse(all);
  RC_ASSERT(encode(sketch_of(all)) == expected);
}

RC_GTEST_PROP(Sketch, percentiles_are_within_the_stated_error_of_the_exact_ones, ()) {
  auto numbers = *any_numbers();
  std::erase_if(numbers, [](double number) { return std::abs(number) >= Sketch::magnitude_max; });
  RC_PRE(!numbers.empty());
  const auto sketch = sketch_of(numbers);
  std::ranges::sort(numbers);
  RC_ASSERT(sketch.count == numbers.size());
  RC_ASSERT(sketch.least == numbers.front());
  RC_ASSERT(sketch.greatest == numbers.back());
  for (const double q : {0.0, 0.01, 0.25, 0.5, 0.9, 0.99, 1.0}) {
    const double exact = numbers[static_cast<std::size_t>(q * static_cast<double>(numbers.size() - 1))];
    const double error = std::abs(*sketch.quantile(q) - exact);
    if (std::abs(exact) >= Sketch::magnitude_min)
      RC_ASSERT(error <= std::abs(exact) * Sketch::relative_error);
    else
      RC_ASSERT(error < Sketch::magnitude_min);
  }
}

RC_GTEST_PROP(Sketch, what_came_about_by_adding_is_valid_and_survives_a_journey, ()) {
  const auto sketch = sketch_of(*any_numbers());
  RC_ASSERT(sketch.valid());
  const auto decoded = decode<Sketch>(encode(sketch));
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == sketch);
}

RC_GTEST_PROP(ExactSum, of_whole_numbers_is_exact, (const std::vector<std::int32_t>& numbers)) {
  ExactSum sum;
  std::int64_t expected = 0;
  for (const auto number : numbers) {
    sum.add(number);
    expected += number;
  }
  RC_ASSERT(sum.value() == static_cast<double>(expected));
}

TEST(ExactSum, forgets_nothing_between_huge_numbers_that_cancel_out) {
  ExactSum sum;
  for (const double number : {0x1p60, 0x1p-64, -0x1p60, 0.1, -0x1p59, 0x1p59}) sum.add(number);
  EXPECT_EQ(sum.value(), 0.1 + 0x1p-64);
}

TEST(Sketch, refuses_what_is_no_number) {
  Sketch sketch;
  EXPECT_FALSE(sketch.add(std::numeric_limits<double>::quiet_NaN()));
  EXPECT_EQ(sketch, Sketch{});
  EXPECT_EQ(sketch.quantile(0.5), std::nullopt);
  EXPECT_EQ(sketch.mean(), std::nullopt);
}

TEST(Sketch, takes_at_most_its_stated_memory_whatever_it_sees) {
  auto sketch = sketch_of({Sketch::magnitude_min, -Sketch::magnitude_min, 1e300, -1e300});
  Random random(1);
  for (int i = 0; i < 100'000; ++i)
    if (const auto value = std::bit_cast<double>(random()); !std::isnan(value)) sketch.add(value);
  EXPECT_EQ(sketch.positive.counts.size(), Sketch::buckets_max);
  EXPECT_EQ(sketch.negative.counts.size(), Sketch::buckets_max);
  EXPECT_TRUE(sketch.valid());
}

TEST(Sketch, made_by_a_liar_is_found_out) {
  const auto honest = sketch_of({1, 2, 3, -4, 0});
  ASSERT_TRUE(honest.valid());
  const auto lie = [&](auto change) {
    auto sketch = honest;
    change(sketch);
    return sketch.valid();
  };
  EXPECT_FALSE(lie([](Sketch& s) { ++s.count; }));
  EXPECT_FALSE(lie([](Sketch& s) { s.zeros = ~std::uint64_t{0}; }));
  EXPECT_FALSE(lie([](Sketch& s) { s.positive.first = Sketch::buckets_max; }));
  EXPECT_FALSE(lie([](Sketch& s) { s.positive.counts.push_back(0); }));
  EXPECT_FALSE(lie([](Sketch& s) { s.positive.counts[1] = ~std::uint64_t{0}; }));
  EXPECT_FALSE(lie([](Sketch& s) { s.least = std::numeric_limits<double>::quiet_NaN(); }));
  EXPECT_FALSE(lie([](Sketch& s) { s.least = -5; }));
  EXPECT_FALSE(lie([](Sketch& s) { s.greatest = std::numeric_limits<double>::infinity(); }));
  EXPECT_FALSE(lie([](Sketch& s) { s.sum.add(1000); }));
  Sketch empty;
  empty.greatest = 1;
  EXPECT_FALSE(empty.valid());
}

}  // namespace
}  // namespace tutti::measure
