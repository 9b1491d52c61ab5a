#include "tutti/lab/results.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/lab/results_test_samples.hpp"

namespace tutti::lab {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;
using Verdicts = std::vector<std::optional<bool>>;

/// One measure in one cell.
Results results_with(const std::vector<double>& values, double floor) {
  Results results;
  results.experiment.measures = {small_results().experiment.measures[0]};
  results.references["time_travel.floor"] = {floor};
  for (const double value : values) {
    auto& run = results.runs.emplace_back();
    run.repetition = static_cast<std::uint32_t>(results.runs.size() - 1);
    run.values["time_travel"] = value;
  }
  return results;
}
const MeasureSpec& measure_of(const Results& results) {
  return results.experiment.measures[0];
}

TEST(Results, say_average_least_and_greatest_of_each_cell) {
  const auto results = small_results();
  const auto values = values_of(results, measure_of(results));
  ASSERT_EQ(values.size(), 3);
  EXPECT_EQ(values[0].count, 2);
  EXPECT_EQ(values[0].average, 1.25);
  EXPECT_EQ(values[0].least, 1);
  EXPECT_EQ(values[0].greatest, 1.5);
  EXPECT_EQ(values[2].count, 1);
  EXPECT_EQ(values[2].average, 7);
}

TEST(Results, do_not_count_what_a_failed_run_left_or_what_is_no_number) {
  auto results = results_with({1, std::numeric_limits<double>::quiet_NaN(), 100}, 1);
  results.runs[2].failure = "signal 11";
  const auto values = values_of(results, measure_of(results));
  ASSERT_EQ(values.size(), 1);
  EXPECT_EQ(values[0].count, 1);
  EXPECT_EQ(values[0].average, 1);
}

TEST(Results, pass_over_runs_of_cells_that_are_not_there) {
  auto results = results_with({1}, 1);
  results.runs[0].cell = 1;
  EXPECT_EQ(values_of(results, measure_of(results))[0].count, 0);
  EXPECT_TRUE(runs_by_cell(results)[0].empty());
}

RC_GTEST_PROP(Results, do_not_depend_on_the_order_of_the_runs, (const std::vector<double>& values)) {
  const auto results = results_with(values, 1);
  auto reversed = results;
  std::ranges::reverse(reversed.runs);
  const auto one = values_of(results, measure_of(results))[0];
  RC_ASSERT(one.average == values_of(reversed, measure_of(results))[0].average);
  RC_ASSERT(one.count == values.size());
  RC_ASSERT(one.least <= one.average && one.average <= one.greatest);
  RC_ASSERT(to_json(results) == to_json(reversed));
}

TEST(Results, hold_where_the_average_is_at_most_the_bar) {
  const auto results = small_results();
  EXPECT_EQ(holds(results, measure_of(results)), (Verdicts{true, false, std::nullopt}));
}

TEST(Results, hold_where_the_average_is_at_least_the_bar_if_higher_is_better) {
  auto results = small_results();
  results.experiment.measures[0].better = Better::higher;
  EXPECT_EQ(holds(results, measure_of(results)), (Verdicts{false, true, std::nullopt}));
}

TEST(Results, hold_where_the_bar_is_met_exactly) {
  auto results = results_with({2}, 2);
  results.experiment.measures[0].bar = "floor";
  EXPECT_EQ(holds(results, measure_of(results)), Verdicts{true});
  results.experiment.measures[0].better = Better::higher;
  EXPECT_EQ(holds(results, measure_of(results)), Verdicts{true});
}

TEST(Results, are_not_judged_without_a_bar_a_value_or_a_reference) {
  const Verdicts none{std::nullopt};
  auto results = results_with({}, 1);
  EXPECT_EQ(holds(results, measure_of(results)), none) << "no value";
  results = results_with({1}, std::numeric_limits<double>::infinity());
  EXPECT_EQ(holds(results, measure_of(results)), none) << "no finite reference";
  results = results_with({1}, 1);
  for (const auto* bar : {"", "roof", "1 +", "1 / 0"}) {
    results.experiment.measures[0].bar = bar;
    EXPECT_EQ(holds(results, measure_of(results)), none) << bar;
  }
}

// JSON ---------------------------------------------------------------------------------------------------

TEST(ResultsJson, tells_of_the_experiment_and_its_cells) {
  const auto all = json::parse(to_json(small_results()));
  EXPECT_EQ(all["format"], 1);
  EXPECT_EQ(all["seed"], 1);
  EXPECT_EQ(all["mode"], "simulated");
  EXPECT_EQ(all["experiment"],
            json::parse(R"({"name":"small","title":"Three latencies","text":"name = \"small\"\n"})"));
  EXPECT_EQ(all["axes"],
            json::parse(R"([{"name":"latency","title":"link latency","unit":"ms","values":[5,12.5,50]}])"));
  EXPECT_EQ(all["measures"], json::parse(R"([{
    "name":"time_travel","title":"ticks travelled back","unit":"%","better":"lower",
    "references":[{"name":"floor","title":"unavoidable"}],"bar":"1.25 * floor + 0.1"}])"));
  EXPECT_EQ(all["cells"][0], json::parse(R"({
    "at":[5],
    "values":{"time_travel":{"count":2,"average":1.25,"min":1,"max":1.5}},
    "references":{"time_travel":{"floor":1}},
    "holds":{"time_travel":true},
    "runs":[
      {"seed":"18446744073709551615","trace":"0000000000000abc","seconds":0.25,"events":1000,
       "values":{"time_travel":1}},
      {"seed":"18446744073709551615","trace":"0000000000000abd","seconds":0.25,"events":1000,
       "values":{"time_travel":1.5}}]})"));
  EXPECT_EQ(all["cells"][2]["references"], json::object());
  EXPECT_EQ(all["cells"][2]["holds"], json::object());
  EXPECT_EQ(all["cells"][2]["runs"][0]["failed"], "signal 11");
  EXPECT_EQ(all["network"], json::parse(R"({"peers":[{"id":0},{"id":1},{"id":2}],"links":[[0,1],[1,2]],
    "changes":[{"time":14.3,"peer":2,"what":"start"}]})"));
}

