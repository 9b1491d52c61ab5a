// What it is worth that each peer has its own deadline, as long as its paths are: how many ticks are
// travelled back with adaptive deadlines, over how many with one fixed deadline for all that is as long as
// those are on average. On random graphs of 30 peers, simulated.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include <benchmark/benchmark.h>

#include "apps/rectangle/rectangle.hpp"
#include "bench/bars.hpp"
#include "tutti/symmetric/ensemble.hpp"

namespace tutti::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t peers = 30;
constexpr auto event_interval = 60s / 25.0;
constexpr int graphs = 5;

using Links = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

/// A random tree and half as many links again.
Links random_graph(Random& random) {
  std::set<std::pair<std::uint32_t, std::uint32_t>> links;
  for (std::uint32_t i = 1; i < peers; ++i) links.emplace(static_cast<std::uint32_t>(random.below(i)), i);
  while (links.size() < peers + peers / 2) {
    const auto a = static_cast<std::uint32_t>(random.below(peers));
    const auto b = static_cast<std::uint32_t>(random.below(peers));
    if (a != b) links.emplace(std::min(a, b), std::max(a, b));
  }
  return {links.begin(), links.end()};
}

struct Outcome {
  double mean_deadline = 0;   ///< in ticks
  double travelled_back = 0;  ///< ticks, of all peers
};

Outcome session(std::uint64_t seed, const Links& links, symmetric::DeadlinePolicy deadline) {
  symmetric::Ensemble<Rectangle> ensemble(
      peers,
      {.seed = seed, .model = normal_delay(50ms, 10ms), .links = links, .session = {.deadline = deadline}});
  ensemble.start_all();
  ensemble.run_for(40s);  // until all paths are measured
  const auto travelled_back = [&] {
    double ticks = 0;
    for (std::uint32_t i = 0; i < peers; ++i)
      ticks += static_cast<double>(ensemble.replica(i).machine().statistics().ticks_travelled_back);
    return ticks;
  };
  const double before = travelled_back();
  Outcome outcome;
  Random random(seed);
  constexpr int events = 50;
  for (int event = 0; event < events; ++event) {
    for (std::uint32_t i = 0; i < peers; ++i)
      outcome.mean_deadline += static_cast<double>(ensemble.replica(i).deadline_ticks()) / (peers * events);
    ensemble.submit(static_cast<std::uint32_t>(random.below(peers)), Rectangle::Turn{1, 0});
    ensemble.run_for(
        from_seconds(std::chrono::duration<double>(event_interval).count() * random.exponential()));
  }
  outcome.travelled_back = travelled_back() - before;
  return outcome;
}

void rollbacks_with_adaptive_deadlines(benchmark::State& state) {
  double adaptive = 0;
  double fixed = 0;
  for (auto _ : state) {
    Random random(30);
    for (std::uint64_t graph = 1; graph <= graphs; ++graph) {
      const auto links = random_graph(random);
      const auto own =
          session(graph, links, symmetric::AdaptiveDeadline{static_cast<double>(state.range(0)) / 100});
      const auto ahead = from_seconds(own.mean_deadline / symmetric::ticks_per_second<Rectangle>());
      adaptive += own.travelled_back;
      fixed += session(graph, links, symmetric::FixedDeadline{ahead}).travelled_back;
    }
  }
  state.counters["adaptive_ticks"] = adaptive;
  state.counters["fixed_ticks"] = fixed;
  state.counters["ratio"] = adaptive / fixed;
}
BENCHMARK(rollbacks_with_adaptive_deadlines)
    ->Arg(95)
    ->Arg(99)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1)
    ->Repetitions(1);

}  // namespace

void deadline_bars(Bars& bars) {
  bars.add("30 peers in random graphs: ticks travelled back with deadlines for 95 % in time, over fixed ones",
           "x", at_most(0.5), counter_of("rollbacks_with_adaptive_deadlines/95", "ratio"));
  bars.add("30 peers in random graphs: ticks travelled back with deadlines for 99 % in time, over fixed ones",
           "x", at_most(0.5), counter_of("rollbacks_with_adaptive_deadlines/99", "ratio"));
}

}  // namespace tutti::bench
