// For tests: results of experiments that nobody made, for whatever reads results to be tried with.
#pragma once

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "tutti/lab/results.hpp"
#include "tutti/measure/recorder.hpp"

namespace tutti::lab {

/// What a recorder saw in `seconds` windows of a second, and then in all.
inline void measure_for(int seconds, RunResult& run) {
  const TimePoint begin{std::chrono::seconds(60)};
  measure::Recorder recorder(begin);
  auto events = recorder.counter("flood.events");
  auto queue = recorder.gauge("link.queue", "bytes");
  auto delay = recorder.distribution("flood.delay", "seconds");
  for (int second = 0; second < seconds; ++second) {
    events.add(static_cast<std::uint64_t>(second) + 1);
    queue.set(second - 1);
    if (second % 2 == 0) {
      delay.add(0.25);
      delay.add(0.75 + second);
    }
    const auto window = recorder.take(begin + std::chrono::seconds(second + 1));
    run.series.begin_window(window.begin, window.end);
    run.series.add(window.measures);
  }
  run.totals = recorder.totals();
}

/// Three latencies, two repetitions: the first cell holds, the second does not, of the third only one run
/// came through and no floor is known.
inline Results small_results() {
  Results results;
  auto& experiment = results.experiment;
  experiment.name = "small";
  experiment.title = "Three latencies";
  experiment.text = "name = \"small\"\n";
  experiment.axes = {{.name = "latency", .title = "link latency", .unit = "ms", .values = {5.0, 12.5, 50.0}}};
  experiment.repetitions = 2;
  experiment.measures = {
      {.name = "time_travel",
       .title = "ticks travelled back",
       .unit = "%",
       .value = "100 * back / ticks",
       .better = Better::lower,
       .bar = "1.25 * floor + 0.1",
       .references = {
           {.name = "floor", .title = "unavoidable", .file = {}, .column = {}, .function = "floor"}}}};
  results.started = "2026-01-02T03:04:05Z";
  results.seconds = 1.5;
  results.references["time_travel.floor"] = {1.0, 2.0, std::nullopt};
  results.network = {.peers = 3, .links = {{0, 1}, {1, 2}}};
  results.changes = {{.seconds = 14.3, .peer = 2, .what = "start"}};

  const auto run = [&](std::uint32_t cell, std::uint32_t repetition, double time_travel) -> RunResult& {
    auto& added = results.runs.emplace_back();
    added.cell = cell;
    added.repetition = repetition;
    added.seed = std::numeric_limits<std::uint64_t>::max() - cell;
    added.trace = 0xabc + repetition;
    added.events = 1000;
    added.seconds = 0.25;
    added.values["time_travel"] = time_travel;
    return added;
  };
  // Runs come as they are finished.
  run(1, 0, 3);
  measure_for(3, run(0, 1, 1.5));
  measure_for(3, run(0, 0, 1));
  run(1, 1, 4);
  run(2, 1, 7).complaints = {"3 Peer.stop(): has not been started"};
  auto& failed = run(2, 0, 0);
  failed.values.clear();
  failed.failure = "signal 11";
  return results;
}

/// No axes, no runs, no measures.
inline Results bare_results() {
  Results results;
  results.experiment.name = "bare";
  return results;
}

/// Texts that try to be something else, and numbers that are none.
inline Results hostile_results() {
  constexpr double infinite = std::numeric_limits<double>::infinity();
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string script = "</script><script>window.attacked=1</script><!--\x80\xff\x1b[2J,\"quoted\"\n";
  Results results = small_results();
  results.live = true;
  results.seconds = nan;
  auto& experiment = results.experiment;
  experiment.title = script;
  experiment.text = script;
  experiment.seed = std::numeric_limits<std::uint64_t>::max();
  experiment.axes = {{.name = "word", .title = script, .unit = script, .values = {script, "=1+1"}}};
  experiment.measures[0].references[0].title = script;
  results.references["time_travel.floor"] = {infinite, nan};
  results.runs[0].values["time_travel"] = nan;
  results.runs[1].values["time_travel"] = -infinite;
  results.runs[2].seconds = infinite;
  results.runs[4].failure = script;
  results.runs[4].complaints = {script};
  results.network.links.emplace_back(0, 7);
  results.changes = {{.seconds = nan, .peer = 1, .what = "up"},
                     {.seconds = 2, .peer = 9, .what = "up"},
                     {.seconds = 3, .peer = 1, .what = script}};
  return results;
}

/// 60 times 50 cells, each with a short series.
inline Results large_results() {
  Results results;
  auto& experiment = results.experiment;
  experiment.name = "large";
  const auto numbers = [](int count) {
    std::vector<AxisValue> values;
    for (int i = 0; i < count; ++i) values.emplace_back(static_cast<double>(i));
    return values;
  };
  experiment.axes = {{.name = "peers", .title = "", .unit = "", .values = numbers(60)},
                     {.name = "loss", .title = "", .unit = "%", .values = numbers(50)}};
  experiment.measures = {{.name = "delivery",
                          .title = "",
                          .unit = "s",
                          .value = "delay",
                          .better = Better::neither,
                          .bar = "",
                          .references = {}}};
  RunResult run;
  measure_for(3, run);
  for (run.cell = 0; run.cell < 3000; ++run.cell) {
    run.values["delivery"] = run.cell / 7.0;
    results.runs.push_back(run);
  }
  return results;
}

}  // namespace tutti::lab
