#include "tutti/lab/time_series.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tutti/base/require.hpp"
#include "tutti/base/text.hpp"
#include "tutti/measure/table.hpp"

namespace tutti::lab {
namespace {

Point point_of(const measure::Value& value) {
  const auto statistics = measure::statistics_of(value);
  if (std::holds_alternative<measure::CounterValue>(value))
    return {.count = 1, .average = statistics.sum, .least = statistics.sum, .greatest = statistics.sum};
  return {.count = statistics.count,
          .average = shortened(statistics.mean),
          .least = shortened(statistics.min),
          .greatest = shortened(statistics.max)};
}

/// Makes one, with nothing in its points, if there is none.
Series& series_of(TimeSeries& of, SeriesKey key) {
  auto found = std::ranges::lower_bound(of.all, key, {}, &Series::key);
  if (found == of.all.end() || found->key != key)
    found = of.all.insert(found, {std::move(key), std::vector<Point>(of.begins.size())});
  return *found;
}

}  // namespace

double shortened(double value) {
  constexpr double exact_max = 0x1p53;
  if (!std::isfinite(value) || (value == std::trunc(value) && std::abs(value) < exact_max)) return value;
  return parse_real(fmt::format("{:.6g}", value)).value_or(value);
}

void TimeSeries::begin_window(Duration begin, Duration end) {
  if (begins.empty()) window_seconds = in_seconds(end - begin);
  begins.push_back(in_seconds(begin));
  for (auto& series : all) series.points.emplace_back();
}

void TimeSeries::add(const measure::Measures& measures) {
  require(!begins.empty(), "there is a window");
  for (const auto& one : measures.all)
    series_of(*this, {{}, one.name, std::string(measure::kind_of(one.value)), one.unit}).points.back() =
        point_of(one.value);
}

void TimeSeries::add(std::uint32_t peer, std::string_view measure, std::string_view unit, double value) {
  require(!begins.empty(), "there is a window");
  const double shown = shortened(value);
  series_of(*this, {peer, std::string(measure), std::string(peer_value_kind), std::string(unit)})
      .points.back() = {.count = 1, .average = shown, .least = shown, .greatest = shown};
}

}  // namespace tutti::lab