TEST(ResultsJson, shows_each_measure_over_the_time_of_the_first_repetition) {
  const auto all = json::parse(to_json(small_results()));
  EXPECT_EQ(all["series"], json::parse(R"([
    {"cell":0,"name":"flood.delay","unit":"seconds","window_seconds":1,
     "points":[[0,0.5,0.25,0.75,2],[1,null,null,null,0],[2,1.5,0.25,2.75,2]]},
    {"cell":0,"name":"flood.events","unit":"","window_seconds":1,
     "points":[[0,1,null,null,1],[1,2,null,null,1],[2,3,null,null,1]]},
    {"cell":0,"name":"link.queue","unit":"bytes","window_seconds":1,
     "points":[[0,-1,-1,-1,1],[1,0,0,0,1],[2,1,1,1,1]]}])"));
}

TEST(ResultsJson, leaves_a_gap_where_a_window_lacks_a_measure) {
  auto results = small_results();
  for (auto& run : results.runs)
    for (auto& series : run.series.all) series.points[1] = {};
  EXPECT_EQ(json::parse(to_json(results))["series"][1]["points"],
            json::parse("[[0,1,null,null,1],[1,null,null,null,0],[2,3,null,null,1]]"));
}

TEST(ResultsJson, shows_peers_that_were_looked_at_alone_behind_the_network) {
  auto results = small_results();
  for (auto& run : results.runs)
    if (!run.series.empty()) run.series.add(7, "lag", "ms", 0.5);
  const auto all = json::parse(to_json(results))["series"];
  ASSERT_EQ(all.size(), 4);
  EXPECT_EQ(all[3], json::parse(R"({"cell":0,"name":"lag","unit":"ms","peer":7,"window_seconds":1,
    "points":[[0,null,null,null,0],[1,null,null,null,0],[2,0.5,null,null,1]]})"));
}

TEST(ResultsJson, shows_distributions_of_all_repetitions_together) {
  const auto all = json::parse(to_json(small_results()))["distributions"];
  ASSERT_EQ(all.size(), 2);
  EXPECT_EQ(all[0]["name"], "flood.delay");
  EXPECT_EQ(all[0]["count"], 8);
  EXPECT_EQ(all[0]["average"], 1);
  EXPECT_EQ(all[0]["min"], 0.25);
  EXPECT_EQ(all[0]["max"], 2.75);
  EXPECT_EQ(all[0]["buckets"], json::parse("[[0.25,0.2578125,4],[0.75,0.765625,2],[2.75,2.78125,2]]"));
  EXPECT_EQ(all[0]["percentiles"][0], json::parse("[0.01,0.25]"));
  EXPECT_EQ(all[1]["name"], "link.queue");
}

