// What a transfer in the low class that fills a path does to high messages beside it, and how much of the
// path it gets. In virtual time, so the numbers are the network's and not the machine's. The queue ahead of
// the path has room for half a second, as those of home routers have.
#include <string>

#include <benchmark/benchmark.h>

#include "bench/bars.hpp"
#include "tutti/net/quic/priority_test_world.hpp"

namespace tutti::bench {
namespace {

using namespace std::chrono_literals;
using priority_test::Narrow;
using priority_test::World;

constexpr Duration measured = 30s;

void disturbance(benchmark::State& state, const Narrow& path, CongestionControl congestion) {
  double alone = 0, beside = 0, share = 0;
  for (auto _ : state) {
    World world(path, 1, 1, {.congestion = congestion});
    world.run(measured, false);
    alone = world.high_p99_ms();
    world.run(measured, true);
    beside = world.high_p99_ms();
    share = world.low_shares(measured).front();
  }
  state.counters["alone_p99_ms"] = alone;
  state.counters["beside_p99_ms"] = beside;
  state.counters["allowed_ms"] = 1.5 * alone + 5;
  state.counters["low_share"] = share;
}

constexpr auto cubic = CongestionControl::cubic;
constexpr Narrow home{.megabits = 10, .delay = 20ms};
BENCHMARK_CAPTURE(disturbance, home, home, cubic)->Iterations(1);
BENCHMARK_CAPTURE(disturbance, home_bbr, home, CongestionControl::bbr)->Iterations(1);
BENCHMARK_CAPTURE(disturbance, slow, {.megabits = 1, .delay = 50ms}, cubic)->Iterations(1);
BENCHMARK_CAPTURE(disturbance, fast, {.megabits = 100, .delay = 10ms}, cubic)->Iterations(1);
BENCHMARK_CAPTURE(disturbance, jitter, {.megabits = 10, .delay = 20ms, .effects = "+normal:4ms,1ms"}, cubic)
    ->Iterations(1);
BENCHMARK_CAPTURE(disturbance, loss, {.megabits = 10, .delay = 20ms, .effects = "+loss:1%"}, cubic)
    ->Iterations(1);
BENCHMARK_CAPTURE(disturbance, loss_bbr, {.megabits = 10, .delay = 20ms, .effects = "+loss:1%"},
                  CongestionControl::bbr)
    ->Iterations(1);

/// Two transfers by different peers through one path, the second begun with the first.
void two_transfers(benchmark::State& state) {
  std::vector<double> shares;
  for (auto _ : state) {
    World world(home, 1, 2);
    world.run(measured, true);
    shares = world.low_shares(measured);
  }
  state.counters["first_share"] = shares.at(0);
  state.counters["second_share"] = shares.at(1);
}
BENCHMARK(two_transfers)->Iterations(1);

}  // namespace

void priority_bars(Bars& bars) {
  bars.add(
      "high message beside a low transfer that fills 10 Mbit/s, 99th percentile, over 1.5 x alone and 5 ms",
      "x", at_most(1),
      ratio(counter_of("disturbance/home", "beside_p99_ms"), counter_of("disturbance/home", "allowed_ms")));
  bars.add("what such a transfer uses of the path", "x", at_least(0.9),
           counter_of("disturbance/home", "low_share"));
}

}  // namespace tutti::bench
