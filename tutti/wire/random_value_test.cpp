#include "tutti/wire/random_value.hpp"

#include <array>
#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace tutti {
namespace {

struct Turn {
  std::int8_t dx = 0;
  std::uint64_t dy = 0;
};
struct Pause {};
struct Write {
  std::string text;
  std::optional<std::uint8_t> column;
  std::vector<Turn> turns;
  std::array<bool, 3> flags{};
  Bytes raw;
  double weight = 0;
  Priority priority{};
  PeerId to;
  Sequence number;
  std::chrono::milliseconds after{};
};
using Event = std::variant<Turn, Pause, Write>;

TEST(RandomValue, is_one_that_can_travel) {
  Random random(1);
  std::set<std::size_t> kinds;
  for (int i = 0; i < 1000; ++i) {
    const auto value = random_value<Event>(random);
    kinds.insert(value.index());
    const auto bytes = encode(value);
    const auto again = decode<Event>(bytes);
    ASSERT_TRUE(again);
    EXPECT_EQ(encode(*again), bytes);
  }
  EXPECT_EQ(kinds.size(), 3u);
}

TEST(RandomValue, is_the_same_for_the_same_seed) {
  Random one(7);
  Random other(7);
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(encode(random_value<Event>(one)), encode(random_value<Event>(other)));
}

TEST(RandomValue, comes_to_the_ends_of_its_range_and_around_zero) {
  Random random(3);
  std::set<std::int16_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_value<std::int16_t>(random));
  for (const int value : {-32768, -4, -1, 0, 1, 4, 32767})
    EXPECT_TRUE(seen.contains(static_cast<std::int16_t>(value)));
}

}  // namespace
}  // namespace tutti