TEST(ResultsJson, of_thousands_of_cells_has_details_of_the_first) {
  const auto text = to_json(large_results());
  EXPECT_LT(text.size(), std::size_t{2} << 20);
  const auto all = json::parse(text);
  EXPECT_EQ(all["cells"].size(), 3000);
  EXPECT_EQ(all["series"].size(), 3 * detailed_cells_max);
  EXPECT_EQ(all["series"].back()["cell"], detailed_cells_max - 1);
  EXPECT_EQ(all["distributions"].back()["cell"], detailed_cells_max - 1);
}

TEST(ResultsJson, of_some_cells_of_thousands_has_details_of_these) {
  auto results = large_results();
  std::erase_if(results.runs, [](const RunResult& run) { return run.cell < 2990; });
  const auto all = json::parse(to_json(results));
  EXPECT_EQ(all["series"].front()["cell"], 2990);
  EXPECT_EQ(all["distributions"].back()["cell"], 2999);
}

TEST(ResultsJson, leaves_out_the_series_that_are_too_many) {
  auto results = bare_results();
  RunResult run;
  measure_for(1, run);
  for (std::size_t i = 1; i < series_points_max / 2; ++i) run.series.begin_window({}, {});
  results.runs.push_back(run);
  EXPECT_EQ(json::parse(to_json(results))["series"].size(), 2);
}

TEST(ResultsJson, leaves_out_a_network_that_is_too_large_to_draw) {
  auto results = small_results();
  results.network.peers = shown_peers_max + 1;
  EXPECT_FALSE(json::parse(to_json(results)).contains("network"));
  EXPECT_FALSE(json::parse(to_json(bare_results())).contains("network"));
}

TEST(ResultsJson, never_holds_what_is_no_number_or_no_text) {
  const auto text = to_json(hostile_results());
  const auto all = json::parse(text);
  EXPECT_TRUE(all["seconds"].is_null());
  EXPECT_EQ(all["seed"], "18446744073709551615");
  EXPECT_EQ(all["network"]["links"].size(), 2);
  EXPECT_EQ(all["network"]["changes"].size(), 1);
  for (const auto* word : {"NaN", "nan", "inf", "\x80"})
    EXPECT_EQ(text.find(word), std::string::npos) << word;
}

// CSV and the terminal ------------------------------------------------------------------------------------

TEST(ResultsCsv, has_a_row_a_cell_and_measure) {
  EXPECT_EQ(to_csv(small_results()),
            "latency,measure,count,average,least,greatest,floor,holds\n"
            "5,time_travel,2,1.25,1,1.5,1,yes\n"
            "12.5,time_travel,2,3.5,3,4,2,no\n"
            "50,time_travel,1,7,7,7,,\n");
}

TEST(ResultsCsv, has_a_row_a_run) {
  EXPECT_EQ(runs_to_csv(small_results()),
            "latency,repetition,seed,trace,events,seconds,time_travel,failure\n"
            "5,0,18446744073709551615,0000000000000abc,1000,0.25,1,\n"
            "5,1,18446744073709551615,0000000000000abd,1000,0.25,1.5,\n"
            "12.5,0,18446744073709551614,0000000000000abc,1000,0.25,3,\n"
            "12.5,1,18446744073709551614,0000000000000abd,1000,0.25,4,\n"
            "50,0,18446744073709551613,0000000000000abc,1000,0.25,,signal 11\n"
            "50,1,18446744073709551613,0000000000000abd,1000,0.25,7,\n");
}

TEST(ResultsCsv, has_a_row_a_peer_that_was_looked_at_alone_and_window) {
  auto results = small_results();
  for (auto& run : results.runs)
    if (!run.series.empty()) run.series.add(7, "lag", "ms", 0.5);
  EXPECT_EQ(peers_to_csv(results),
            "latency,peer,measure,seconds,value\n5,7,lag,0,\n5,7,lag,1,\n5,7,lag,2,0.5\n");
}

