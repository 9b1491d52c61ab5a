#include "tutti/base/random.hpp"
#include "tutti/base/require.hpp"
#include "tutti/lab/cell_values.hpp"
#include "tutti/lab/expression.hpp"

namespace tutti::lab {

std::string text_of(const AxisValue& value) {
  const auto* const number = std::get_if<double>(&value);
  return number != nullptr ? real_text(*number) : std::get<std::string>(value);
}

std::vector<Cell> cells_of(const Experiment& experiment) {
  std::vector<Cell> cells{Cell()};
  for (const auto& axis : experiment.axes) {
    std::vector<Cell> longer;
    require(cells.size() * axis.values.size() <= cells_max,
            "read_experiment has checked the number of cells");
    for (const auto& cell : cells)
      for (const auto& value : axis.values) {
        longer.push_back(cell);
        longer.back().at.push_back(value);
      }
    cells = std::move(longer);
  }
  for (std::uint32_t i = 0; i < cells.size(); ++i) cells[i].index = i;
  return cells;
}

CellValues values_at(const Experiment& experiment, const Cell& cell) {
  require(cell.at.size() == experiment.axes.size(), "a cell has a value for each axis");
  CellValues values;
  for (std::size_t i = 0; i < cell.at.size(); ++i)
    if (const auto* const number = std::get_if<double>(&cell.at[i]))
      values.numbers[experiment.axes[i].name] = *number;
    else
      values.words[experiment.axes[i].name] = std::get<std::string>(cell.at[i]);
  return values;
}

std::uint64_t seed_of(const Experiment& experiment, std::uint32_t cell, std::uint32_t repetition) {
  return Random::keyed({experiment.seed, cell, repetition})();
}

}  // namespace tutti::lab
