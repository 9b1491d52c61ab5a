#include "tutti/measure/table.hpp"

#include <array>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tutti/measure/recorder.hpp"

namespace tutti::measure {
namespace {

using namespace std::chrono_literals;

/// Two windows of one peer.
std::array<Window, 2> series() {
  Recorder recorder(TimePoint(0s), PeerId{{0xab}});
  auto rounds = recorder.counter("rounds");
  auto delay = recorder.distribution("delay", "seconds");
  recorder.gauge("links").set(2);
  rounds.add(3);
  for (const double sample : {1.0, 2.0, 4.0}) delay.add(sample);
  auto first = recorder.take(TimePoint(1500ms));
  rounds.add();
  return {std::move(first), recorder.take(TimePoint(3s))};
}

TEST(Table, writes_a_series_as_rows) {
  EXPECT_EQ(
      to_csv(series()),
      "begin_s,end_s,peer,name,kind,unit,count,sum,mean,min,median,p90,p99,max\n"
      "0,1.5,ab000000000000000000000000000000,delay,distribution,seconds,3,7,2.3333333333333335,1,2.015625,"
      "2.015625,2.015625,4\n"
      "0,1.5,ab000000000000000000000000000000,links,gauge,,1,2,2,2,2,2,2,2\n"
      "0,1.5,ab000000000000000000000000000000,rounds,counter,,,3,,,,,,\n"
      "1.5,3,ab000000000000000000000000000000,delay,distribution,seconds,0,0,0,0,0,0,0,0\n"
      "1.5,3,ab000000000000000000000000000000,links,gauge,,1,2,2,2,2,2,2,2\n"
      "1.5,3,ab000000000000000000000000000000,rounds,counter,,,1,,,,,,\n");
}

TEST(Table, writes_measures_without_a_time_and_a_peer) {
  Recorder recorder(TimePoint{});
  recorder.counter("rounds").add(7);
  EXPECT_EQ(to_csv(recorder.totals()),
            "name,kind,unit,count,sum,mean,min,median,p90,p99,max\nrounds,counter,,,7,,,,,,\n");
}

TEST(Table, writes_a_series_that_a_program_reads_back) {
  const auto json = nlohmann::json::parse(to_json(series()));
  ASSERT_EQ(json.size(), 2u);
  EXPECT_EQ(json[0]["end"], 1.5);
  EXPECT_EQ(json[0]["peer"], "ab000000000000000000000000000000");
  const auto& delay = json[0]["measures"][0];
  EXPECT_EQ(delay["name"], "delay");
  EXPECT_EQ(delay["kind"], "distribution");
  EXPECT_EQ(delay["unit"], "seconds");
  EXPECT_EQ(delay["count"], 3);
  EXPECT_EQ(delay["sum"], 7);
  EXPECT_EQ(delay["max"], 4);
  EXPECT_EQ(json[1]["measures"][2]["sum"], 1);
  EXPECT_FALSE(json[1]["measures"][2].contains("mean"));
  EXPECT_TRUE(nlohmann::json::parse(to_json(std::array{Window{}}))[0]["peer"].is_null());
}

}  // namespace
}  // namespace tutti::measure
