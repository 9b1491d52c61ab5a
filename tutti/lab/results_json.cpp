// Format 1 of web/README.md; web/src/results.ts says what the page takes.
#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tutti/lab/histogram.hpp"
#include "tutti/lab/results.hpp"

namespace tutti::lab {
namespace {

using Json = nlohmann::ordered_json;

constexpr double exact_max = 0x1p53;  // of whole numbers that every reader of JSON understands

/// Whole numbers without a fraction, as people write them; null for what is no number.
Json number(double value) {
  if (!std::isfinite(value)) return nullptr;
  if (value == std::trunc(value) && std::abs(value) < exact_max) return static_cast<std::int64_t>(value);
  return value;
}

Json written_seed(std::uint64_t seed) {
  if (static_cast<double>(seed) < exact_max) return seed;
  return std::to_string(seed);
}

std::string cut(const std::string& text) {
  return text.substr(0, shown_text_bytes_max);
}

Json axis_value(const AxisValue& value) {
  if (const auto* real = std::get_if<double>(&value)) return number(*real);
  return cut(std::get<std::string>(value));
}

Json axes_of(const Experiment& experiment) {
  auto axes = Json::array();
  for (const auto& axis : experiment.axes) {
    auto values = Json::array();
    for (const auto& value : axis.values) values.push_back(axis_value(value));
    axes.push_back(
        {{"name", axis.name}, {"title", axis.title}, {"unit", axis.unit}, {"values", std::move(values)}});
  }
  return axes;
}

Json measures_of(const Experiment& experiment) {
  auto measures = Json::array();
  for (const auto& measure : experiment.measures) {
    Json object{{"name", measure.name}, {"title", measure.title}, {"unit", measure.unit}};
    if (measure.better != Better::neither)
      object["better"] = measure.better == Better::lower ? "lower" : "higher";
    auto& references = object["references"] = Json::array();
    for (const auto& reference : measure.references)
      references.push_back({{"name", reference.name}, {"title", reference.title}});
    if (!measure.bar.empty()) object["bar"] = cut(measure.bar);
    measures.push_back(std::move(object));
  }
  return measures;
}

Json run_of(const RunResult& run) {
  Json object{{"seed", written_seed(run.seed)},
              {"trace", fmt::format("{:016x}", run.trace)},
              {"seconds", number(run.seconds)},
              {"events", run.events}};
  auto& values = object["values"] = Json::object();
  for (const auto& [name, value] : run.values) values[name] = number(value);
  if (run.failure) object["failed"] = cut(*run.failure);
  return object;
}

Json cells_json(const Results& results) {
  auto cells = Json::array();
  const auto runs = runs_by_cell(results);
  for (const auto& cell : cells_of(results.experiment)) {
    auto at = Json::array();
    for (const auto& value : cell.at) at.push_back(axis_value(value));
    Json object{{"at", std::move(at)},
                {"values", Json::object()},
                {"references", Json::object()},
                {"holds", Json::object()},
                {"runs", Json::array()}};
    for (const auto* run : runs[cell.index]) object["runs"].push_back(run_of(*run));
    cells.push_back(std::move(object));
  }
  for (const auto& measure : results.experiment.measures) {
    const auto values = values_of(results, measure);
    const auto verdicts = holds(results, measure);
    for (std::size_t cell = 0; cell < values.size(); ++cell) {
      const auto& value = values[cell];
      if (value.count > 0)
        cells[cell]["values"][measure.name] = {{"count", value.count},
                                               {"average", number(value.average)},
                                               {"min", number(value.least)},
                                               {"max", number(value.greatest)}};
      for (const auto& reference : measure.references)
        if (const auto known = reference_at(results, measure, reference, cell))
          cells[cell]["references"][measure.name][reference.name] = number(*known);
      if (verdicts[cell]) cells[cell]["holds"][measure.name] = *verdicts[cell];
    }
  }
  return cells;
}

/// The sketch within; null in a counter.
const measure::Sketch* sketch_in(const measure::Value& value) {
  if (const auto* gauge = std::get_if<measure::GaugeValue>(&value)) return &gauge->levels;
  if (const auto* distribution = std::get_if<measure::DistributionValue>(&value))
    return &distribution->samples;
  return nullptr;
}

/// A counter has no range.
Json written_point(double time, const Point& point, bool range) {
  if (point.count == 0) return {number(time), nullptr, nullptr, nullptr, 0};
  return {number(time), number(point.average), range ? number(point.least) : nullptr,
          range ? number(point.greatest) : nullptr, point.count};
}

void add_series(Json& all, std::size_t& points_left, std::size_t cell, const TimeSeries& of) {
  for (const auto& series : of.all) {
    if (of.begins.size() > points_left) return;
    points_left -= of.begins.size();
    const bool range =
        series.key.kind != measure::kind_of(measure::CounterValue()) && series.key.kind != peer_value_kind;
    auto points = Json::array();
    for (std::size_t i = 0; i < of.begins.size(); ++i)
      points.push_back(written_point(of.begins[i] - of.begins.front(), series.points[i], range));
    Json object{{"cell", cell}, {"name", series.key.name}, {"unit", series.key.unit}};
    if (series.key.peer) object["peer"] = *series.key.peer;
    object["window_seconds"] = number(of.window_seconds);
    object["points"] = std::move(points);
    all.push_back(std::move(object));
  }
}

/// The first of those that were run.
std::vector<std::size_t> detailed_cells(const std::vector<std::vector<const RunResult*>>& cells) {
  std::vector<std::size_t> detailed;
  for (std::size_t cell = 0; cell < cells.size() && detailed.size() < detailed_cells_max; ++cell)
    if (!cells[cell].empty()) detailed.push_back(cell);
  return detailed;
}

Json series_of(const std::vector<std::vector<const RunResult*>>& cells) {
  auto all = Json::array();
  std::size_t points_left = series_points_max;
  for (const auto cell : detailed_cells(cells)) {
    const auto run = std::ranges::find_if(cells[cell], [](const auto* one) { return !one->series.empty(); });
    if (run != cells[cell].end()) add_series(all, points_left, cell, (*run)->series);
  }
  return all;
}

Json distribution_of(std::size_t cell, const measure::Measure& one, const measure::Sketch& sketch) {
  constexpr std::array shares{0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999};
  auto percentiles = Json::array();
  for (const double share : shares)
    percentiles.push_back(Json::array({share, number(*sketch.quantile(share))}));
  auto buckets = Json::array();
  for (const auto& bar : histogram_of(sketch))
    buckets.push_back(Json::array({number(bar.lower), number(bar.upper), bar.count}));
  return {{"cell", cell},
          {"name", one.name},
          {"unit", one.unit},
          {"count", sketch.count},
          {"average", number(*sketch.mean())},
          {"min", number(sketch.least)},
          {"max", number(sketch.greatest)},
          {"percentiles", std::move(percentiles)},
          {"buckets", std::move(buckets)}};
}

Json distributions_of(const std::vector<std::vector<const RunResult*>>& cells) {
  auto all = Json::array();
  for (const auto cell : detailed_cells(cells)) {
    measure::Measures totals;
    for (const auto* run : cells[cell])
      if (!run->failure) totals = merge(totals, run->totals);
    for (const auto& one : totals.all)
      if (const auto* sketch = sketch_in(one.value);
          sketch != nullptr && sketch->count > 0 && all.size() < shown_distributions_max)
        all.push_back(distribution_of(cell, one, *sketch));
  }
  return all;
}

/// Null if there is none to show.
Json network_of(const Results& results) {
  const auto& [peers, links] = results.network;
  if (peers == 0 || peers > shown_peers_max || links.size() > shown_links_max) return nullptr;
  Json network{{"peers", Json::array()}, {"links", Json::array()}, {"changes", Json::array()}};
  for (std::uint32_t peer = 0; peer < peers; ++peer) network["peers"].push_back({{"id", peer}});
  for (const auto& [one, other] : links)
    if (one < peers && other < peers) network["links"].push_back(Json::array({one, other}));
  auto& changes = network["changes"];
  for (const auto& change : results.changes) {
    if (changes.size() == shown_changes_max) break;
    if (change.peer < peers && std::isfinite(change.seconds))
      changes.push_back(
          {{"time", number(change.seconds)}, {"peer", change.peer}, {"what", cut(change.what)}});
  }
  return network;
}

constexpr std::string_view element_begin = R"(<script type="application/json" id="results">)";
constexpr std::string_view element_end = "</script>";

}  // namespace

std::string to_json(const Results& results) {
  const auto& experiment = results.experiment;
  const auto runs = runs_by_cell(results);
  Json all{{"format", 1},
           {"tutti", TUTTI_VERSION},
           {"experiment",
            {{"name", experiment.name}, {"title", cut(experiment.title)}, {"text", cut(experiment.text)}}},
           {"started", results.started},
           {"seconds", number(results.seconds)},
           {"seed", written_seed(experiment.seed)},
           {"mode", results.live ? "live" : "simulated"},
           {"axes", axes_of(experiment)},
           {"measures", measures_of(experiment)},
           {"cells", cells_json(results)},
           {"series", series_of(runs)},
           {"distributions", distributions_of(runs)}};
  if (auto network = network_of(results); !network.is_null()) all["network"] = std::move(network);
  return all.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::expected<std::string, std::string> to_html(const std::filesystem::path& page, const std::string& json) {
  std::ifstream file(page, std::ios::binary);
  if (!file) return std::unexpected(fmt::format("{}: there is no report page to be read", page.string()));
  std::string html{std::istreambuf_iterator<char>(file), {}};
  const auto empty = fmt::format("{}null{}", element_begin, element_end);
  const auto found = html.find(empty);
  if (found == std::string::npos)
    return std::unexpected(fmt::format("{}: is no report page without results", page.string()));
  // Within JSON it stands only in texts, where it could end the element or begin a comment.
  std::string safe;
  for (const char c : json) {
    if (c == '<')
      safe += "\\u003c";
    else
      safe += c;
  }
  html.replace(found, empty.size(), fmt::format("{}{}{}", element_begin, safe, element_end));
  return html;
}

}  // namespace tutti::lab
