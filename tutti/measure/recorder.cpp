#include "tutti/measure/recorder.hpp"

#include <utility>

#include "tutti/base/require.hpp"

namespace tutti::measure {
namespace {

GaugeValue standing_at(double level) {
  GaugeValue value;
  value.levels.add(level);
  return value;
}

}  // namespace

template <typename T>
T& Recorder::cell_of(std::string_view name, std::string_view unit) {
  auto found = entries_.find(name);
  if (found == entries_.end()) {
    require(valid_name(name), "a measure's name is letters, digits, '.' and '_'");
    require(valid_unit(unit), "a measure's unit is letters, digits, '.' and '_'");
    require(entries_.size() < names_max, "a recorder has at most names_max names");
    found = entries_.emplace(name, Entry{std::string(unit), T{}}).first;
  }
  require(found->second.unit == unit, "a measure has one unit");
  auto* cell = std::get_if<T>(&found->second.cell);
  require(cell != nullptr, "a measure is of one kind");
  return *cell;
}

Counter Recorder::counter(std::string_view name, std::string_view unit) {
  return Counter(cell_of<Count>(name, unit).window);
}
Gauge Recorder::gauge(std::string_view name, std::string_view unit) {
  return Gauge(cell_of<Level>(name, unit).now);
}
Distribution Recorder::distribution(std::string_view name, std::string_view unit) {
  return Distribution(cell_of<Spread>(name, unit).window);
}

Window Recorder::take(TimePoint now) {
  Window window{
      .peer = peer_, .begin = begin_.time_since_epoch(), .end = now.time_since_epoch(), .measures = {}};
  begin_ = now;
  for (auto& [name, entry] : entries_) {
    auto& measure = window.measures.all.emplace_back(Measure{name, entry.unit, {}});
    if (auto* counter = std::get_if<Count>(&entry.cell)) {
      counter->past += counter->window;
      measure.value = CounterValue{std::exchange(counter->window, 0)};
    } else if (auto* distribution = std::get_if<Spread>(&entry.cell)) {
      distribution->past.merge(distribution->window);
      measure.value = DistributionValue{std::exchange(distribution->window, {})};
    } else {
      measure.value = standing_at(std::get<Level>(entry.cell).now);
    }
  }
  return window;
}

Measures Recorder::totals() const {
  Measures totals;
  for (const auto& [name, entry] : entries_) {
    auto& measure = totals.all.emplace_back(Measure{name, entry.unit, {}});
    if (const auto* counter = std::get_if<Count>(&entry.cell)) {
      measure.value = CounterValue{counter->past + counter->window};
    } else if (const auto* distribution = std::get_if<Spread>(&entry.cell)) {
      DistributionValue value{distribution->past};
      value.samples.merge(distribution->window);
      measure.value = std::move(value);
    } else {
      measure.value = standing_at(std::get<Level>(entry.cell).now);
    }
  }
  return totals;
}

}  // namespace tutti::measure
