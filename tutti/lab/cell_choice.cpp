#include "tutti/lab/cell_choice.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tutti/base/nearest.hpp"
#include "tutti/base/text.hpp"

namespace tutti::lab {
namespace {

using Chosen = std::map<std::size_t, std::set<AxisValue>>;  // of each axis that was named

std::expected<std::size_t, std::string> axis_of(const Experiment& experiment, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& axis : experiment.axes) names.push_back(axis.name);
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  if (const auto nearest = nearest_name(name, names))
    return std::unexpected(fmt::format("there is no axis '{}'; did you mean '{}'?", name, *nearest));
  return std::unexpected(names.empty()
                             ? fmt::format("there is no axis '{}': the experiment has none", name)
                             : fmt::format("there is no axis '{}', only {}", name, fmt::join(names, ", ")));
}

std::expected<AxisValue, std::string> value_of(const Axis& axis, std::string_view text) {
  const auto number = parse_real(text);
  std::vector<std::string> there;
  for (const auto& value : axis.values) {
    const bool same = number && std::holds_alternative<double>(value) ? std::get<double>(value) == *number
                                                                      : text_of(value) == text;
    if (same) return value;
    there.push_back(text_of(value));
  }
  return std::unexpected(
      fmt::format("the axis {} has no value {}, only {}", axis.name, text, fmt::join(there, ", ")));
}

std::expected<void, std::string> choose(const Experiment& experiment, std::string_view choice,
                                        Chosen& chosen) {
  std::optional<std::size_t> axis;
  for (std::optional<std::string_view> rest = choice; rest;) {
    const auto [part, others] = split(*rest, ',');
    rest = others;
    const auto [name, value] = split(part, '=');
    if (value) {
      const auto found = axis_of(experiment, name);
      if (!found) return std::unexpected(found.error());
      axis = *found;
    }
    if (!axis) return std::unexpected(fmt::format("'{}' is not AXIS=VALUE", choice));
    auto fits = value_of(experiment.axes[*axis], value.value_or(part));
    if (!fits) return std::unexpected(fits.error());
    chosen[*axis].insert(*std::move(fits));
  }
  return {};
}

}  // namespace

std::expected<std::set<std::uint32_t>, std::string> cells_meant(const Experiment& experiment,
                                                                const std::vector<std::string>& choices) {
  std::set<std::uint32_t> cells;
  if (choices.empty()) return cells;
  Chosen chosen;
  for (const auto& choice : choices)
    if (auto read = choose(experiment, choice, chosen); !read)
      return std::unexpected("--only: " + read.error());
  for (const auto& cell : cells_of(experiment))
    if (std::ranges::all_of(chosen,
                            [&](const auto& entry) { return entry.second.contains(cell.at[entry.first]); }))
      cells.insert(cell.index);
  return cells;
}

}  // namespace tutti::lab
