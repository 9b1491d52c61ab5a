#include "tutti/lab/time_series.hpp"

#include <gtest/gtest.h>

#include "tutti/measure/recorder.hpp"

namespace tutti::lab {
namespace {

using namespace std::chrono_literals;

TEST(TimeSeries, keeps_of_each_window_what_is_looked_at) {
  measure::Recorder recorder(TimePoint{});
  auto delay = recorder.distribution("delay", "seconds");
  recorder.counter("events").add(7);
  delay.add(1.0 / 3);
  delay.add(1);
  TimeSeries series;
  series.begin_window(60s, 61s);
  series.add(recorder.take(TimePoint{}).measures);
  ASSERT_EQ(series.all.size(), 2u);
  EXPECT_EQ(series.window_seconds, 1);
  EXPECT_EQ(series.all[0].points,
            (std::vector<Point>{{.count = 2, .average = 0.666667, .least = 0.333333, .greatest = 1}}));
  EXPECT_EQ(series.all[1].points,
            (std::vector<Point>{{.count = 1, .average = 7, .least = 7, .greatest = 7}}));
}

TEST(TimeSeries, has_a_point_for_every_window_even_where_nothing_is_known) {
  measure::Recorder recorder(TimePoint{});
  recorder.counter("events").add(7);
  TimeSeries series;
  series.begin_window(0s, 1s);
  series.begin_window(1s, 2s);
  series.add(recorder.take(TimePoint{}).measures);
  series.begin_window(2s, 3s);
  EXPECT_EQ(series.begins, (std::vector<double>{0, 1, 2}));
  EXPECT_EQ(series.all.front().points,
            (std::vector<Point>{{}, {.count = 1, .average = 7, .least = 7, .greatest = 7}, {}}));
}

TEST(TimeSeries, keeps_a_peers_own_measures_behind_those_of_the_network) {
  measure::Recorder recorder(TimePoint{});
  recorder.counter("events").add(7);
  TimeSeries series;
  series.begin_window(0s, 1s);
  series.add(9, "events", "", 3);
  series.add(4, "events", "", 2);
  series.add(recorder.take(TimePoint{}).measures);
  std::vector<std::optional<std::uint32_t>> peers;
  for (const auto& each : series.all) peers.push_back(each.key.peer);
  EXPECT_EQ(peers, (std::vector<std::optional<std::uint32_t>>{std::nullopt, 4, 9}));
  EXPECT_EQ(series.all[1].points.front().average, 2);
}

TEST(TimeSeries, shortens_fractions_and_no_whole_numbers) {
  EXPECT_EQ(shortened(1234567.0), 1234567.0);
  EXPECT_EQ(shortened(12.3456789), 12.3457);
  EXPECT_EQ(shortened(-1e-9 / 3), -3.33333e-10);
}

}  // namespace
}  // namespace tutti::lab
