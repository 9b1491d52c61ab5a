// Many random worlds: the usual thousand, or those that the environment names, as one number or as a range:
//
//   TUTTI_SOAK_SEEDS=1-5000 ./run soak
#include <cstdlib>
#include <string_view>

#include <gtest/gtest.h>

#include "tutti/symmetric/session_test_world.hpp"

namespace tutti::symmetric::session_test {
namespace {

struct Seeds {
  std::uint64_t first = 1;
  std::uint64_t last = 1000;
};

Seeds seeds_asked_for() {
  const char* const text = std::getenv("TUTTI_SOAK_SEEDS");
  if (text == nullptr) return {};
  const auto [one, other] = split(text, '-');
  const auto first = parse_whole<std::uint64_t>(one);
  const auto last = parse_whole<std::uint64_t>(other.value_or(one));
  require(first && last && *first <= *last, "TUTTI_SOAK_SEEDS is a number, or two as in 1-300");
  return {*first, *last};
}

/// Each share of the seeds is a test of its own, so that ctest can run them side by side.
constexpr std::uint64_t shares = 4;
class Soak : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Soak, random_worlds_agree_after_healing_and_repeat_exactly_encoded_or_not) {
  const auto [first, last] = seeds_asked_for();
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
INSTANTIATE_TEST_SUITE_P(Share, Soak, testing::Range<std::uint64_t>(0, shares));

}  // namespace
}  // namespace tutti::symmetric::session_test
