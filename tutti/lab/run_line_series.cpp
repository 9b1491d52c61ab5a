#include <algorithm>
#include <array>

#include "tutti/lab/run_line_fields.hpp"

namespace tutti::lab::run_line {
namespace {

using Json = nlohmann::ordered_json;

constexpr double exact_max = 0x1p53;

/// Without a needless ".0".
Json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  const bool whole = value == std::trunc(value) && std::abs(value) < exact_max;
  if (!whole || (value == 0 && std::signbit(value))) return value;
  return static_cast<std::int64_t>(value);
}

template <typename Written>
Json column(const std::vector<Point>& points, const Written& written) {
  auto values = Json::array();
  for (const auto& point : points) values.push_back(written(point));
  return values;
}

Json written_one(const Series& series) {
  const auto& points = series.points;
  Json object;
  if (series.key.peer) object["peer"] = *series.key.peer;
  object["name"] = series.key.name;
  object["kind"] = series.key.kind;
  object["unit"] = series.key.unit;
  object["average"] = column(
      points, [](const Point& point) { return point.count == 0 ? Json(nullptr) : number(point.average); });
  const auto differs = [&](double Point::* part) {
    return std::ranges::any_of(points, [&](const Point& point) { return point.*part != point.average; });
  };
  if (differs(&Point::least))
    object["least"] = column(points, [](const Point& point) { return number(point.least); });
  if (differs(&Point::greatest))
    object["greatest"] = column(points, [](const Point& point) { return number(point.greatest); });
  if (std::ranges::any_of(points, [](const Point& point) { return point.count > 1; }))
    object["count"] = column(points, [](const Point& point) { return Json(point.count); });
  return object;
}

Outcome read_text(const json& object, const char* key, std::string& text) {
  const auto* value = find(object, key);
  if (value == nullptr || !value->is_string()) return fault("series", fmt::format("{} must be a text", key));
  text = value->get<std::string>();
  return {};
}

/// Calls `read` with each entry and its point. Nothing happens if there is no such column.
template <typename Read>
Outcome read_column(const json& object, const char* key, std::vector<Point>& points, const Read& read) {
  const auto* values = find(object, key);
  if (values == nullptr) return {};
  if (!values->is_array() || values->size() != points.size())
    return fault("series", fmt::format("{} must hold a number for each window", key));
  for (std::size_t i = 0; i < points.size(); ++i)
    if (auto done = read((*values)[i], points[i]); !done) return done;
  return {};
}

Outcome read_points(const json& object, std::vector<Point>& points) {
  if (find(object, "average") == nullptr) return fault("series", "average is needed");
  const auto real = [](double Point::* part) {
    return [part](const json& value, Point& point) { return read_real(value, "series", point.*part); };
  };
  const auto average = [](const json& value, Point& point) -> Outcome {
    if (value.is_null()) return {};
    double number = 0;
    if (auto read = read_real(value, "series", number); !read) return read;
    point = {.count = 1, .average = number, .least = number, .greatest = number};
    return {};
  };
  const auto count = [](const json& value, Point& point) -> Outcome {
    const bool there = point.count > 0;
    if (auto read = read_whole(value, "series", point.count); !read) return read;
    if ((point.count > 0) != there) return fault("series", "what has no average has no count either");
    return {};
  };
  for (const auto& done : {read_column(object, "average", points, average),
                           read_column(object, "least", points, real(&Point::least)),
                           read_column(object, "greatest", points, real(&Point::greatest)),
                           read_column(object, "count", points, count)})
    if (!done) return done;
  return {};
}

Outcome read_one(const json& object, TimeSeries& into) {
  if (!object.is_object()) return fault("series", "each must be an object");
  Series series;
  for (const auto& read :
       {read_text(object, "name", series.key.name), read_text(object, "kind", series.key.kind),
        read_text(object, "unit", series.key.unit)})
    if (!read) return read;
  if (const auto* peer = find(object, "peer"))
    if (auto read = read_whole(*peer, "series", series.key.peer.emplace()); !read) return read;
  if (!measure::valid_name(series.key.name)) return fault("series", "a name is none");
  if (!into.all.empty() && !(into.all.back().key < series.key)) return fault("series", "are out of order");
  series.points.resize(into.begins.size());
  if (auto read = read_points(object, series.points); !read) return read;
  into.all.push_back(std::move(series));
  return {};
}

}  // namespace

Json written_series(const TimeSeries& of) {
  Json object;
  auto& begins = object["begins"] = Json::array();
  for (const double begin : of.begins) begins.push_back(number(begin));
  object["window"] = number(of.window_seconds);
  auto& all = object["all"] = Json::array();
  for (const auto& series : of.all) all.push_back(written_one(series));
  return object;
}

Outcome read_series(const json& line, TimeSeries& into) {
  const auto* series = find(line, "series");
  if (series == nullptr) return {};
  const auto* begins = series->is_object() ? find(*series, "begins") : nullptr;
  const auto* window = series->is_object() ? find(*series, "window") : nullptr;
  const auto* all = series->is_object() ? find(*series, "all") : nullptr;
  if (begins == nullptr || !begins->is_array() || begins->empty() || window == nullptr || all == nullptr ||
      !all->is_array())
    return fault("series", "begins, window and all are needed");
  if (auto read = read_real(*window, "series", into.window_seconds); !read) return read;
  for (const auto& begin : *begins)
    if (auto read = read_real(begin, "series", into.begins.emplace_back()); !read) return read;
  for (const auto& one : *all)
    if (auto read = read_one(one, into); !read) return read;
  return {};
}

}  // namespace tutti::lab::run_line
