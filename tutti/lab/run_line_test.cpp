#include <bit>
#include <limits>
#include <map>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/lab/results_test_samples.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti::lab {
namespace {

const std::string least_line = R"({"cell":1,"repetition":2,"seed":3,"trace":4,"events":5})";

std::string error_of(std::string_view line) {
  const auto run = from_line(line);
  return run ? "no error" : run.error();
}
/// The least line with one more key.
std::string error_with(std::string_view key_and_value) {
  return error_of(least_line.substr(0, least_line.size() - 1) + "," + std::string(key_and_value) + "}");
}

void expect_equal(const RunResult& one, const RunResult& other) {
  EXPECT_EQ(one.cell, other.cell);
  EXPECT_EQ(one.repetition, other.repetition);
  EXPECT_EQ(one.seed, other.seed);
  EXPECT_EQ(one.trace, other.trace);
  EXPECT_EQ(one.events, other.events);
  EXPECT_EQ(one.seconds, other.seconds);
  EXPECT_EQ(one.values, other.values);
  EXPECT_EQ(one.series, other.series);
  EXPECT_EQ(one.totals, other.totals);
  EXPECT_EQ(one.complaints, other.complaints);
  EXPECT_EQ(one.failure, other.failure);
}

TEST(RunLine, is_one_line_of_json) {
  RunResult run;
  run.cell = 7;
  run.seed = std::numeric_limits<std::uint64_t>::max();
  run.seconds = 0.1;
  run.values["time_travel"] = 1.5;
  run.complaints = {"two\nlines"};
  EXPECT_EQ(to_line(run),
            R"({"cell":7,"repetition":0,"seed":18446744073709551615,"trace":0,"events":0,"seconds":0.1,)"
            R"("values":{"time_travel":1.5},"totals":"9190","complaints":["two\nlines"]})");
}

TEST(RunLine, brings_measures_and_failures_back) {
  auto runs = small_results().runs;
  runs[1].series.add(7, "lag", "%", 0.5);
  for (const auto& run : runs) {
    const auto back = from_line(to_line(run));
    ASSERT_TRUE(back) << back.error();
    expect_equal(*back, run);
  }
}

TEST(RunLine, brings_back_more_distributions_than_fit_a_message) {
  measure::Recorder recorder(TimePoint{});
  for (int i = 0; i < 6; ++i) {
    auto wide = recorder.distribution(fmt::format("wide{}", i));
    for (const double sign : {-1.0, 1.0}) {
      wide.add(sign * measure::Sketch::magnitude_min);
      wide.add(sign * measure::Sketch::magnitude_max);
    }
  }
  RunResult run;
  run.totals = recorder.totals();
  ASSERT_FALSE(measure::check(run.totals));
  const auto back = from_line(to_line(run));
  ASSERT_TRUE(back) << back.error();
  expect_equal(*back, run);
}

RC_GTEST_PROP(RunLine, brings_every_number_back_bit_for_bit,
              (std::uint64_t seed, std::uint64_t trace, std::uint64_t events, double seconds, double value,
               std::uint32_t repetition)) {
  RunResult run;
  run.seed = seed;
  run.trace = trace;
  run.events = events;
  run.seconds = seconds;
  run.values["value"] = value;
  run.repetition = repetition;
  const auto back = from_line(to_line(run));
  RC_ASSERT(back.has_value());
  RC_ASSERT(back->seed == seed);
  RC_ASSERT(back->trace == trace);
  RC_ASSERT(back->events == events);
  RC_ASSERT(std::bit_cast<std::uint64_t>(back->seconds) == std::bit_cast<std::uint64_t>(seconds));
  RC_ASSERT(std::bit_cast<std::uint64_t>(back->values.at("value")) == std::bit_cast<std::uint64_t>(value));
  RC_ASSERT(back->repetition == repetition);
}

TEST(RunLine, leaves_out_what_is_no_number) {
  RunResult run;
  run.seconds = std::numeric_limits<double>::infinity();
  run.values = {{"a", std::numeric_limits<double>::quiet_NaN()}, {"b", 2}};
  const auto back = from_line(to_line(run));
  ASSERT_TRUE(back) << back.error();
  EXPECT_EQ(back->seconds, 0);
  EXPECT_EQ(back->values, (std::map<std::string, double>{{"b", 2}}));
}

TEST(RunLine, keeps_the_first_complaints) {
  RunResult run;
  run.complaints.assign(mistakes_max + 1, "no");
  const auto back = from_line(to_line(run));
  ASSERT_TRUE(back) << back.error();
  EXPECT_EQ(back->complaints.size(), mistakes_max);
}

TEST(RunLine, can_be_written_and_read_whatever_bytes_a_text_holds) {
  RunResult run;
  run.failure = "\xff\xfe";
  const auto back = from_line(to_line(run));
  ASSERT_TRUE(back) << back.error();
  EXPECT_TRUE(back->failure);
}

RC_GTEST_PROP(RunLine, cut_short_is_refused, ()) {
  const auto line = to_line(small_results().runs[1]);
  const auto length = *rc::gen::inRange<std::size_t>(0, line.size());
  RC_ASSERT(!from_line(std::string_view(line).substr(0, length)));
}

TEST(RunLine, needs_the_numbers_that_name_a_run) {
  EXPECT_EQ(error_of(least_line), "no error");
  EXPECT_EQ(error_of(R"({"cell":1,"repetition":2,"trace":4,"events":5})"), "seed: must be a whole number");
  EXPECT_EQ(error_of(R"({"cell":-1,"repetition":2,"seed":3,"trace":4,"events":5})"),
            "cell: must be a whole number");
  EXPECT_EQ(error_of(R"({"cell":1,"repetition":4294967296,"seed":3,"trace":4,"events":5})"),
            "repetition: is too large");
  EXPECT_EQ(error_of(R"({"cell":100000,"repetition":2,"seed":3,"trace":4,"events":5})"),
            "cell: is too large");
  EXPECT_EQ(error_of(R"({"cell":1,"repetition":2,"seed":18446744073709551616,"trace":4,"events":5})"),
            "seed: must be a whole number");
}

TEST(RunLine, refuses_what_is_no_shallow_object) {
  const std::string sentence = "a run is one JSON object, and not a deep one";
  EXPECT_EQ(error_of(""), sentence);
  EXPECT_EQ(error_of("nonsense"), sentence);
  EXPECT_EQ(error_of("[]"), "a run is a JSON object");
  EXPECT_EQ(error_of(least_line + least_line), sentence);
  EXPECT_EQ(error_with(R"("series":{"all":[{"average":[[1]]}]})"), sentence);
  EXPECT_EQ(error_of(std::string(1'000'000, '[')), sentence);
  EXPECT_EQ(error_with(R"("seconds":1e999)"), sentence);
  EXPECT_EQ(error_with("\"failure\":\"\xff\""), sentence);
  EXPECT_EQ(error_with(R"("seconds":NaN)"), sentence);
}

TEST(RunLine, refuses_parts_of_another_kind) {
  EXPECT_EQ(error_with(R"("seconds":"1")"), "seconds: must be a number");
  EXPECT_EQ(error_with(R"("values":[1])"), "values: must be an object");
  EXPECT_EQ(error_with(R"("values":{"a":"b"})"), "values: must be a number");
  EXPECT_EQ(error_with(R"("complaints":{})"), "complaints: must be a list");
  EXPECT_EQ(error_with(R"("complaints":[1])"), "complaints: must hold texts");
  EXPECT_EQ(error_with(R"("failure":1)"), "failure: must be a text");
  EXPECT_EQ(error_with(R"("totals":1)"), "totals: must be a text");
  EXPECT_EQ(error_with(R"("series":[1])"), "series: begins, window and all are needed");
}

TEST(RunLine, refuses_measures_that_nobody_can_have_recorded) {
  measure::Measures lying;
  lying.all.push_back({.name = "no name", .unit = "", .value = measure::CounterValue{1}});
  const auto digits = to_hex(encode(lying));
  EXPECT_EQ(error_with("\"totals\":\"" + digits + "\""), "totals: a measure's name is none");
  EXPECT_EQ(error_with(R"("totals":"91")"), "totals: " + std::string(describe(DecodeError::truncated)));
  EXPECT_NE(error_with(R"("totals":"9g")").find("hexadecimal"), std::string::npos);
}

TEST(RunLine, refuses_a_line_that_is_too_long) {
  EXPECT_EQ(error_of(std::string(run_line_bytes_max + 1, ' ')), "a run of more than 67108864 bytes");
}

TEST(RunLine, refuses_a_series_that_no_run_has) {
  const auto error = [](std::string_view all, std::string_view begins = "[60,61]") {
    return error_with(fmt::format(R"("series":{{"begins":{},"window":1,"all":{}}})", begins, all));
  };
  const std::string one = R"({"name":"a","kind":"counter","unit":"","average":[1,null]})";
  EXPECT_EQ(error("[" + one + "]"), "no error");
  EXPECT_EQ(error("[]", "[]"), "series: begins, window and all are needed");
  EXPECT_EQ(error("[]", R"(["x"])"), "series: must be a number");
  EXPECT_EQ(error("[1]"), "series: each must be an object");
  EXPECT_EQ(error("[" + one + "," + one + "]"), "series: are out of order");
  EXPECT_EQ(error(R"([{"kind":"counter","unit":"","average":[1,2]}])"), "series: name must be a text");
  EXPECT_EQ(error(R"([{"name":"a b","kind":"counter","unit":"","average":[1,2]}])"),
            "series: a name is none");
  EXPECT_EQ(error(R"([{"peer":-1,"name":"a","kind":"value","unit":"","average":[1,2]}])"),
            "series: must be a whole number");
  EXPECT_EQ(error(R"([{"name":"a","kind":"counter","unit":""}])"), "series: average is needed");
  EXPECT_EQ(error(R"([{"name":"a","kind":"counter","unit":"","average":[1]}])"),
            "series: average must hold a number for each window");
  EXPECT_EQ(error(R"([{"name":"a","kind":"gauge","unit":"","average":[1,null],"count":[2,2]}])"),
            "series: what has no average has no count either");
  EXPECT_EQ(error(R"([{"name":"a","kind":"gauge","unit":"","average":[1,2],"least":[1,"x"]}])"),
            "series: must be a number");
}

TEST(RunLine, names_each_measure_of_a_series_once_and_leaves_out_what_the_average_says) {
  RunResult run;
  measure_for(2, run);
  const auto line = to_line(run);
  EXPECT_NE(line.find(R"("series":{"begins":[60,61],"window":1,"all":[)"
                      R"({"name":"flood.delay","kind":"distribution","unit":"seconds","average":[0.5,null],)"
                      R"("least":[0.25,0],"greatest":[0.75,0],"count":[2,0]},)"
                      R"({"name":"flood.events","kind":"counter","unit":"","average":[1,2]},)"
                      R"({"name":"link.queue","kind":"gauge","unit":"bytes","average":[-1,0]}]})"),
            std::string::npos)
      << line;
}

TEST(RunLine, leaves_out_a_series_that_does_not_fit) {
  RunResult run;
  measure_for(3, run);
  run.series.all.front().key.name.assign(run_line_bytes_max, 'a');
  const auto back = from_line(to_line(run));
  ASSERT_TRUE(back) << back.error();
  EXPECT_TRUE(back->series.empty());
  EXPECT_EQ(back->totals, run.totals);
}

}  // namespace
}  // namespace tutti::lab
