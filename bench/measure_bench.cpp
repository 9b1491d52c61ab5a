// What it costs to count something where it happens.
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/bars.hpp"
#include "tutti/base/random.hpp"
#include "tutti/measure/recorder.hpp"

namespace tutti::bench {
namespace {

void count_with_counter(benchmark::State& state) {
  measure::Recorder recorder(TimePoint{});
  auto counter = recorder.counter("events");
  for (auto _ : state) {
    counter.add();
    benchmark::ClobberMemory();
  }
}
BENCHMARK(count_with_counter);

void count_into_nothing(benchmark::State& state) {
  measure::Counter counter;
  for (auto _ : state) {
    benchmark::DoNotOptimize(counter);
    counter.add();
  }
}
BENCHMARK(count_into_nothing);

void set_gauge(benchmark::State& state) {
  measure::Recorder recorder(TimePoint{});
  auto gauge = recorder.gauge("level");
  for (auto _ : state) {
    gauge.add(1);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(set_gauge);

void sample_distribution(benchmark::State& state) {
  measure::Recorder recorder(TimePoint{});
  auto delay = recorder.distribution("delay", "seconds");
  Random random(1);
  std::vector<double> samples(1024);
  for (auto& sample : samples) sample = 0.05 * random.exponential();
  std::size_t i = 0;
  for (auto _ : state) {
    delay.add(samples[i++ % samples.size()]);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(sample_distribution);

}  // namespace

void measure_bars(Bars& bars) {
  bars.add("count with a counter", "ns", at_most(20), time_of("count_with_counter"));
  bars.add("count into nothing", "ns", at_most(20), time_of("count_into_nothing"));
  bars.add("move a gauge", "ns", at_most(20), time_of("set_gauge"));
  bars.add("add a sample to a distribution", "ns", at_most(20), time_of("sample_distribution"));
}

}  // namespace tutti::bench
