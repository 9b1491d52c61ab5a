// Real processes and sockets: what they do is waited for, and nothing here depends on how fast the machine
// is.
#include "tutti/lab/live_run.hpp"

#include <csignal>
#include <cstdlib>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tutti/lab/averaging_stack.hpp"
#include "tutti/lab/experiment_text.hpp"
#include "tutti/lab/simulated_run.hpp"
#include "tutti/lab/symmetric_stack.hpp"
#include "tutti/lab/tally_test_app.hpp"

namespace tutti::lab {
namespace {

using testing::HasSubstr;

/// Counts how often a scenario rings it.
class Bell final : public Peerlet {
 public:
  void init(Peer& peer) override {
    rings_ = peer.measure().counter("bell.rings");
    peer.measure().counter("bell.starts").add();
  }
  void ring(std::uint32_t times) { rings_.add(times); }

  static constexpr auto names = tutti::names<"Bell">;
  static constexpr auto commands = tutti::commands<Command<"ring", &Bell::ring>>;

 private:
  measure::Counter rings_;
};

class Bells final : public Stack {
 public:
  std::unique_ptr<Peer> start(const Site& site) override {
    return site.house.reach_all(site.build(), site).add<Bell>().start();
  }
};

/// Dies at its third peer, with a word.
class Doomed final : public Stack {
 public:
  std::unique_ptr<Peer> start(const Site& site) override {
    require(site.number != 2, "nobody is number two");
    return site.house.reach_all(site.build(), site).start();
  }
};

/// Counts under more names than fit a message.
class Wordy final : public Stack {
 public:
  std::unique_ptr<Peer> start(const Site& site) override {
    for (int i = 0; i < 300; ++i) site.recorder.counter(fmt::format("word{}", i)).add();
    return site.house.reach_all(site.build(), site).start();
  }
};

/// Tells whoever reads `pipe` that a peer has started.
class Announced final : public Stack {
 public:
  explicit Announced(int pipe) : pipe_(pipe) {}
  std::unique_ptr<Peer> start(const Site& site) override {
    EXPECT_EQ(::write(pipe_, "!", 1), 1);
    return site.house.reach_all(site.build(), site).start();
  }

