// Runs the benchmarks, judges their bars and writes them to a file for programs.
//
// usage: tutti_bench [--json FILE] [Google Benchmark's own options]
//
// Fails if a bar's benchmark did not run although all were to run, or if the file cannot be written.
#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "bench/bars.hpp"

namespace tutti::bench {

/// Generated: calls the NAME_bars of every NAME_bench.cpp.
void all_bars(Bars& bars);

namespace {

/// Odd, so that the median is one of the runs; enough to outvote two that were disturbed.
constexpr std::string_view repetitions = "--benchmark_repetitions=5";

/// Shows what the console reporter shows, and keeps the numbers.
class CollectingReporter final : public benchmark::ConsoleReporter {
 public:
  explicit CollectingReporter(Measurements& measurements)
      : benchmark::ConsoleReporter(OO_Tabular), measurements_(measurements) {}

  void ReportRuns(const std::vector<Run>& runs) override {
    std::vector<Run> shown;
    for (const auto& run : runs) {
      if (run.run_type == Run::RT_Iteration && !run.error_occurred) keep(run);
      const bool is_median = run.run_type == Run::RT_Aggregate && run.aggregate_name == "median";
      if (is_median || run.repetitions <= 1 || run.error_occurred) shown.push_back(run);
    }
    if (!shown.empty()) ConsoleReporter::ReportRuns(shown);
  }

 private:
  void keep(const Run& run) {
    const auto& arguments = run.run_name.args;
    const auto name = run.run_name.function_name + (arguments.empty() ? "" : "/" + arguments);
    const auto iterations = static_cast<double>(std::max<benchmark::IterationCount>(run.iterations, 1));
    measurements_.add(name, "", run.real_accumulated_time / iterations);
    for (const auto& [counter, value] : run.counters) measurements_.add(name, counter, value);
  }

  Measurements& measurements_;
};

int run(std::vector<std::string> arguments) {
  std::string json_path;
  bool all = true;
  std::string repeat(repetitions);
  // Before the user's own, so that those win.
  std::vector<char*> passed{arguments[0].data(), repeat.data()};
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    if (arguments[i] == "--json" && i + 1 < arguments.size()) {
      json_path = arguments[++i];
      continue;
    }
    if (arguments[i].starts_with("--benchmark_filter") || arguments[i].starts_with("--benchmark_list_tests"))
      all = false;
    passed.push_back(arguments[i].data());
  }
  int count = static_cast<int>(passed.size());
  benchmark::Initialize(&count, passed.data());
  if (benchmark::ReportUnrecognizedArguments(count, passed.data())) return 2;

  Measurements measurements;
  CollectingReporter reporter(measurements);
  benchmark::RunSpecifiedBenchmarks(&reporter);
  benchmark::Shutdown();

  Bars bars;
  all_bars(bars);
  auto rows = bars.judge(measurements);
  if (!all) std::erase_if(rows, [](const Row& row) { return !row.value; });
  fmt::print("\n{}", to_table(rows));

  if (!json_path.empty()) {
    std::ofstream file(json_path);
    file << to_json(rows, TUTTI_VERSION);
    file.close();
    if (!file) {
      fmt::print(stderr, "cannot write {}: does its folder exist?\n", json_path);
      return 1;
    }
  }
  for (const auto& row : rows) {
    if (row.value) continue;
    fmt::print(stderr, "the bar '{}' names a benchmark or counter that was not measured\n", row.name);
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace tutti::bench

int main(int count, char** values) {
  return tutti::bench::run({values, values + count});
}
