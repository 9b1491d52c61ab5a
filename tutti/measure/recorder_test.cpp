#include "tutti/measure/recorder.hpp"

#include <chrono>
#include <cmath>

#include <gtest/gtest.h>

namespace tutti::measure {
namespace {

using namespace std::chrono_literals;

TEST(Recorder, gives_the_same_cell_for_the_same_name) {
  Recorder recorder(TimePoint{});
  auto one = recorder.counter("gossip.rounds");
  auto other = recorder.counter("gossip.rounds");
  one.add();
  other.add(2);
  EXPECT_EQ(recorder.totals().count_of("gossip.rounds"), 3u);
}

TEST(RecorderDeathTest, refuses_a_name_with_another_kind_or_unit_and_names_that_are_none) {
  Recorder recorder(TimePoint{});
  recorder.counter("rounds", "bytes");
  EXPECT_DEATH(recorder.gauge("rounds", "bytes"), "a measure is of one kind");
  EXPECT_DEATH(recorder.counter("rounds"), "a measure has one unit");
  EXPECT_DEATH(recorder.counter("two words"), "a measure's name is");
}

TEST(Recorder, hands_out_each_window_once_and_keeps_the_totals) {
  const PeerId peer{{1, 2, 3}};
  Recorder recorder(TimePoint(1s), peer);
  auto rounds = recorder.counter("rounds");
  auto delay = recorder.distribution("delay", "seconds");
  auto links = recorder.gauge("links");
  rounds.add(5);
  delay.add(0.5);
  links.set(3);
  const auto first = recorder.take(TimePoint(2s));
  EXPECT_EQ(first.peer, peer);
  EXPECT_EQ(first.begin, 1s);
  EXPECT_EQ(first.end, 2s);
  EXPECT_EQ(first.measures.count_of("rounds"), 5u);

  rounds.add(7);
  links.add(-1);
  const auto second = recorder.take(TimePoint(4s));
  EXPECT_EQ(second.begin, 2s);
  EXPECT_EQ(second.measures.count_of("rounds"), 7u);
  EXPECT_EQ(std::get<DistributionValue>(second.measures.find("delay")->value).samples.count, 0u);
  EXPECT_EQ(std::get<GaugeValue>(second.measures.find("links")->value).levels.greatest, 2);

  rounds.add();
  delay.add(1.5);
  const auto totals = recorder.totals();
  EXPECT_EQ(totals.count_of("rounds"), 13u);
  EXPECT_EQ(std::get<DistributionValue>(totals.find("delay")->value).samples.sum.value(), 2);
}

TEST(Recorder, tells_its_measures_by_name_whatever_the_order_of_asking) {
  Recorder recorder(TimePoint{});
  for (const char* name : {"z", "a", "m"}) recorder.counter(name);
  const auto totals = recorder.totals();
  ASSERT_EQ(totals.all.size(), 3u);
  EXPECT_EQ(totals.all[0].name, "a");
  EXPECT_EQ(totals.all[1].name, "m");
  EXPECT_EQ(totals.all[2].name, "z");
  EXPECT_EQ(totals.find("n"), nullptr);
}

TEST(Handle, that_nobody_connected_counts_into_nothing) {
  const Meter nowhere;
  auto counter = nowhere.counter("a");
  auto gauge = nowhere.gauge("a");
  auto distribution = nowhere.distribution("a");
  counter.add();
  gauge.set(1);
  gauge.add(1);
  distribution.add(1);
  EXPECT_EQ(nowhere.recorder(), nullptr);
  static_assert(sizeof(Counter) == sizeof(void*) && sizeof(Gauge) == sizeof(void*) &&
                sizeof(Distribution) == sizeof(void*) && sizeof(Meter) == sizeof(void*));
}

TEST(Handle, does_not_count_what_is_no_number) {
  Recorder recorder(TimePoint{});
  recorder.distribution("delay").add(std::nan(""));
  recorder.gauge("level").set(std::nan(""));
  const auto totals = recorder.totals();
  EXPECT_EQ(std::get<DistributionValue>(totals.find("delay")->value).samples.count, 0u);
  EXPECT_EQ(std::get<GaugeValue>(totals.find("level")->value).levels.count, 0u);
}

}  // namespace
}  // namespace tutti::measure
