#include "tutti/symmetric/performer.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/symmetric/ensemble.hpp"
#include "tutti/symmetric/session_test_world.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;
using session_test::Scribble;

/// What all have in the end, and what it took: names and numbers.
using Outcome = std::vector<std::pair<std::string, std::uint64_t>>;

/// Eight peers in a line, who do much too late for each other, one of whom is away for a while.
Outcome live(std::uint64_t seed, bool watched) {
  Ensemble<Scribble> ensemble(8, {.seed = seed,
                                  .model = *parse_network_model("normal:40ms,20ms+loss:2%"),
                                  .links = session_test::line(8),
                                  .session = {.deadline = FixedDeadline{60ms}}});
  const auto start = [&](std::uint32_t index) {
    ensemble.start(index);
    if (watched)
      ensemble.peer(index).find<Performer<Scribble>>()->set_watcher([](const Replica<Scribble>&) {});
  };
  Random random(seed);
  for (std::uint32_t i = 0; i < 8; ++i) start(i);
  for (std::uint32_t i = 0; i < 200; ++i) {
    if (i == 60) ensemble.stop(5);
    if (i == 90) start(5);
    const auto who = static_cast<std::uint32_t>(random.below(8));
    if (ensemble.running(who)) ensemble.submit(who, Scribble::Stroke{i});
    ensemble.run_for(from_seconds(random.exponential() * 0.2));
  }
  ensemble.run_for(20s);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick())) << "seed " << seed;
  Outcome outcome;
  outcome.emplace_back("state", ensemble.replica(0).machine().fingerprint(ensemble.common_tick()).state_hash);
  for (std::uint32_t i = 0; i < 8; ++i)
    outcome.emplace_back("tick", static_cast<std::uint64_t>(ensemble.replica(i).tick().value()));
  const auto measures = ensemble.recorder().totals();
  for (const auto* const name : {"replica.rollbacks", "replica.ticks_travelled_back", "replica.late_events",
                                 "session.arrived", "session.arrived_late", "flood.received"})
    outcome.emplace_back(name, measures.count_of(name));
  return outcome;
}

TEST(Performer, that_sleeps_between_events_does_what_it_does_when_every_tick_is_watched) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed)
    EXPECT_EQ(live(seed, false), live(seed, true)) << "seed " << seed;
}

TEST(Performer, tells_of_every_tick_to_whoever_watches_it) {
  Ensemble<Scribble> ensemble(2, {.links = session_test::line(2)});
  ensemble.start_all();
  ensemble.run_for(30s);
  auto& performer = *ensemble.peer(0).find<Performer<Scribble>>();
  Tick expected = performer.replica().tick();
  std::uint32_t told = 0;
  performer.set_watcher([&](const Replica<Scribble>& replica) {
    EXPECT_EQ(replica.tick(), ++expected);
    ++told;
  });
  ensemble.run_for(10s);
  EXPECT_NEAR(told, 500, 1);
}

// A simulated hour of fifty ticks a second, and not a fiftieth of that in events of the simulator.
TEST(Performer, wakes_only_now_and_then_while_nobody_watches) {
  Ensemble<Scribble> ensemble(1, {});
  ensemble.start_all();
  ensemble.run_for(60s);
  const auto before = ensemble.simulator().event_count();
  ensemble.run_for(1h);
  EXPECT_LT(ensemble.simulator().event_count() - before, 3'600u);
  EXPECT_NEAR(static_cast<double>(ensemble.replica(0).tick().value()), 50.0 * 3'660, 1.0);
}

}  // namespace
}  // namespace tutti::symmetric
