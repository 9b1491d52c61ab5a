// How much faster than real time a session is simulated: the 21 peers of the symmetric paper at 50 ticks a
// second, with its 25 events a minute and 50 ms of normally distributed delay on each link.
#include <array>
#include <cstdint>
#include <utility>

#include <benchmark/benchmark.h>

#include "apps/rectangle/rectangle.hpp"
#include "bench/bars.hpp"
#include "bench/paper_topology.hpp"
#include "tutti/symmetric/ensemble.hpp"

namespace tutti::bench {
namespace {

using namespace std::chrono_literals;

constexpr auto event_interval = 60s / 25.0;

void simulated_session(benchmark::State& state) {
  double simulated = 0;
  symmetric::Ensemble<Rectangle> ensemble(paper_peers,
                                          {.model = normal_delay(50ms, 10ms),
                                           .links = {paper_links.begin(), paper_links.end()},
                                           .session = {.deadline = symmetric::FixedDeadline{500ms}}});
  ensemble.start_all();
  ensemble.run_for(10s);
  Random random(1);
  for (auto _ : state) {
    const Duration span =
        from_seconds(std::chrono::duration<double>(event_interval).count() * random.exponential());
    ensemble.submit(static_cast<std::uint32_t>(random.below(paper_peers)), Rectangle::Turn{1, 0});
    ensemble.run_for(span);
    simulated += in_seconds(span);
  }
  // "Simulated seconds for each second of this machine's."
  state.counters["speed"] = benchmark::Counter(simulated, benchmark::Counter::kIsRate);
}
BENCHMARK(simulated_session)->Unit(benchmark::kMillisecond)->MinTime(1);

}  // namespace

void simulation_bars(Bars& bars) {
  bars.add("21 simulated peers at 50 ticks a second, times real time", "x", at_least(2000),
           counter_of("simulated_session", "speed"));
}

}  // namespace tutti::bench
