#include "tutti/lab/sweep.hpp"

#include <cstdlib>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tutti/base/require.hpp"
#include "tutti/lab/averaging_stack.hpp"
#include "tutti/lab/experiment_text.hpp"
#include "tutti/lab/preparation.hpp"

namespace tutti::lab {
namespace {

using namespace std::chrono_literals;

/// Counts its starts, and ends the process where the experiment's axis says so.
class Fragile final : public Stack {
 public:
  explicit Fragile(bool crashes) : crashes_(crashes) {}
  std::unique_ptr<Peer> start(const Site& site) override {
    if (crashes_) std::abort();
    site.recorder.counter("starts").add();
    return site.build().start();
  }

 private:
  bool crashes_;
};

Catalogue catalogue() {
  Catalogue catalogue;
  catalogue.add({.name = "fragile",
                 .description = "crashes in one cell",
                 .make = [](const Plan& plan, const std::map<std::string, std::string>&)
                     -> std::expected<std::unique_ptr<Stack>, std::string> {
                   return std::make_unique<Fragile>(plan.numbers.at("crash") == 1);
                 }});
  catalogue.add(averaging_stack());
  return catalogue;
}

constexpr std::string_view fragile = R"toml(
name = "fragile"
stack = "fragile"
duration = "10s"
repetitions = 2
scenario = ["* 1 Peer.start()", "0 2 Peer.start()", "1 3 Peer.kill()", "1 4 Peer.start()"]
[topology]
kind = "ring"
peers = 3
[[axis]]
name = "crash"
values = [0, 1]
[[measure]]
name = "starts"
value = "starts"
)toml";

constexpr std::string_view averaging = R"toml(
name = "averaging"
stack = "averaging"
duration = "20s"
network = "uniform:5ms-50ms+loss:1%"
scenario = ["flash peers=* at=2s within=4s", "churn online=5s offline=5s peers=20-39 from=5s"]
[topology]
kind = "none"
peers = 40
[[measure]]
name = "variance"
value = "averaging.variance.min"
)toml";

Experiment experiment(std::string_view text) {
  auto parsed = parse_experiment(text, "test.toml");
  EXPECT_TRUE(parsed.has_value()) << parsed.error().front().text();
  return *std::move(parsed);
}

class SweepTest : public testing::Test {
 protected:
  SweepTest()
      : directory_(std::filesystem::temp_directory_path() / ("tutti-sweep-" + std::to_string(::getpid()))) {}
  ~SweepTest() override { std::filesystem::remove_all(directory_); }

  std::expected<SweepOutcome, std::string> run(const Experiment& of, bool fresh = false) {
    return sweep(of, catalogue_, {.directory = directory_, .processes = 2, .fresh = fresh},
                 [this](const Progress& progress) { last_ = progress; });
  }

  std::filesystem::path directory_;
  Catalogue catalogue_ = catalogue();
  Progress last_;
};

TEST_F(SweepTest, a_run_that_crashes_is_reported_with_its_seed_and_takes_nothing_with_it) {
  const auto crashing = experiment(fragile);
  const auto outcome = run(crashing);
  ASSERT_TRUE(outcome) << outcome.error();
  ASSERT_EQ(outcome->runs.size(), 4u);
  for (const auto& one : outcome->runs) {
    EXPECT_EQ(one.seed, seed_of(crashing, one.cell, one.repetition));
    if (one.cell == 1) {
      ASSERT_TRUE(one.failure);
      EXPECT_TRUE(one.failure->starts_with("crashed: signal 6")) << *one.failure;
    } else {
      EXPECT_FALSE(one.failure);
      EXPECT_EQ(one.values.at("starts"), 4);
      EXPECT_EQ(one.complaints.size(), 1u);  // peer 0 was running already
    }
  }
  EXPECT_EQ(last_.done, 4u);
  EXPECT_EQ(last_.failed, 2u);
}

TEST_F(SweepTest, a_run_that_breaks_a_rule_fails_with_its_last_words) {
  catalogue_.add({.name = "strict",
                  .description = "breaks a rule",
                  .make = [](const Plan&, const std::map<std::string, std::string>&)
                      -> std::expected<std::unique_ptr<Stack>, std::string> {
                    std::fputs("some words\n", stderr);
                    require(false, "nobody makes one");
                    return std::make_unique<Fragile>(false);
                  }});
  auto strict = experiment(fragile);
  strict.stack = "strict";
  const auto outcome = run(strict);
  ASSERT_TRUE(outcome) << outcome.error();
  const auto& failure = outcome->runs.front().failure;
  ASSERT_TRUE(failure);
  EXPECT_TRUE(failure->ends_with("broken rule: nobody makes one")) << *failure;
}

