#include "tutti/symmetric/deadline.hpp"

#include <chrono>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr Duration most = 10s;

/// As if a path had been measured often enough to be these.
PathDelay path(const std::vector<Duration>& delays) {
  PathDelay path;
  for (const auto delay : delays) path.add(delay);
  return path;
}
std::vector<const PathDelay*> all(const std::vector<PathDelay>& paths) {
  std::vector<const PathDelay*> pointers;
  for (const auto& path : paths) pointers.push_back(&path);
  return pointers;
}

TEST(Deadline, is_as_fixed_as_it_is_said_and_bounded) {
  EXPECT_EQ(Deadline(FixedDeadline{120ms}, most).ahead(), 120ms);
  EXPECT_EQ(Deadline(FixedDeadline{1h}, most).ahead(), most);
  Deadline deadline(FixedDeadline{120ms}, most);
  const std::vector paths{path({1s, 1s, 1s})};
  deadline.paths_measured(all(paths));
  EXPECT_EQ(deadline.ahead(), 120ms);
}

TEST(Deadline, lets_the_share_of_arrivals_be_in_time_that_is_asked_for) {
  const std::vector paths{path({10ms, 20ms, 30ms, 40ms, 50ms}), path({60ms, 70ms, 80ms, 90ms, 100ms})};
  for (const auto& [share, ahead] : std::vector<std::pair<double, Duration>>{
           {0.01, 10ms}, {0.1, 10ms}, {0.5, 50ms}, {0.9, 90ms}, {0.91, 100ms}}) {
    Deadline deadline(AdaptiveDeadline{share}, most);
    deadline.paths_measured(all(paths));
    EXPECT_EQ(deadline.ahead(), ahead) << share;
  }
  Deadline all_of_them(AdaptiveDeadline{1}, most);
  all_of_them.paths_measured(all(paths));
  EXPECT_EQ(all_of_them.ahead(), paths.back().generous());
}

TEST(Deadline, grows_at_once_and_shrinks_only_if_it_is_worth_while) {
  Deadline deadline(AdaptiveDeadline{0.5}, most);
  const auto measured = [&](Duration delay) {
    const std::vector paths{path({delay, delay, delay})};
    deadline.paths_measured(all(paths));
    return deadline.ahead();
  };
  EXPECT_EQ(measured(100ms), 100ms);
  EXPECT_EQ(measured(101ms), 101ms);
  EXPECT_EQ(measured(85ms), 101ms);
  EXPECT_EQ(measured(80ms), 80ms);
  EXPECT_EQ(measured(20s), most);
}

TEST(Deadline, that_is_chosen_anew_counts_at_once) {
  Deadline deadline(AdaptiveDeadline{1}, most);
  const std::vector paths{path({100ms, 100ms, 110ms, 110ms})};
  deadline.paths_measured(all(paths));
  deadline.choose(AdaptiveDeadline{0.5});
  deadline.paths_measured(all(paths));
  EXPECT_EQ(deadline.ahead(), 100ms);
  deadline.choose(FixedDeadline{30ms});
  EXPECT_EQ(deadline.ahead(), 30ms);
}

TEST(Deadline, without_measured_paths_stays_what_it_is) {
  Deadline deadline(AdaptiveDeadline{1}, most);
  const auto before = deadline.ahead();
  deadline.paths_measured({});
  EXPECT_EQ(deadline.ahead(), before);
}

TEST(Deadline, is_read_as_it_is_written) {
  EXPECT_EQ(parse_deadline("auto"), DeadlinePolicy(AdaptiveDeadline{1}));
  EXPECT_EQ(parse_deadline("95%"), DeadlinePolicy(AdaptiveDeadline{0.95}));
  EXPECT_EQ(parse_deadline("120ms"), DeadlinePolicy(FixedDeadline{120ms}));
  for (const auto* text : {"95%", "100%", "120ms", "2s", "0.5%"})
    EXPECT_EQ(describe(*parse_deadline(text)), text);
  for (const auto* text : {"0%", "101%", "%", "-1%", "nan%"})
    EXPECT_THAT(parse_deadline(text).error(), HasSubstr("is no share above 0%")) << text;
  for (const auto* text : {"", "soon", "-5ms", "5"})
    EXPECT_THAT(parse_deadline(text).error(), HasSubstr("is no deadline")) << text;
}

}  // namespace
}  // namespace tutti::symmetric
