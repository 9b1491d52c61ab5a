#include "tutti/measure/table.hpp"

#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tutti::measure {
namespace {

constexpr std::string_view statistics_head = "name,kind,unit,count,sum,mean,min,median,p90,p99,max\n";
constexpr std::string_view series_head = "begin_s,end_s,peer,";

Statistics statistics_of(const Sketch& sketch) {
  return {.count = sketch.count,
          .sum = sketch.sum.value(),
          .mean = sketch.mean().value_or(0),
          .min = sketch.least,
          .median = sketch.quantile(0.5).value_or(0),
          .p90 = sketch.quantile(0.9).value_or(0),
          .p99 = sketch.quantile(0.99).value_or(0),
          .max = sketch.greatest};
}

// Names and units are never to be quoted: see valid_name().
void append_rows(std::string& text, std::string_view before, const Measures& measures) {
  const auto out = std::back_inserter(text);
  for (const auto& measure : measures.all) {
    fmt::format_to(out, "{}{},{},{},", before, measure.name, kind_of(measure.value), measure.unit);
    if (const auto* counter = std::get_if<CounterValue>(&measure.value)) {
      fmt::format_to(out, ",{},,,,,,\n", counter->count);
      continue;
    }
    const auto s = statistics_of(measure.value);
    fmt::format_to(out, "{},{},{},{},{},{},{},{}\n", s.count, s.sum, s.mean, s.min, s.median, s.p90, s.p99,
                   s.max);
  }
}

nlohmann::ordered_json json_of(const Measures& measures) {
  auto array = nlohmann::ordered_json::array();
  for (const auto& measure : measures.all) {
    nlohmann::ordered_json object{
        {"name", measure.name}, {"kind", kind_of(measure.value)}, {"unit", measure.unit}};
    if (const auto* counter = std::get_if<CounterValue>(&measure.value)) {
      object["sum"] = counter->count;
    } else {
      const auto s = statistics_of(measure.value);
      object["count"] = s.count;
      object["sum"] = s.sum;
      object["mean"] = s.mean;
      object["min"] = s.min;
      object["median"] = s.median;
      object["p90"] = s.p90;
      object["p99"] = s.p99;
      object["max"] = s.max;
    }
    array.push_back(std::move(object));
  }
  return array;
}

}  // namespace

Statistics statistics_of(const Value& value) {
  if (const auto* counter = std::get_if<CounterValue>(&value))
    return {.sum = static_cast<double>(counter->count)};
  if (const auto* gauge = std::get_if<GaugeValue>(&value)) return statistics_of(gauge->levels);
  return statistics_of(std::get<DistributionValue>(value).samples);
}

std::string to_csv(const Measures& measures) {
  std::string text(statistics_head);
  append_rows(text, "", measures);
  return text;
}

std::string to_csv(std::span<const Window> series) {
  std::string text(series_head);
  text += statistics_head;
  for (const auto& window : series)
    append_rows(text,
                fmt::format("{},{},{},", in_seconds(window.begin), in_seconds(window.end),
                            window.peer ? window.peer->text() : ""),
                window.measures);
  return text;
}

std::string to_json(const Measures& measures) {
  return json_of(measures).dump(2) + "\n";
}

std::string to_json(std::span<const Window> series) {
  auto array = nlohmann::ordered_json::array();
  for (const auto& window : series) {
    nlohmann::ordered_json object{{"begin", in_seconds(window.begin)}, {"end", in_seconds(window.end)}};
    object["peer"] = window.peer ? nlohmann::ordered_json(window.peer->text()) : nlohmann::ordered_json();
    object["measures"] = json_of(window.measures);
    array.push_back(std::move(object));
  }
  return array.dump(2) + "\n";
}

}  // namespace tutti::measure
