// Whole experiments at fidelity "packet": the same scenarios, stacks and measures as with messages, on QUIC
// and behind NATs.
#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tutti/lab/averaging_stack.hpp"
#include "tutti/lab/experiment_text.hpp"
#include "tutti/lab/live_run.hpp"
#include "tutti/lab/simulated_run.hpp"
#include "tutti/lab/symmetric_stack.hpp"
#include "tutti/lab/tally_test_app.hpp"

namespace tutti::lab {
namespace {

Catalogue catalogue() {
  Catalogue all;
  all.add(SymmetricStack<Tally>::type("tally", "a symmetric application", &read_number));
  all.add(averaging_stack());
  return all;
}

/// Throws where a test is wrong.
Experiment experiment(std::string_view text, const std::vector<Setting>& settings = {}) {
  return parse_experiment(text, "packet.toml", settings).value();
}

std::expected<RunResult, Mistakes> run(const Experiment& what) {
  return run_simulated(what, cells_of(what).front(), 0, catalogue(), {});
}

constexpr std::string_view troubled = R"toml(
name = "troubled"
stack = "tally"
duration = "30s"
fidelity = "packet"
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

TEST(PacketRun, plays_a_whole_scenario_and_ends_with_equal_states) {
  const auto result = run(experiment(troubled));
  ASSERT_TRUE(result) << result.error().front().text();
  EXPECT_THAT(result->complaints, testing::IsEmpty());
  EXPECT_EQ(result->values.at("equal"), 1);
}

TEST(PacketRun, is_the_same_for_the_same_seed_though_keys_are_drawn_anew) {
  const auto what = experiment(troubled);
  const auto one = run(what);
  const auto other = run(what);
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->events, other->events);
  EXPECT_EQ(one->trace, other->trace);
  EXPECT_EQ(one->totals, other->totals);
  EXPECT_EQ(one->values, other->values);
}

}  // namespace
}  // namespace tutti::lab
