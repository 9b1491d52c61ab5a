// What the age of a session costs: joining it, and being in it. 25 events a minute, as in the symmetric
// paper, among two peers that tick twice a second, so that a day of them takes seconds.
#include <chrono>
#include <cstddef>

#include <benchmark/benchmark.h>

#include "bench/bars.hpp"
#include "bench/heap.hpp"
#include "tutti/base/require.hpp"
#include "tutti/symmetric/long_session_test_app.hpp"

namespace tutti::bench {
namespace {

using namespace std::chrono_literals;

template <std::size_t bytes>
using Slow = symmetric::session_test::Slow<bytes, 2>;
using symmetric::session_test::live_on;

symmetric::EnsembleOptions options() {
  // A newcomer's megabyte takes most of the time there.
  return {.model = *parse_network_model("constant:20ms+bandwidth:10Mbit,256KiB"),
          .links = {{0, 1}},
          .session = {.deadline = symmetric::FixedDeadline{1s}}};
}

/// From the newcomer's start to the moment at which it shows the state of the other.
void join_of_a_mebibyte(benchmark::State& state) {
  using App = Slow<std::size_t{1} << 20>;
  symmetric::Ensemble<App> ensemble(2, options());
  ensemble.start(0);
  live_on(ensemble, std::chrono::hours(state.range(0)));
  for (auto _ : state) {
    const auto begun = ensemble.simulator().now();
    ensemble.start(1);
    while (ensemble.replica(1).state().words != ensemble.replica(0).state().words) {
      ensemble.run_for(5ms);
      require(ensemble.simulator().now() - begun < 60s, "a newcomer is in within a minute");
    }
    state.counters["simulated"] = in_seconds(ensemble.simulator().now() - begun);
  }
}
BENCHMARK(join_of_a_mebibyte)->Arg(1)->Arg(24)->Iterations(1)->Repetitions(1)->Unit(benchmark::kMillisecond);

/// What two peers of a session, with all that simulates them, have on the heap, by its age.
void memory_of_a_day(benchmark::State& state) {
  using App = Slow<64>;
  for (auto _ : state) {
    const auto before = heap_bytes();
    symmetric::Ensemble<App> ensemble(2, options());
    ensemble.start_all();
    const auto mebibytes = [&] { return static_cast<double>(heap_bytes() - before) / (1 << 20); };
    live_on(ensemble, 2h);
    state.counters["after_2_hours"] = mebibytes();
    live_on(ensemble, 22h);
    state.counters["after_24_hours"] = mebibytes();
  }
}
BENCHMARK(memory_of_a_day)->Iterations(1)->Repetitions(1)->Unit(benchmark::kMillisecond);

}  // namespace

void history_bars(Bars& bars) {
  bars.add("join with 1 MiB of state: after 24 hours over after 1 hour", "x", at_most(1.2),
           ratio(counter_of("join_of_a_mebibyte/24", "simulated"),
                 counter_of("join_of_a_mebibyte/1", "simulated")));
  bars.add("memory of a session with 25 events a minute after a day", "MiB", at_most(64),
           counter_of("memory_of_a_day", "after_24_hours"));
  // What each user did itself is kept for a day; nothing else grows.
  bars.add("memory of a session: a day over 2 hours", "MiB more", at_most(8),
           difference(counter_of("memory_of_a_day", "after_24_hours"),
                      counter_of("memory_of_a_day", "after_2_hours")));
}

}  // namespace tutti::bench
