#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "tutti/base/nearest.hpp"
#include "tutti/lab/expression.hpp"
#include "tutti/lab/results.hpp"

namespace tutti::lab {
namespace {

using Row = std::vector<std::string>;

/// Without what would move a terminal's cursor.
std::string plain(std::string text) {
  const auto control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; };
  std::ranges::replace_if(text, control, '?');
  return text;
}

/// In characters, as far as UTF-8 tells.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

/// Columns aligned to the right, as numbers are read.
std::string aligned(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i)
      text += "  " + std::string(widths[i] - width_of(row[i]), ' ') + row[i];
    text += '\n';
  }
  return text;
}

std::string short_number(double value) {
  return fmt::format("{:.5g}", value);
}

std::string heading(const MeasureSpec& measure) {
  auto text = measure.name;
  if (!measure.title.empty()) text += ": " + measure.title;
  if (!measure.unit.empty()) text += fmt::format(" ({})", measure.unit);
  if (measure.better != Better::neither)
    text += measure.better == Better::lower ? ", lower is better" : ", higher is better";
  if (!measure.bar.empty())
    text += fmt::format(", at {} {}", measure.better == Better::higher ? "least" : "most", measure.bar);
  return plain(text) + "\n";
}

std::string named(const std::string& name, const std::string& unit) {
  return plain(unit.empty() ? name : fmt::format("{} ({})", name, unit));
}

std::string table_of(const Results& results, const MeasureSpec& measure, const std::vector<Cell>& cells,
                     const std::vector<std::optional<bool>>& verdicts) {
  Row head;
  for (const auto& axis : results.experiment.axes) head.push_back(named(axis.name, axis.unit));
  head.emplace_back("average");
  head.emplace_back("min to max");
  for (const auto& reference : measure.references) head.push_back(plain(reference.name));
  if (!measure.bar.empty()) head.emplace_back("holds");

  std::vector<Row> rows{head};
  const auto values = values_of(results, measure);
  const auto ran = runs_by_cell(results);
  for (const auto& cell : cells) {
    if (ran[cell.index].empty()) continue;
    const auto& value = values[cell.index];
    auto& row = rows.emplace_back();
    for (const auto& at : cell.at) row.push_back(plain(text_of(at)));
    row.push_back(value.count > 0 ? short_number(value.average) : "-");
    row.push_back(value.count > 0
                      ? fmt::format("{} to {}", short_number(value.least), short_number(value.greatest))
                      : "-");
    for (const auto& reference : measure.references) {
      const auto known = reference_at(results, measure, reference, cell.index);
      row.push_back(known ? short_number(*known) : "-");
    }
    if (measure.bar.empty()) continue;
    const auto& verdict = verdicts[cell.index];
    row.emplace_back(!verdict ? "-" : *verdict ? "yes" : "no");
  }
  return heading(measure) + aligned(rows);
}

/// What went wrong, each kind with its first case.
std::string troubles_of(const Results& results) {
  std::size_t runs = 0;
  std::size_t failures = 0;
  std::size_t complaints = 0;
  const RunResult* failed = nullptr;
  const RunResult* complained = nullptr;
  for (const auto& cell : runs_by_cell(results)) {
    for (const auto* run : cell) {
      ++runs;
      failures += run->failure ? 1 : 0;
      complaints += run->complaints.size();
      if (run->failure && failed == nullptr) failed = run;
      if (!run->complaints.empty() && complained == nullptr) complained = run;
    }
  }
  std::string text;
  if (failed != nullptr)
    text += fmt::format("{} of {} runs failed, first that of cell {}, repetition {}: {}\n", failures, runs,
                        failed->cell, failed->repetition, plain(*failed->failure));
  if (complained != nullptr)
    text += fmt::format("{} calls of the scenario failed, first in cell {}, repetition {}: {}\n", complaints,
                        complained->cell, complained->repetition, plain(complained->complaints.front()));
  return text;
}

/// What a measure without any value names and no run has counted: most likely it is mistyped.
std::string unknown_names_of(const Results& results) {
  std::set<std::string_view> counted;
  std::set<std::string_view> measured;
  for (const auto& run : results.runs) {
    for (const auto& measure : run.totals.all) counted.insert(measure.name);
    for (const auto& [name, value] : run.values) measured.insert(name);
  }
  const std::vector<std::string_view> names(counted.begin(), counted.end());
  std::string text;
  for (const auto& measure : results.experiment.measures) {
    const auto expression = Expression::parse(measure.value);
    if (measured.contains(measure.name) || !expression || names.empty()) continue;
    for (const std::string_view name : expression->names()) {
      const auto without_statistic = name.substr(0, name.rfind('.'));
      if (counted.contains(name) || counted.contains(without_statistic)) continue;
      auto nearest = nearest_name(name, names);
      if (!nearest) nearest = nearest_name(without_statistic, names);
      text += fmt::format("{}: nobody has counted '{}'{}\n", plain(measure.name), plain(std::string(name)),
                          nearest ? fmt::format("; did you mean '{}'?", *nearest) : "");
    }
  }
  return text;
}

struct Verdict {
  bool judged = false;
  bool holds = true;
};

std::string sum_of(const std::vector<Verdict>& verdicts) {
  const auto judged = std::ranges::count_if(verdicts, &Verdict::judged);
  const auto holding =
      std::ranges::count_if(verdicts, [](const Verdict& one) { return one.judged && one.holds; });
  const auto cells = static_cast<std::ptrdiff_t>(verdicts.size());
  if (judged == 0) return fmt::format("{} cells, none judged\n", cells);
  const auto rest = judged < cells ? fmt::format("; {} were not judged", cells - judged) : std::string();
  return fmt::format("{} of {} cells hold{}\n", holding, judged, rest);
}

}  // namespace

std::string to_table(const Results& results) {
  const auto cells = cells_of(results.experiment);
  std::vector<Verdict> verdicts(cells.size());
  std::string text;
  for (const auto& measure : results.experiment.measures) {
    const auto judged = holds(results, measure);
    for (std::size_t cell = 0; cell < cells.size(); ++cell) {
      if (!judged[cell]) continue;
      verdicts[cell].judged = true;
      verdicts[cell].holds = verdicts[cell].holds && *judged[cell];
    }
    text += table_of(results, measure, cells, judged) + "\n";
  }
  return text + unknown_names_of(results) + troubles_of(results) + sum_of(verdicts);
}

}  // namespace tutti::lab