TEST_F(SweepTest, a_run_that_takes_too_long_is_ended_and_does_not_end_the_sweep) {
  catalogue_.add({.name = "endless",
                  .description = "never ends where the axis says so",
                  .make = [](const Plan& plan, const std::map<std::string, std::string>&)
                      -> std::expected<std::unique_ptr<Stack>, std::string> {
                    while (plan.numbers.at("crash") == 1) ::pause();
                    return std::make_unique<Fragile>(false);
                  }});
  auto endless = experiment(fragile);
  endless.stack = "endless";
  const auto outcome =
      sweep(endless, catalogue_, {.directory = directory_, .processes = 2, .run_longest = 2s},
            [this](const Progress& progress) { last_ = progress; });
  ASSERT_TRUE(outcome) << outcome.error();
  ASSERT_EQ(outcome->runs.size(), 4u);
  for (const auto& one : outcome->runs)
    if (one.cell == 1) {
      EXPECT_EQ(one.failure.value_or("none"), "ended: it took longer than 2 s");
    }
  EXPECT_EQ(last_.done, 4u);
}

TEST_F(SweepTest, peers_may_count_under_more_names_than_fit_a_message) {
  class Wordy final : public Stack {
   public:
    std::unique_ptr<Peer> start(const Site& site) override {
      for (int i = 0; i < 1000; ++i)
        site.recorder.counter(fmt::format("peer{}.word{}", site.number, i)).add();
      return site.build().start();
    }
  };
  catalogue_.add({.name = "wordy",
                  .description = "counts under a thousand names a peer",
                  .make = [](const Plan&, const auto&) { return std::make_unique<Wordy>(); }});
  const auto outcome = run(experiment(R"toml(
name = "wordy"
stack = "wordy"
duration = "2s"
scenario = ["* 0.5 Peer.start()"]
[topology]
kind = "none"
peers = 3
[[measure]]
name = "last_word"
value = "peer2.word999"
)toml"));
  ASSERT_TRUE(outcome) << outcome.error();
  const auto& wordy = outcome->runs.front();
  EXPECT_EQ(wordy.failure, std::nullopt);
  EXPECT_EQ(wordy.totals.all.size(), 3000u);
}

TEST_F(SweepTest, keeps_the_series_of_as_many_cells_as_a_report_shows) {
  auto wide = experiment(fragile);
  wide.repetitions = 1;
  wide.axes.push_back({.name = "n", .title = {}, .unit = {}, .values = {}});
  for (std::size_t i = 0; i < detailed_cells_max; ++i)
    wide.axes.back().values.emplace_back(static_cast<double>(i));
  wide.axes.front().values = {0.0, 2.0};
  const auto outcome = sweep(
      wide, catalogue_, {.directory = directory_, .processes = 2, .only = {1, 2, detailed_cells_max + 5}},
      [](const Progress&) {});
  ASSERT_TRUE(outcome) << outcome.error();
  for (const auto& one : outcome->runs) EXPECT_FALSE(one.series.empty());
  const auto rest = run(wide);
  ASSERT_TRUE(rest) << rest.error();
  for (const auto& one : rest->runs)
    if (one.cell < detailed_cells_max || one.cell == detailed_cells_max + 5) {
      EXPECT_FALSE(one.series.empty());
    } else {
      EXPECT_TRUE(one.series.empty());
    }
}

TEST_F(SweepTest, goes_on_with_what_is_not_finished) {
  const auto crashing = experiment(fragile);
  ASSERT_TRUE(run(crashing));
  {
    // Whoever is killed in the middle of a line has not finished that run.
    std::ofstream log(directory_ / "runs.jsonl", std::ios::app);
    log << "{\"cell\":1,\"repet";
  }
  const auto again = run(crashing);
  ASSERT_TRUE(again) << again.error();
  EXPECT_EQ(last_.resumed, 2u);
  EXPECT_EQ(last_.failed, 2u);
  EXPECT_EQ(again->runs.size(), 4u);
  ASSERT_TRUE(run(crashing, true));
  EXPECT_EQ(last_.resumed, 0u);
}

TEST_F(SweepTest, does_not_mix_the_runs_of_two_experiments) {
  ASSERT_TRUE(run(experiment(fragile)));
  const auto other = run(experiment(averaging));
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().find("another experiment"), std::string::npos) << other.error();
}

TEST(SimulatedRun, is_the_same_on_two_threads_and_over_the_wire) {
  const auto plain = experiment(averaging);
  const auto catalogue = lab::catalogue();
  const auto cell = cells_of(plain).front();
  const auto alone = run_simulated(plain, cell, 0, catalogue, {});
  ASSERT_TRUE(alone) << alone.error().front().text();
  EXPECT_GT(alone->events, 1000u);
  for (const RunOptions& options : {RunOptions{.shards = 2}, RunOptions{.wire = true}}) {
    const auto other = run_simulated(plain, cell, 0, catalogue, options);
    ASSERT_TRUE(other);
    EXPECT_EQ(other->trace, alone->trace);
    EXPECT_EQ(other->values, alone->values);
  }
  EXPECT_NE(run_simulated(plain, cell, 1, catalogue, {})->trace, alone->trace);
}