 private:
  int pipe_;
};

template <typename S, typename... Arguments>
StackType simple_stack(std::string_view name, Arguments... arguments) {
  return {.name = std::string(name),
          .description = "of a test",
          .peerlets = {&peerlet_type<Bell>},
          .make = [=](const Plan&, const std::map<std::string, std::string>&)
              -> std::expected<std::unique_ptr<Stack>, std::string> {
            return std::make_unique<S>(arguments...);
          }};
}

Catalogue catalogue() {
  Catalogue catalogue;
  catalogue.add(averaging_stack());
  catalogue.add(SymmetricStack<Tally>::type("tally", "a symmetric application", &read_number));
  catalogue.add(simple_stack<Bells>("bells"));
  catalogue.add(simple_stack<Doomed>("doomed"));
  catalogue.add(simple_stack<Wordy>("wordy"));
  return catalogue;
}

Experiment experiment(std::string_view text) {
  auto parsed = parse_experiment(text, "test.toml");
  EXPECT_TRUE(parsed.has_value()) << parsed.error().front().text();
  return *std::move(parsed);
}

RunResult live(const Experiment& of, const Catalogue& from = catalogue()) {
  auto run = run_live(of, cells_of(of).front(), 0, from);
  EXPECT_TRUE(run.has_value()) << run.error().front().text();
  return run ? *std::move(run) : RunResult{};
}

TEST(LiveRun, averages_over_four_processes_and_hears_of_all_of_them) {
  const auto run = live(experiment(R"toml(
name = "averaging"
stack = "averaging"
warm_up = "1s"
duration = "4s"
network = "uniform:1ms-20ms"
scenario = ["* 0 Peer.start()", "3 3 Peer.stop()", "3 4 Peer.start()", "1 4.5 Peer.start()"]
[topology]
kind = "none"
peers = 4
[[measure]]
name = "least"
value = "averaging.online.min"
[[measure]]
name = "most"
value = "averaging.online.max"
[[measure]]
name = "variance"
value = "averaging.variance.min"
[[measure]]
name = "received"
value = "link.received"
per_peer = "1-2"
)toml"));
  ASSERT_FALSE(run.failure) << *run.failure;
  EXPECT_EQ(run.values.at("least"), 3);
  EXPECT_EQ(run.values.at("most"), 4);
  EXPECT_LT(run.values.at("variance"), 1.25) << "of 0, 1, 2 and 3";
  EXPECT_GT(run.values.at("received"), 0);
  EXPECT_EQ(run.series.begins, (std::vector<double>{1, 2, 3, 4})) << "one for each window";
  const auto series_of = [&](std::string_view name) {
    return *std::ranges::find(run.series.all, name,
                              [](const Series& each) { return std::string_view(each.key.name); });
  };
  EXPECT_EQ(series_of("averaging.online").points.front().count, 1u);
  double received = 0;
  for (const auto& point : series_of("link.received").points) received += point.average;
  EXPECT_EQ(received, run.values.at("received"));
  std::vector<std::uint32_t> alone;
  for (const auto& series : run.series.all)
    if (series.key.peer) {
      alone.push_back(*series.key.peer);
      EXPECT_EQ(series.key.name, "received");
      EXPECT_EQ(series.points.size(), 4u);
    }
  EXPECT_EQ(alone, (std::vector<std::uint32_t>{1, 2}));
  ASSERT_EQ(run.complaints.size(), 1u);
  EXPECT_THAT(run.complaints.front(),
              HasSubstr("peer 1 at 4.500 s: Peer.start() failed: peer 1 is running already"));
}

TEST(LiveRun, peers_that_stop_or_are_killed_come_back_to_equal_states_and_what_they_counted_stays) {
  const auto run = live(experiment(R"toml(
name = "churn"
stack = "tally"
duration = "7s"
network = "uniform:2ms-10ms"
scenario = ["* 0 Peer.start()", '0-3 2 Peer.submit("5")', "1 2.5 Peer.stop()", "2 3 Peer.kill()",
            '0 3.5 Peer.submit("7")', "2 4 Peer.start()", "1 4.5 Peer.start()", "3 6 Peer.kill()"]
[topology]
kind = "ring"
peers = 4
[options]
deadline = "100ms"
[[measure]]
name = "equal"
value = "states.equal"
[[measure]]
name = "submitted"
value = "session.submitted"
[[measure]]
name = "returns"
value = "recovery.count"
)toml"));
  ASSERT_FALSE(run.failure) << *run.failure;
  EXPECT_THAT(run.complaints, testing::IsEmpty());
  EXPECT_EQ(run.values.at("equal"), 1);
  EXPECT_EQ(run.values.at("submitted"), 5) << "those of lives that have ended, too";
  EXPECT_GE(run.values.at("returns"), 2);
}

TEST(LiveRun, events_do_not_pass_a_partition_or_a_cut_until_it_heals) {
  const auto run = live(experiment(R"toml(
name = "partition"
stack = "tally"
duration = "7s"
network = "constant:2ms"
scenario = ["* 0 Peer.start()", "0-1 2 Peer.partition(1)", '0 3 Peer.submit("1")', "* 4 Peer.partition(0)",
            "3 5 Peer.cut()", '3 5.5 Peer.submit("2")', "3 6.5 Peer.heal()"]
[topology]
kind = "full"
peers = 4
[options]
deadline = "500ms"
[[measure]]
name = "equal"
value = "states.equal"
[[measure]]
name = "late"
value = "session.arrived_late"
)toml"));
  ASSERT_FALSE(run.failure) << *run.failure;
  EXPECT_THAT(run.complaints, testing::IsEmpty());
  EXPECT_EQ(run.values.at("equal"), 1);
  EXPECT_GE(run.values.at("late"), 2) << "on the other side of the partition";
}

TEST(LiveRun, makes_the_same_calls_as_the_simulation_of_the_same_scenario) {
  const auto of = experiment(R"toml(
name = "calls"
stack = "bells"
duration = "3s"
scenario = ["flash peers=* at=0.5s within=0.6s", "churn online=500ms offline=300ms peers=1-4 begin=online from=1s",
            "poisson rate=10/s from=1s call='Peer.Bell.ring(1)' call='Peer.Bell.ring(100)'",
            "2 1.5 Peer.Bell.ring(10000)", "* 2 Peer.setClockDrift(200)", "0 2 Peer.stepClock(1.5)",
            "0 2.1 Peer.setLoss(\"5%\")", "1 2.1 Peer.setDelay(\"constant:30ms\")", "2 2.1 Peer.cutLink(3)"]
[topology]
kind = "none"
peers = 5
[[measure]]
name = "rings"
value = "bell.rings"
[[measure]]
name = "starts"
value = "bell.starts"
)toml");
  const auto real = live(of);
  ASSERT_FALSE(real.failure) << *real.failure;
  auto simulated = run_simulated(of, cells_of(of).front(), 0, catalogue(), {});
  ASSERT_TRUE(simulated);
  EXPECT_EQ(real.seed, simulated->seed);
  EXPECT_EQ(real.values, simulated->values);
  auto failed = real.complaints;
  std::ranges::sort(failed);
  std::ranges::sort(simulated->complaints);
  EXPECT_EQ(failed, simulated->complaints);
}

TEST(LiveRun, a_process_that_dies_ends_the_run_and_is_named_with_its_last_words) {
  const auto run = live(experiment(R"toml(
name = "doomed"
stack = "doomed"
duration = "60s"
scenario = ["* 0.2 Peer.start()"]
[topology]
kind = "none"
peers = 4
)toml"));
  ASSERT_TRUE(run.failure);
  EXPECT_THAT(*run.failure, HasSubstr("peer 2 crashed: signal 6"));
  EXPECT_THAT(*run.failure, HasSubstr("nobody is number two"));
}

TEST(LiveRun, says_that_a_peer_counts_under_more_names_than_can_be_gathered) {
  const auto run = live(experiment(R"toml(
name = "wordy"
stack = "wordy"
duration = "0.2s"
window = "0.1s"
scenario = ["* 0.1 Peer.start()"]
[topology]
kind = "none"
peers = 2
)toml"));
  ASSERT_TRUE(run.failure);
  EXPECT_THAT(*run.failure,
              HasSubstr("its measures do not fit the message that gathers them: more than 256"));
}

TEST(LiveRun, no_process_outlives_one_that_is_killed) {
  std::array<int, 2> pipe{};
  ASSERT_EQ(::pipe(pipe.data()), 0);
  // Whoever loses its parent becomes this process' child: so it can wait for them.
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  const pid_t runner = ::fork();
  if (runner == 0) {
    Catalogue announced;
    announced.add(simple_stack<Announced>("announced", pipe[1]));
    live(experiment(R"toml(
name = "announced"
stack = "announced"
duration = "600s"
scenario = ["* 0 Peer.start()"]
[topology]
kind = "none"
peers = 3
)toml"),
         announced);
    ::_exit(0);
  }
  std::array<char, 3> started{};
  for (auto& one : started) ASSERT_EQ(::read(pipe[0], &one, 1), 1);
  ::kill(runner, SIGKILL);
  for (int ended = 0; ended < 4; ++ended) {
    int status = 0;
    // Killed, or ended by itself because its pipe to the runner broke first: both are well.
    ASSERT_GT(::waitpid(-1, &status, 0), 0);
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

TEST(LiveRun, says_before_it_begins_that_there_are_too_many_peers) {
  const auto of = experiment(R"toml(
name = "many"
stack = "averaging"
duration = "1s"
[topology]
kind = "none"
peers = 20000
)toml");
  const auto run = run_live(of, cells_of(of).front(), 0, catalogue());
  ASSERT_FALSE(run);
  EXPECT_THAT(run.error().front().text(), HasSubstr("20000 peers are too many to run live"));
}

}  // namespace
}  // namespace tutti::lab
