#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tutti/lab/results.hpp"

namespace tutti::lab {
namespace {

std::string field(std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += c;
    quoted += c;
  }
  return quoted + '"';
}

std::string field(std::optional<double> value) {
  return value && std::isfinite(*value) ? fmt::format("{}", *value) : "";
}

std::string row(const std::vector<std::string>& fields) {
  return fmt::format("{}\n", fmt::join(fields, ","));
}

std::vector<std::string> axis_names(const Experiment& experiment) {
  std::vector<std::string> names;
  for (const auto& axis : experiment.axes) names.push_back(field(axis.name));
  return names;
}

std::vector<std::string> place_of(const Cell& cell) {
  std::vector<std::string> place;
  for (const auto& value : cell.at) place.push_back(field(text_of(value)));
  return place;
}

/// Of all measures, each once.
std::vector<std::string> reference_names(const Experiment& experiment) {
  std::vector<std::string> names;
  for (const auto& measure : experiment.measures)
    for (const auto& reference : measure.references)
      if (std::ranges::find(names, reference.name) == names.end()) names.push_back(reference.name);
  return names;
}

struct Judged {
  const MeasureSpec& measure;
  std::vector<CellValue> values;
  std::vector<std::optional<bool>> verdicts;
};

}  // namespace

std::string to_csv(const Results& results) {
  const auto& experiment = results.experiment;
  const auto references = reference_names(experiment);
  auto head = axis_names(experiment);
  for (const auto* name : {"measure", "count", "average", "least", "greatest"}) head.emplace_back(name);
  for (const auto& name : references) head.push_back(field(name));
  head.emplace_back("holds");
  auto text = row(head);

  std::vector<Judged> all;
  for (const auto& measure : experiment.measures)
    all.push_back({measure, values_of(results, measure), holds(results, measure)});
  for (const auto& cell : cells_of(experiment)) {
    for (const auto& [measure, values, verdicts] : all) {
      const auto& value = values[cell.index];
      const auto known = [&](double part) { return value.count > 0 ? field(part) : std::string(); };
      auto fields = place_of(cell);
      for (const auto& part : {field(measure.name), fmt::format("{}", value.count), known(value.average),
                               known(value.least), known(value.greatest)})
        fields.push_back(part);
      for (const auto& name : references) {
        const auto reference = std::ranges::find(measure.references, name, &Reference::name);
        fields.push_back(reference == measure.references.end()
                             ? std::string()
                             : field(reference_at(results, measure, *reference, cell.index)));
      }
      const auto& verdict = verdicts[cell.index];
      fields.emplace_back(!verdict ? "" : *verdict ? "yes" : "no");
      text += row(fields);
    }
  }
  return text;
}

std::string runs_to_csv(const Results& results) {
  const auto& experiment = results.experiment;
  auto head = axis_names(experiment);
  for (const auto* name : {"repetition", "seed", "trace", "events", "seconds"}) head.emplace_back(name);
  for (const auto& measure : experiment.measures) head.push_back(field(measure.name));
  head.emplace_back("failure");
  auto text = row(head);

  const auto runs = runs_by_cell(results);
  for (const auto& cell : cells_of(experiment)) {
    for (const auto* run : runs[cell.index]) {
      auto fields = place_of(cell);
      for (const auto& part :
           {fmt::format("{}", run->repetition), fmt::format("{}", run->seed),
            fmt::format("{:016x}", run->trace), fmt::format("{}", run->events), field(run->seconds)})
        fields.push_back(part);
      for (const auto& measure : experiment.measures) {
        const auto value = run->values.find(measure.name);
        fields.push_back(value == run->values.end() ? std::string() : field(value->second));
      }
      fields.push_back(field(run->failure.value_or("")));
      text += row(fields);
    }
  }
  return text;
}

std::string peers_to_csv(const Results& results) {
  const auto& experiment = results.experiment;
  auto head = axis_names(experiment);
  for (const auto* name : {"peer", "measure", "seconds", "value"}) head.emplace_back(name);
  auto text = row(head);

  const auto runs = runs_by_cell(results);
  for (const auto& cell : cells_of(experiment)) {
    const auto run =
        std::ranges::find_if(runs[cell.index], [](const auto* one) { return !one->series.empty(); });
    if (run == runs[cell.index].end()) continue;
    const auto& [begins, window_seconds, all] = (*run)->series;
    for (const auto& [key, points] : all) {
      if (!key.peer) continue;
      auto fields = place_of(cell);
      fields.push_back(fmt::format("{}", *key.peer));
      fields.push_back(field(key.name));
      const auto before = fmt::format("{}", fmt::join(fields, ","));
      for (std::size_t i = 0; i < points.size(); ++i)
        text += row({before, field(begins[i] - begins.front()),
                     points[i].count == 0 ? std::string() : field(points[i].average)});
    }
  }
  return text;
}

}  // namespace tutti::lab
