#include "tutti/link/helpers.hpp"

#include <set>

#include <gtest/gtest.h>

namespace tutti {
namespace {

using namespace std::chrono_literals;

PeerId peer(std::uint8_t number) {
  return PeerId{{number}};
}

TEST(Helpers, are_asked_each_once_before_one_is_asked_again) {
  Helpers helpers(30s);
  Random random(1);
  const std::vector able{peer(1), peer(2), peer(3)};
  std::set<PeerId> asked;
  for (int i = 0; i < 3; ++i) asked.insert(helpers.choose(able, TimePoint(10s), random).value());
  EXPECT_EQ(asked, std::set(able.begin(), able.end()));
  EXPECT_EQ(helpers.choose(able, TimePoint(40s - 1ns), random), std::nullopt);
  EXPECT_TRUE(helpers.choose(able, TimePoint(40s), random));
}

TEST(Helpers, are_chosen_at_random_among_those_that_could_help) {
  std::set<PeerId> asked;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Helpers helpers(30s);
    Random random(seed);
    asked.insert(helpers.choose({peer(1), peer(2), peer(3)}, TimePoint(), random).value());
  }
  EXPECT_EQ(asked, (std::set{peer(1), peer(2), peer(3)}));
  Random random(1);
  EXPECT_EQ(Helpers(30s).choose({}, TimePoint(), random), std::nullopt);
}

TEST(Helpers, that_come_back_are_new_ones) {
  Helpers helpers(30s);
  Random random(1);
  EXPECT_EQ(helpers.choose({peer(1)}, TimePoint(), random), peer(1));
  EXPECT_EQ(helpers.choose({peer(1)}, TimePoint(1s), random), std::nullopt);
  helpers.forget(peer(1));
  EXPECT_EQ(helpers.choose({peer(1)}, TimePoint(1s), random), peer(1));
}

}  // namespace
}  // namespace tutti
