// Whole experiments of a symmetric application, simulated.
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "tutti/lab/experiment_text.hpp"
#include "tutti/lab/simulated_run.hpp"
#include "tutti/lab/symmetric_stack.hpp"
#include "tutti/lab/tally_test_app.hpp"

namespace tutti::lab {
namespace {

// Long enough that peers come back to images of the past, and are looked at a moment later.
TEST(SymmetricRun, goes_on_through_churn_and_ends_with_equal_states) {
  const auto experiment = parse_experiment(R"toml(
name = "churn"
stack = "tally"
duration = "600s"
window = "1s"
network = "normal:50ms,10ms"
scenario = [
  "flash peers=* at=1s within=2s",
  "churn online=40s offline=20s peers=* begin=online from=5s until=590s",
  '''poisson rate=60/min call='Peer.submit("7")' from=5s until=595s''',
]
[topology]
kind = "random"
peers = 20
degree = 3
[options]
deadline = "500ms"
[[measure]]
name = "equal"
value = "states.equal"
[[measure]]
name = "returns"
value = "recovery.count"
)toml",
                                           "churn.toml");
  ASSERT_TRUE(experiment) << experiment.error().front().text();
  Catalogue catalogue;
  catalogue.add(SymmetricStack<Tally>::type("tally", "a symmetric application", &read_number));
  for (std::uint32_t repetition = 0; repetition < 3; ++repetition) {
    const auto run = run_simulated(*experiment, cells_of(*experiment).front(), repetition, catalogue, {});
    ASSERT_TRUE(run) << run.error().front().text();
    EXPECT_FALSE(run->failure) << *run->failure;
    EXPECT_EQ(run->values.at("equal"), 1) << "repetition " << repetition;
    EXPECT_GT(run->values.at("returns"), 10) << "repetition " << repetition;
  }
}

}  // namespace
}  // namespace tutti::lab
