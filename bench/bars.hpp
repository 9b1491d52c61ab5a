// Bars: what a benchmark's number must be. They stand beside the benchmarks they judge:
//
//   void tick(benchmark::State& state) { ... }
//   BENCHMARK(tick);
//   BENCHMARK(late_event)->Arg(60)->Arg(3600);
//
//   void time_machine_bars(Bars& bars) {
//     bars.add("tick without events", "us", at_most(0.2), time_of("tick"));
//     bars.add("events a second", "1/s", at_least(3e6), counter_of("simulate", "events"));
//     bars.add("late event: 1 hour over 1 minute", "x", at_most(1.5),
//              ratio(time_of("late_event/3600"), time_of("late_event/60")));
//   }
//
// A benchmark is named by its function and arguments only, without what Google Benchmark appends for its
// settings
// ("/real_time", "/repeats:5"). Every number is the median of the repetitions of one run of the program, so
// that a ratio compares what the same machine did within the same minutes. A bar that does not hold is
// reported and is no error: whether the machine was quiet is for the reader to judge. A bar on what no
// benchmark measured is an error.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tutti::bench {

/// The medians of one run: of each benchmark the wall time of an iteration in seconds, under the counter's
/// name "", and its counters.
class Measurements {
 public:
  void add(const std::string& benchmark, const std::string& counter, double value);
  /// Nothing if it was not measured.
  [[nodiscard]] std::optional<double> median(const std::string& benchmark, const std::string& counter) const;

 private:
  std::map<std::pair<std::string, std::string>, std::vector<double>> values_;
};

/// A number taken off a run: a duration in seconds or a plain number.
struct Number {
  std::function<std::optional<double>(const Measurements&)> of;
  bool is_time = false;
};
/// Wall time of one iteration.
Number time_of(std::string benchmark);
Number counter_of(std::string benchmark, std::string counter);
/// The same as a time, for a counter that holds seconds.
Number seconds_of(std::string benchmark, std::string counter);
Number ratio(Number numerator, Number denominator);
/// Both are times, or neither is.
Number difference(Number more, Number less);

struct Limit {
  enum class Side { at_most, at_least };
  Side side;
  double value;
};
constexpr Limit at_most(double value) {
  return {Limit::Side::at_most, value};
}
constexpr Limit at_least(double value) {
  return {Limit::Side::at_least, value};
}

/// A bar after a run.
struct Row {
  std::string name;
  std::string unit;
  Limit bar;
  std::optional<double> value;  ///< nothing if its benchmarks did not run

  [[nodiscard]] bool holds() const;
};

class Bars {
 public:
  /// A time is shown in `unit`, one of "ns", "us", "ms" and "s"; of other numbers the unit is only shown.
  void add(std::string name, std::string unit, Limit bar, Number number);
  [[nodiscard]] std::vector<Row> judge(const Measurements& measurements) const;

 private:
  struct Bar {
    std::string name;
    std::string unit;
    Limit limit;
    Number number;
  };
  std::vector<Bar> bars_;
};

/// A JSON array with an object for each row: name, value (null if not measured), unit, bar ("at most 0.2"),
/// holds, version (of tutti).
std::string to_json(const std::vector<Row>& rows, std::string_view version);
/// The same for a person: one line a row.
std::string to_table(const std::vector<Row>& rows);

}  // namespace tutti::bench
