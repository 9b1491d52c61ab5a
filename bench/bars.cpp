#include "bench/bars.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tutti/base/require.hpp"

namespace tutti::bench {
namespace {

std::optional<double> units_per_second(std::string_view unit) {
  static constexpr std::array units{std::pair{"s", 1.0}, std::pair{"ms", 1e3}, std::pair{"us", 1e6},
                                    std::pair{"ns", 1e9}};
  for (const auto& [name, scale] : units)
    if (unit == name) return scale;
  return std::nullopt;
}

std::string text_of(const Limit& bar) {
  return fmt::format("{} {:g}", bar.side == Limit::Side::at_most ? "at most" : "at least", bar.value);
}

template <typename Operation>
Number combined(Number one, Number other, bool is_time, Operation operation) {
  return {.of = [one = std::move(one.of), other = std::move(other.of),
                 operation](const Measurements& measurements) -> std::optional<double> {
            const auto left = one(measurements);
            const auto right = other(measurements);
            if (!left || !right) return std::nullopt;
            return operation(*left, *right);
          },
          .is_time = is_time};
}

Number taken(std::string benchmark, std::string counter, bool is_time) {
  return {.of = [benchmark = std::move(benchmark), counter = std::move(counter)](
                    const Measurements& measurements) { return measurements.median(benchmark, counter); },
          .is_time = is_time};
}

}  // namespace

void Measurements::add(const std::string& benchmark, const std::string& counter, double value) {
  values_[{benchmark, counter}].push_back(value);
}

std::optional<double> Measurements::median(const std::string& benchmark, const std::string& counter) const {
  const auto found = values_.find({benchmark, counter});
  if (found == values_.end()) return std::nullopt;
  auto values = found->second;
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

Number time_of(std::string benchmark) {
  return taken(std::move(benchmark), "", true);
}

Number counter_of(std::string benchmark, std::string counter) {
  return taken(std::move(benchmark), std::move(counter), false);
}

Number seconds_of(std::string benchmark, std::string counter) {
  return taken(std::move(benchmark), std::move(counter), true);
}

Number ratio(Number numerator, Number denominator) {
  return combined(std::move(numerator), std::move(denominator), false,
                  [](double left, double right) { return left / right; });
}

Number difference(Number more, Number less) {
  require(more.is_time == less.is_time, "a difference is of two times or of two plain numbers");
  const bool is_time = more.is_time;
  return combined(std::move(more), std::move(less), is_time,
                  [](double left, double right) { return left - right; });
}

bool Row::holds() const {
  if (!value) return false;
  return bar.side == Limit::Side::at_most ? *value <= bar.value : *value >= bar.value;
}

void Bars::add(std::string name, std::string unit, Limit bar, Number number) {
  require(!number.is_time || units_per_second(unit).has_value(), "a time is shown in ns, us, ms or s");
  bars_.push_back({std::move(name), std::move(unit), bar, std::move(number)});
}

std::vector<Row> Bars::judge(const Measurements& measurements) const {
  std::vector<Row> rows;
  rows.reserve(bars_.size());
  for (const auto& bar : bars_) {
    auto value = bar.number.of(measurements);
    if (value && bar.number.is_time) *value *= units_per_second(bar.unit).value_or(1);
    rows.push_back({bar.name, bar.unit, bar.limit, value});
  }
  return rows;
}

std::string to_json(const std::vector<Row>& rows, std::string_view version) {
  auto json = nlohmann::ordered_json::array();
  for (const auto& row : rows) {
    json.push_back({{"name", row.name},
                    {"value", row.value ? nlohmann::ordered_json(*row.value) : nlohmann::ordered_json()},
                    {"unit", row.unit},
                    {"bar", text_of(row.bar)},
                    {"holds", row.holds()},
                    {"version", version}});
  }
  return json.dump(2) + "\n";
}

std::string to_table(const std::vector<Row>& rows) {
  std::size_t width = 0;
  for (const auto& row : rows) width = std::max(width, row.name.size());
  std::string text;
  for (const auto& row : rows) {
    const auto value =
        row.value ? fmt::format("{:.4g} {}", *row.value, row.unit) : std::string("not measured");
    text += fmt::format("{:<{}}  {:>16}  {:<18}  {}\n", row.name, width, value, text_of(row.bar),
                        row.holds() ? "holds" : "DOES NOT HOLD");
  }
  return text;
}

}  // namespace tutti::bench
