// Priority classes over narrow paths, in virtual time.
#include <numeric>

#include <gtest/gtest.h>

#include "tutti/net/quic/priority_test_world.hpp"

namespace tutti::priority_test {
namespace {

constexpr std::uint64_t seeds = 5;

struct Outcome {
  double alone_p99_ms = 0;
  double beside_p99_ms = 0;
  double low_share = 0;
};

Outcome outcome_on(const Narrow& path, std::uint64_t seed) {
  constexpr Duration measured = 30s;
  World world(path, seed);
  Outcome outcome;
  world.run(measured, false);
  outcome.alone_p99_ms = world.high_p99_ms();
  world.run(measured, true);
  outcome.beside_p99_ms = world.high_p99_ms();
  outcome.low_share = world.low_shares(measured).front();
  return outcome;
}

TEST(Priorities, keep_high_messages_quick_beside_a_low_transfer_that_fills_the_path) {
  for (const auto& path : {Narrow{}, Narrow{.room = 50ms}, Narrow{.megabits = 100, .delay = 10ms},
                           Narrow{.effects = "+normal:4ms,1ms"}})
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const auto outcome = outcome_on(path, seed);
      EXPECT_LT(outcome.beside_p99_ms, 1.5 * outcome.alone_p99_ms + 5)
          << path.megabits << path.effects << " seed " << seed;
      EXPECT_GT(outcome.low_share, 0.9) << path.megabits << path.effects << " seed " << seed;
    }
}

TEST(Priorities, leave_a_low_transfer_at_least_half_of_a_path_that_is_slow_or_jittery) {
  for (const auto& path :
       {Narrow{.megabits = 1, .delay = 50ms}, Narrow{.effects = "+normal:20ms,4ms"}, Narrow{.delay = 100ms}})
    for (std::uint64_t seed = 1; seed <= seeds; ++seed)
      EXPECT_GT(outcome_on(path, seed).low_share, 0.5) << path.megabits << path.effects << " seed " << seed;
}

TEST(Priorities, let_two_low_transfers_of_different_peers_share_a_path) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    World world({}, seed, 2);
    world.run(30s, true);
    const auto shares = world.low_shares(30s);
    EXPECT_GT(std::ranges::min(shares), 0.25) << "seed " << seed;
    EXPECT_GT(std::accumulate(shares.begin(), shares.end(), 0.0), 0.9) << "seed " << seed;
  }
}

}  // namespace
}  // namespace tutti::priority_test