TEST(SimulatedRun, a_call_gives_a_peer_a_model_of_the_programs_own) {
  const auto trace_with = [](std::string_view model) {
    auto delayed = experiment(averaging);
    delayed.scenario.pop_back();  // the churn begins with calls that fail
    delayed.scenario.push_back(fmt::format("0-9 5 Peer.setDelay(\"{}\")", model));
    delayed.network_words.push_back(
        {.name = "twice",
         .form = "twice",
         .values_min = 0,
         .values_max = 0,
         .make = [](auto, const NetworkModelPtr& before) { return sum_of(before, before); }});
    const auto run = run_simulated(delayed, cells_of(delayed).front(), 0, catalogue(), {});
    EXPECT_TRUE(run) << run.error().front().text();
    EXPECT_TRUE(run && run->complaints.empty());
    return run ? run->trace : 0;
  };
  EXPECT_EQ(trace_with("constant:10ms+twice"), trace_with("constant:20ms"));
  EXPECT_NE(trace_with("constant:10ms+twice"), trace_with("constant:10ms"));
}

TEST(SimulatedRun, peers_that_are_looked_at_alone_add_up_to_the_network_and_change_nothing) {
  constexpr std::string_view measures = R"toml(
name = "watched"
stack = "averaging"
duration = "20s"
scenario = ["* 1 Peer.start()", "1 5 Peer.stop()"]
[topology]
kind = "none"
peers = 3
[[measure]]
name = "links"
value = "link.links"
[[measure]]
name = "received"
unit = "messages"
value = "link.received"
per_peer = "*"
)toml";
  const auto watched = experiment(measures);
  auto together = watched;
  together.measures[1].per_peer.reset();
  const auto with = run_simulated(watched, cells_of(watched).front(), 0, catalogue(), {});
  const auto without = run_simulated(together, cells_of(together).front(), 0, catalogue(), {});
  ASSERT_TRUE(with && without);
  EXPECT_EQ(with->trace, without->trace);
  EXPECT_EQ(with->values, without->values);
  double received = 0;
  double of_the_stopped = 0;
  for (const auto& series : with->series.all) {
    if (!series.key.peer) continue;
    EXPECT_EQ(series.key.name, "received");
    EXPECT_EQ(series.key.unit, "messages");
    for (const auto& point : series.points) received += point.average;
    if (*series.key.peer == 1) of_the_stopped = series.points.back().average;
  }
  EXPECT_EQ(received, with->values.at("received"));
  EXPECT_EQ(of_the_stopped, 0);
}

TEST(SimulatedRun, its_changes_are_those_of_the_scenario_that_can_happen) {
  const auto of = experiment(fragile);
  const auto plan = plan_of(of, cells_of(of).front(), 1);
  ASSERT_TRUE(plan);
  std::vector<std::string> told;
  for (const auto& change : changes_of(of, *plan, catalogue(), 1))
    told.push_back(fmt::format("{} {} {}", change.seconds, change.peer, change.what));
  EXPECT_EQ(told, (std::vector<std::string>{"1 0 start", "1 1 start", "1 2 start", "3 1 kill", "4 1 start"}));
}

TEST(SimulatedRun, mistakes_are_found_before_anything_runs) {
  auto of = experiment(averaging);
  of.options["spede"] = "1";
  of.scenario.emplace_back("0 1 Peer.strat()");
  const auto plan = plan_of(of, cells_of(of).front(), 1);
  ASSERT_TRUE(plan);
  std::string all;
  for (const auto& mistake : check_cell(of, *plan, catalogue(), 1)) all += mistake.text() + "\n";
  EXPECT_NE(all.find("no option 'spede'"), std::string::npos) << all;
  EXPECT_NE(all.find("did you mean 'start()'"), std::string::npos) << all;
}

TEST_F(SweepTest, a_call_that_does_not_exist_is_reported_where_its_file_has_it) {
  std::filesystem::create_directories(directory_);
  const auto file = directory_ / "churn.scenario";
  std::ofstream(file) << "# set up\n1 1.0 Peer.start()\n  2 2.0 Peer.strat()\n";
  auto of = experiment(averaging);
  of.scenario_files.push_back(file);
  const auto plan = plan_of(of, cells_of(of).front(), 1);
  ASSERT_TRUE(plan) << plan.error().front().text();
  const auto mistakes = check_cell(of, *plan, catalogue_, 1);
  ASSERT_EQ(mistakes.size(), 1u);
  EXPECT_TRUE(mistakes[0].text().starts_with(file.string() + ":3:14: ")) << mistakes[0].text();
}

}  // namespace
}  // namespace tutti::lab
