#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/bytes.hpp"
#include "tutti/base/hash.hpp"
#include "tutti/base/ids.hpp"
#include "tutti/base/log.hpp"
#include "tutti/base/nearest.hpp"
#include "tutti/base/random.hpp"
#include "tutti/base/text.hpp"
#include "tutti/base/time.hpp"

namespace tutti {
namespace {

RC_GTEST_PROP(Hex, any_bytes_come_back_from_their_text, (const Bytes& bytes)) {
  RC_ASSERT((from_hex(to_hex(bytes)) == bytes));
}

TEST(Hex, names_the_character_that_is_not_a_digit) {
  EXPECT_EQ(from_hex("00fg").error(), "'g' at position 4 is not a hexadecimal digit");
  EXPECT_FALSE(from_hex("123"));
}

TEST(PeerId, is_parsed_only_at_its_full_length) {
  const std::string text = "00112233445566778899aabbccddeeff";
  const auto id = PeerId::parse(text);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->text(), text);
  EXPECT_EQ(id->brief(), "00112233");
  EXPECT_EQ(PeerId::parse("0011").error(), "a peer id has 32 hexadecimal digits");
}

TEST(Random, gives_the_same_numbers_on_every_machine) {
  // Golden values: a change here changes every simulation's trace.
  Random random(1);
  EXPECT_EQ(random(), 13830413928045401970u);
  EXPECT_EQ(Random::keyed({1, 2, 3})(), 8248088025580823700u);
  EXPECT_DOUBLE_EQ(Random(7).normal(), Random(7).normal());
}

TEST(Random, keyed_streams_depend_on_every_key_and_their_order) {
  EXPECT_NE(Random::keyed({1, 2})(), Random::keyed({2, 1})());
  EXPECT_NE(Random::keyed({1, 2})(), Random::keyed({1, 2, 0})());
}

RC_GTEST_PROP(Random, below_stays_below, (std::uint64_t seed)) {
  Random random(seed);
  const auto bound = *rc::gen::inRange<std::uint64_t>(1, 1'000'000);
  RC_ASSERT(random.below(bound) < bound);
}

TEST(Random, pareto_exceeds_x_with_a_probability_of_x_to_the_minus_shape) {
  for (const double shape : {1.0, 2.5, 20.0}) {
    Random random(3);
    constexpr int count = 100'000;
    int above_two = 0;
    double least = 10;
    for (int i = 0; i < count; ++i) {
      const double x = random.pareto(shape);
      above_two += x > 2;
      least = std::min(least, x);
    }
    EXPECT_NEAR(1.0 * above_two / count, std::pow(2, -shape), 0.01);
    EXPECT_GE(least, 1);
    EXPECT_LT(least, 1.001);
  }
}

TEST(Random, normal_and_exponential_have_their_moments) {
  Random random(42);
  constexpr int count = 200'000;
  double sum = 0;
  double squares = 0;
  double exponential = 0;
  for (int i = 0; i < count; ++i) {
    const double x = random.normal();
    sum += x;
    squares += x * x;
    exponential += random.exponential();
  }
  EXPECT_NEAR(sum / count, 0, 0.01);
  EXPECT_NEAR(std::sqrt(squares / count), 1, 0.01);
  EXPECT_NEAR(exponential / count, 1, 0.01);
}

TEST(RunningHash, depends_on_order) {
  RunningHash one;
  RunningHash other;
  one.add(1);
  one.add(2);
  other.add(2);
  other.add(1);
  EXPECT_NE(one.value(), other.value());
}

TEST(Time, seconds_round_to_the_nearest_nanosecond) {
  EXPECT_EQ(from_seconds(1.5), Duration(1'500'000'000));
  EXPECT_EQ(from_seconds(-1e-9), Duration(-1));
}

RC_GTEST_PROP(Text, any_whole_number_comes_back_from_its_digits, (std::int64_t number)) {
  RC_ASSERT(parse_whole<std::int64_t>(std::to_string(number)) == number);
}

TEST(Text, a_whole_number_fills_its_text_and_fits_its_type) {
  EXPECT_EQ(parse_whole<std::uint16_t>("65535"), 65535);
  EXPECT_EQ(parse_whole<int>("-7"), -7);
  EXPECT_EQ(parse_whole<std::uint16_t>("65536"), std::nullopt);
  EXPECT_EQ(parse_whole<std::uint16_t>("-1"), std::nullopt);
  for (const auto* text : {"", " 1", "1 ", "+1", "1.0", "0x1", "-"})
    EXPECT_EQ(parse_whole<int>(text), std::nullopt) << "'" << text << "'";
}

TEST(Text, durations_need_a_number_and_a_unit) {
  EXPECT_EQ(parse_duration("1.5ms"), Duration(1'500'000));
  EXPECT_EQ(parse_duration("20us"), Duration(20'000));
  EXPECT_FALSE(parse_duration("20"));
  EXPECT_FALSE(parse_duration("-1s"));
  EXPECT_EQ(parse_duration("1e30s").error(), "'1e30s' is out of range: 0 to 100 years is possible");
  EXPECT_EQ(describe(Duration(12'345'678)), "12.3 ms");
}

TEST(Text, decimals_are_exact) {
  EXPECT_EQ(parse_decimal("14.3", 9), 14'300'000'000);
  EXPECT_EQ(parse_decimal("9223372036.854775807", 9), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(parse_decimal("007", 0), 7);
  for (const auto* wrong : {"", ".5", "5.", "1.2345", "-1", "+1", "1e3", "1.-2", "9223372036854775.808"})
    EXPECT_FALSE(parse_decimal(wrong, 3)) << wrong;
}

TEST(Text, durations_are_written_so_that_they_are_read_back_exactly) {
  EXPECT_EQ(duration_text(std::chrono::milliseconds(1500)), "1500ms");
  EXPECT_EQ(duration_text(std::chrono::seconds(40)), "40s");
  EXPECT_EQ(duration_text({}), "0s");
  const Duration odd(1'234'567'890'123'456'789);
  EXPECT_EQ(parse_duration(duration_text(odd)), odd);
}

TEST(Log, what_happens_a_thousand_times_is_worth_ten_lines) {
  std::vector<std::uint64_t> said;
  for (std::uint64_t count = 1; count <= 1000; ++count)
    if (worth_a_line(count)) said.push_back(count);
  EXPECT_EQ(said, (std::vector<std::uint64_t>{1, 2, 4, 8, 16, 32, 64, 128, 256, 512}));
}

TEST(Nearest, finds_what_was_probably_meant_and_nothing_far_away) {
  constexpr std::array<std::string_view, 4> names{"start", "stop", "setDropMessages", "cut"};
  EXPECT_EQ(nearest_name("setdropMessage", names), "setDropMessages");
  EXPECT_EQ(nearest_name("stpo", names), "stop");
  EXPECT_EQ(nearest_name("stp", names), "stop");
  EXPECT_EQ(nearest_name("cat", names), "cut");
  EXPECT_EQ(nearest_name("partition", names), std::nullopt);
  EXPECT_EQ(nearest_name("", names), std::nullopt);
}

}  // namespace
}  // namespace tutti
