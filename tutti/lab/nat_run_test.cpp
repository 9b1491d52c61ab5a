// Whole experiments among peers behind NATs, at either fidelity: the same scenarios, stacks and measures,
// with QUIC on packets or with messages.
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tutti/lab/averaging_stack.hpp"
#include "tutti/lab/experiment_text.hpp"
#include "tutti/lab/links_stack.hpp"
#include "tutti/lab/simulated_run.hpp"
#include "tutti/lab/symmetric_stack.hpp"
#include "tutti/lab/tally_test_app.hpp"

namespace tutti::lab {
namespace {

Catalogue catalogue() {
  Catalogue all;
  all.add(SymmetricStack<Tally>::type("tally", "a symmetric application", &read_number));
  all.add(averaging_stack());
  all.add(links_stack());
  return all;
}

/// Throws where a test is wrong.
Experiment experiment(std::string_view text, const std::vector<Setting>& settings = {}) {
  return parse_experiment(text, "nats.toml", settings).value();
}

std::expected<RunResult, Mistakes> run(const Experiment& what, const RunOptions& options = {}) {
  return run_simulated(what, cells_of(what).front(), 0, catalogue(), options);
}

constexpr std::string_view troubled = R"toml(
name = "troubled"
stack = "tally"
duration = "30s"
network = "normal:25ms,5ms+loss:1%"
scenario = [
  "flash peers=* at=1s within=1s",
  '''poisson rate=120/min call='Peer.submit("7")' from=4s until=28s''',
  "3 8 Peer.kill()",
  "4 9 Peer.stop()",
  "5 10 Peer.cut()",
  "6 10 Peer.cutLink(7)",
  "8-9 11 Peer.partition(1)",
  '0 12 Peer.setDelay("constant:80ms")',
  '1 12 Peer.setLoss("5%")',
  "2 12 Peer.setClockDrift(200)",
  "3-4 14 Peer.start()",
  "5 15 Peer.heal()",
  "6 15 Peer.healLink(7)",
  "8-9 15 Peer.partition(0)",
]
[topology]
kind = "random"
peers = 12
degree = 3
[nat]
kinds = "port-restricted:50%,symmetric:20%,full-cone:10%"
house = 2
carrier_grade = "30%"
hairpinning = "50%"
rendezvous = "0-1"
[options]
deadline = "500ms"
[[measure]]
name = "equal"
value = "states.equal"
)toml";

constexpr std::array fidelities{"message", "packet"};

TEST(RunBehindNats, plays_a_whole_scenario_and_ends_with_equal_states) {
  for (const auto* fidelity : fidelities) {
    SCOPED_TRACE(fidelity);
    const auto result = run(experiment(troubled, {{"fidelity", fidelity}}));
    ASSERT_TRUE(result) << result.error().front().text();
    EXPECT_THAT(result->complaints, testing::IsEmpty());
    EXPECT_EQ(result->values.at("equal"), 1);
  }
}

/// Everything about a run that the seed decides.
void expect_equal(const std::expected<RunResult, Mistakes>& one,
                  const std::expected<RunResult, Mistakes>& other) {
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->events, other->events);
  EXPECT_EQ(one->trace, other->trace);
  EXPECT_EQ(one->totals, other->totals);
  EXPECT_EQ(one->values, other->values);
}

TEST(RunBehindNats, is_the_same_for_the_same_seed_though_keys_are_drawn_anew) {
  for (const auto* fidelity : fidelities) {
    SCOPED_TRACE(fidelity);
    const auto what = experiment(troubled, {{"fidelity", fidelity}});
    expect_equal(run(what), run(what));
  }
}

TEST(RunBehindNats, with_messages_is_the_same_whether_they_are_encoded_or_not) {
  const auto what = experiment(troubled, {{"fidelity", "message"}});
  expect_equal(run(what), run(what, {.wire = true}));
}

TEST(RunBehindNats, of_the_packaged_houses_links_everybody_in_the_same_way_each_time) {
  const auto what = read_experiment(TUTTI_SOURCES "/experiments/nat/houses.toml",
                                    {{"topology.peers", "24"},
                                     {"warm_up", "25s"},
                                     {"duration", "5s"},
                                     {"scenario", "flash peers=* at=2s within=3s"}});
  ASSERT_TRUE(what) << what.error().front().text();
  const auto one = run(*what);
  ASSERT_TRUE(one) << one.error().front().text();
  EXPECT_EQ(one->values.at("up"), 100);
  EXPECT_GT(one->values.at("direct"), 80);
  EXPECT_LE(one->values.at("direct"), 100);
  expect_equal(one, run(*what));
}

TEST(RunBehindNats, reaches_everybody_without_a_topology) {
  constexpr std::string_view text = R"toml(
name = "gossip"
stack = "averaging"
duration = "30s"
warm_up = "10s"
scenario = ["flash peers=* at=1s within=1s"]
[topology]
kind = "none"
peers = 10
[nat]
kinds = "port-restricted"
rendezvous = "0"
[[measure]]
name = "variance"
value = "averaging.variance.min"
)toml";
  for (const auto* fidelity : fidelities) {
    SCOPED_TRACE(fidelity);
    const auto result = run(experiment(text, {{"fidelity", fidelity}}));
    ASSERT_TRUE(result) << result.error().front().text();
    EXPECT_LT(result->values.at("variance"), 0.01);
  }
}

TEST(RunBehindNats, looks_for_links_by_itself_where_a_mesh_is_wanted) {
  constexpr std::string_view text = R"toml(
name = "mesh"
stack = "links"
duration = "5s"
warm_up = "30s"
mesh = 3
scenario = ["flash peers=* at=1s within=1s"]
[topology]
kind = "none"
peers = 12
[nat]
kinds = "port-restricted:80%"
rendezvous = "0"
[[measure]]
name = "direct"
value = "links.direct"
)toml";
  for (const auto* fidelity : fidelities) {
    SCOPED_TRACE(fidelity);
    const auto result = run(experiment(text, {{"fidelity", fidelity}}));
    ASSERT_TRUE(result) << result.error().front().text();
    EXPECT_GE(result->values.at("direct"), 11 + 12);
  }
}

}  // namespace
}  // namespace tutti::lab
