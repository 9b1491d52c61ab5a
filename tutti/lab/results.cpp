#include "tutti/lab/results.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tutti/lab/expression.hpp"

namespace tutti::lab {
namespace {

/// What the repetitions of a cell say about a measure.
CellValue value_of(const std::vector<const RunResult*>& runs, const std::string& measure) {
  CellValue value;
  double sum = 0;
  for (const auto* run : runs) {
    const auto found = run->values.find(measure);
    if (run->failure || found == run->values.end() || !std::isfinite(found->second)) continue;
    value.least = value.count == 0 ? found->second : std::min(value.least, found->second);
    value.greatest = value.count == 0 ? found->second : std::max(value.greatest, found->second);
    sum += found->second;
    ++value.count;
  }
  // Rounding, or a sum that is too large for a double, must not carry the average out of the range.
  if (value.count > 0) value.average = std::clamp(sum / value.count, value.least, value.greatest);
  return value;
}

}  // namespace

std::vector<std::vector<const RunResult*>> runs_by_cell(const Results& results) {
  std::vector<std::vector<const RunResult*>> cells(cells_of(results.experiment).size());
  for (const auto& run : results.runs)
    if (run.cell < cells.size()) cells[run.cell].push_back(&run);
  for (auto& runs : cells) std::ranges::sort(runs, {}, &RunResult::repetition);
  return cells;
}

std::optional<double> reference_at(const Results& results, const MeasureSpec& measure,
                                   const Reference& reference, std::size_t cell) {
  const auto found = results.references.find(fmt::format("{}.{}", measure.name, reference.name));
  if (found == results.references.end() || cell >= found->second.size()) return std::nullopt;
  const auto value = found->second[cell];
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::vector<CellValue> values_of(const Results& results, const MeasureSpec& measure) {
  std::vector<CellValue> values;
  for (const auto& runs : runs_by_cell(results)) values.push_back(value_of(runs, measure.name));
  return values;
}

std::vector<std::optional<bool>> holds(const Results& results, const MeasureSpec& measure) {
  const auto values = values_of(results, measure);
  std::vector<std::optional<bool>> verdicts(values.size());
  if (measure.bar.empty()) return verdicts;
  const auto bar = Expression::parse(measure.bar);
  if (!bar) return verdicts;
  for (std::size_t cell = 0; cell < values.size(); ++cell) {
    if (values[cell].count == 0) continue;
    const auto limit = bar->evaluate([&](std::string_view name) -> std::optional<double> {
      const auto reference = std::ranges::find(measure.references, name, &Reference::name);
      if (reference == measure.references.end()) return std::nullopt;
      return reference_at(results, measure, *reference, cell);
    });
    if (!limit || !std::isfinite(*limit)) continue;
    const double average = values[cell].average;
    verdicts[cell] = measure.better == Better::higher ? average >= *limit : average <= *limit;
  }
  return verdicts;
}

}  // namespace tutti::lab
