// Many random worlds: the usual thousand, or those that the environment names, as one number or as a range:
//
//   TUTTI_SOAK_SEEDS=1-5000 ./run soak
#include <string_view>

#include <gtest/gtest.h>

#include "tutti/base/seed_range.hpp"
#include "tutti/symmetric/history_test_world.hpp"
#include "tutti/symmetric/session_test_world.hpp"

namespace tutti::symmetric::session_test {
namespace {

/// Each share of the seeds is a test of its own, so that ctest can run them side by side.
constexpr std::uint64_t shares = 4;
class Soak : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Soak, random_worlds_agree_after_healing_and_repeat_exactly_encoded_or_not) {
  const auto [first, last] = SeedRange::asked_for("TUTTI_SOAK_SEEDS", {1, 1000});
  std::size_t failures = 0;
  for (auto seed = first; seed <= last && failures < 10; ++seed) {
    if (seed % shares != GetParam()) continue;
    RandomWorld world(seed);
    const auto described = world.describe();
    const auto trace = world.run();
    world.wire = !world.wire;
    if (trace && world.run() == trace) continue;
    ++failures;
    ADD_FAILURE() << described << "\n"
                  << (trace ? "its second run, with messages encoded or not the other way, differs"
                            : trace.error())
                  << "\nreplay: TUTTI_SOAK_SEEDS=" << seed << " ./run soak";
  }
}
TEST_P(Soak, random_histories_end_with_one_past_and_nothing_lost_or_done_twice) {
  const auto [first, last] = SeedRange::asked_for("TUTTI_SOAK_SEEDS", {1, 1000});
  std::size_t failures = 0;
  for (auto seed = first; seed <= last && failures < 10; ++seed) {
    if (seed % shares != GetParam()) continue;
    HistoryWorld world(seed);
    const auto problem = world.live();
    if (!problem) continue;
    ++failures;
    ADD_FAILURE() << "seed " << seed << ": " << world.describe() << "\n"
                  << *problem << "\nreplay: TUTTI_SOAK_SEEDS=" << seed << " ./run soak";
  }
}
INSTANTIATE_TEST_SUITE_P(Share, Soak, testing::Range<std::uint64_t>(0, shares));

}  // namespace
}  // namespace tutti::symmetric::session_test