TEST(ResultsCsv, quotes_texts_and_leaves_out_what_is_no_number) {
  auto results = small_results();
  results.experiment.axes[0].values = {"a,b", "say \"so\"", "two\nlines"};
  results.references["time_travel.floor"] = {std::numeric_limits<double>::quiet_NaN()};
  EXPECT_EQ(to_csv(results),
            "latency,measure,count,average,least,greatest,floor,holds\n"
            "\"a,b\",time_travel,2,1.25,1,1.5,,\n"
            "\"say \"\"so\"\"\",time_travel,2,3.5,3,4,,\n"
            "\"two\nlines\",time_travel,1,7,7,7,,\n");
}

TEST(ResultsTable, shows_cells_troubles_and_the_verdict) {
  EXPECT_EQ(
      to_table(small_results()),
      "time_travel: ticks travelled back (%), lower is better, at most 1.25 * floor + 0.1\n"
      "  latency (ms)  average  min to max  floor  holds\n"
      "             5     1.25    1 to 1.5      1    yes\n"
      "          12.5      3.5      3 to 4      2     no\n"
      "            50        7      7 to 7      -      -\n"
      "\n"
      "1 of 6 runs failed, first that of cell 2, repetition 0: signal 11\n"
      "1 calls of the scenario failed, first in cell 2, repetition 1: 3 Peer.stop(): has not been started\n"
      "1 of 2 cells hold; 1 were not judged\n");
}

TEST(ResultsTable, says_what_a_measure_without_values_may_have_meant) {
  Results results;
  auto& measures = results.experiment.measures;
  measures.resize(2);
  measures[0].name = "delay";
  measures[0].value = "flood.dealy.p90";
  measures[1].name = "events";
  measures[1].value = "flood.events / flood.noise";
  results.runs.emplace_back();
  measure_for(3, results.runs.back());
  const auto table = to_table(results);
  EXPECT_THAT(table, HasSubstr("delay: nobody has counted 'flood.dealy.p90'; did you mean 'flood.delay'?\n"));
  EXPECT_THAT(table, HasSubstr("events: nobody has counted 'flood.noise'\n"));
  results.runs.back().values = {{"delay", 1.0}, {"events", 1.0}};
  EXPECT_THAT(to_table(results), Not(HasSubstr("nobody")));
}

TEST(ResultsTable, leaves_out_cells_that_were_not_meant_to_run) {
  auto results = small_results();
  std::erase_if(results.runs, [](const RunResult& run) { return run.cell != 1; });
  EXPECT_EQ(to_table(results),
            "time_travel: ticks travelled back (%), lower is better, at most 1.25 * floor + 0.1\n"
            "  latency (ms)  average  min to max  floor  holds\n"
            "          12.5      3.5      3 to 4      2     no\n"
            "\n"
            "0 of 1 cells hold; 2 were not judged\n");
}

TEST(ResultsTable, of_no_measures_still_counts_the_cells) {
  EXPECT_EQ(to_table(bare_results()), "1 cells, none judged\n");
}

TEST(ResultsTable, moves_no_cursor) {
  const auto table = to_table(hostile_results());
  EXPECT_EQ(table.find('\x1b'), std::string::npos);
  EXPECT_EQ(table.find("nan"), std::string::npos);
}

// The page -------------------------------------------------------------------------------------------------

class ResultsPage : public testing::Test {
 protected:
  void SetUp() override {
    page_ = std::filesystem::path(testing::TempDir()) /
            (std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".html");
  }
  void TearDown() override { std::filesystem::remove(page_); }
  void write(const std::string& text) const { std::ofstream(page_) << text; }

  std::filesystem::path page_;
};

TEST_F(ResultsPage, takes_results_whose_texts_are_no_markup) {
  write(R"(<p>a</p><script type="application/json" id="results">null</script><p>b</p>)");
  const auto html = to_html(page_, R"({"text":"</script><!--"})");
  ASSERT_TRUE(html) << html.error();
  EXPECT_EQ(
      *html,
      R"(<p>a</p><script type="application/json" id="results">{"text":"\u003c/script>\u003c!--"}</script><p>b</p>)");
}

TEST_F(ResultsPage, that_is_not_there_is_named) {
  const auto html = to_html(page_, "{}");
  ASSERT_FALSE(html);
  EXPECT_EQ(html.error(), page_.string() + ": there is no report page to be read");
}

TEST_F(ResultsPage, that_is_something_else_is_named) {
  write("<p>hello</p>");
  const auto html = to_html(page_, "{}");
  ASSERT_FALSE(html);
  EXPECT_EQ(html.error(), page_.string() + ": is no report page without results");
}

}  // namespace
}  // namespace tutti::lab
