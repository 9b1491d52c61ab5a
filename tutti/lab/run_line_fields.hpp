// Reading the fields of a run's line: none of them is trusted, and errors name the key.
#pragma once

#include <cmath>
#include <expected>
#include <limits>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tutti/lab/time_series.hpp"

namespace tutti::lab::run_line {

using nlohmann::json;
using Outcome = std::expected<void, std::string>;

inline std::unexpected<std::string> fault(std::string_view key, std::string_view what) {
  return std::unexpected(fmt::format("{}: {}", key, what));
}

/// Nothing if there is no such key, or null.
inline const json* find(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

template <typename Number>
Outcome read_whole(const json& value, const char* key, Number& number) {
  if (!value.is_number_unsigned()) return fault(key, "must be a whole number");
  const auto wide = value.get<std::uint64_t>();
  if (wide > std::numeric_limits<Number>::max()) return fault(key, "is too large");
  number = static_cast<Number>(wide);
  return {};
}

inline Outcome read_real(const json& value, const char* key, double& number) {
  if (!value.is_number()) return fault(key, "must be a number");
  number = value.get<double>();
  if (!std::isfinite(number)) return fault(key, "must be a finite number");
  return {};
}

/// The field "series" of a line: all windows, and a list of numbers for each series. What the least, the
/// greatest or the count is stands there only if it is not what the average says.
nlohmann::ordered_json written_series(const TimeSeries& of);
/// Nothing is read if the line has none.
Outcome read_series(const json& line, TimeSeries& into);

}  // namespace tutti::lab::run_line
