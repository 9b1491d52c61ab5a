// A line is a JSON object; measures in it are the hexadecimal digits of their MessagePack: exact, and checked
// by the decoder that checks what neighbours send.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tutti/base/bytes.hpp"
#include "tutti/lab/results.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti::lab {
namespace {

using nlohmann::json;
using Outcome = std::expected<void, std::string>;

std::unexpected<std::string> fault(std::string_view key, std::string_view what) {
  return std::unexpected(fmt::format("{}: {}", key, what));
}

/// Below the object, its lists and its maps there are only plain values.
constexpr int depth_max = 2;

/// A line's length bounds what is in it: the least element takes a byte.
constexpr DecodeLimits limits{.elements_max = run_line_bytes_max};
constexpr measure::Bounds bounds{.measures = run_line_bytes_max, .buckets = run_line_bytes_max};

/// Nothing if there is no such key, or null.
const json* find(const json& object, const char* key) {
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

template <typename Number>
Outcome read_whole(const json& object, const char* key, Number& number) {
  const auto* value = find(object, key);
  if (value == nullptr || !value->is_number_unsigned()) return fault(key, "must be a whole number");
  const auto wide = value->get<std::uint64_t>();
  if (wide > std::numeric_limits<Number>::max()) return fault(key, "is too large");
  number = static_cast<Number>(wide);
  return {};
}

Outcome read_real(const json& value, const char* key, double& number) {
  if (!value.is_number()) return fault(key, "must be a number");
  number = value.get<double>();
  if (!std::isfinite(number)) return fault(key, "must be a finite number");
  return {};
}

Outcome read_values(const json& object, std::map<std::string, double>& values) {
  const auto* all = find(object, "values");
  if (all == nullptr) return {};
  if (!all->is_object()) return fault("values", "must be an object");
  for (const auto& [name, value] : all->items())
    if (auto read = read_real(value, "values", values[name]); !read) return read;
  return {};
}

Outcome read_texts(const json& object, const char* key, std::vector<std::string>& texts) {
  const auto* all = find(object, key);
  if (all == nullptr) return {};
  if (!all->is_array()) return fault(key, "must be a list");
  for (const auto& text : *all) {
    if (!text.is_string()) return fault(key, "must hold texts");
    texts.push_back(text.get<std::string>());
  }
  return {};
}

template <typename T>
std::expected<T, std::string> unpacked(const char* key, const std::string& digits) {
  const auto bytes = from_hex(digits);
  if (!bytes) return fault(key, bytes.error());
  auto value = decode<T>(*bytes, limits);
  if (!value) return fault(key, describe(value.error()));
  return std::move(*value);
}

Outcome read_measures(const json& object, RunResult& run) {
  if (const auto* digits = find(object, "totals")) {
    if (!digits->is_string()) return fault("totals", "must be a text");
    auto totals = unpacked<measure::Measures>("totals", digits->get_ref<const std::string&>());
    if (!totals) return std::unexpected(totals.error());
    if (const auto checked = measure::check(*totals, bounds); !checked)
      return fault("totals", checked.error());
    run.totals = std::move(*totals);
  }
  std::vector<std::string> windows;
  if (auto read = read_texts(object, "series", windows); !read) return read;
  for (const auto& digits : windows) {
    auto window = unpacked<measure::Window>("series", digits);
    if (!window) return std::unexpected(window.error());
    if (const auto checked = measure::check(window->measures, bounds); !checked)
      return fault("series", checked.error());
    if (window->end < window->begin) return fault("series", "a window ends before it begins");
    run.series.push_back(std::move(*window));
  }
  return {};
}

Outcome read_run(const json& object, RunResult& run) {
  if (!object.is_object()) return std::unexpected("a run is a JSON object");
  for (const auto& read :
       {read_whole(object, "cell", run.cell), read_whole(object, "repetition", run.repetition),
        read_whole(object, "seed", run.seed), read_whole(object, "trace", run.trace),
        read_whole(object, "events", run.events), read_values(object, run.values),
        read_texts(object, "complaints", run.complaints), read_measures(object, run)})
    if (!read) return read;
  if (run.cell >= cells_max) return fault("cell", "is too large");
  if (run.complaints.size() > mistakes_max) return fault("complaints", "are too many");
  if (const auto* seconds = find(object, "seconds"))
    if (auto read = read_real(*seconds, "seconds", run.seconds); !read) return read;
  if (const auto* failure = find(object, "failure")) {
    if (!failure->is_string()) return fault("failure", "must be a text");
    run.failure = failure->get<std::string>();
  }
  return {};
}

}  // namespace

std::string to_line(const RunResult& run) {
  nlohmann::ordered_json line{{"cell", run.cell},
                              {"repetition", run.repetition},
                              {"seed", run.seed},
                              {"trace", run.trace},
                              {"events", run.events}};
  if (std::isfinite(run.seconds)) line["seconds"] = run.seconds;
  auto& values = line["values"] = nlohmann::ordered_json::object();
  for (const auto& [name, value] : run.values)
    if (std::isfinite(value)) values[name] = value;
  line["totals"] = to_hex(encode(run.totals));
  auto& complaints = line["complaints"] = nlohmann::ordered_json::array();
  for (std::size_t i = 0; i < std::min(run.complaints.size(), mistakes_max); ++i)
    complaints.push_back(run.complaints[i]);
  if (run.failure) line["failure"] = *run.failure;
  const auto written = [&] { return line.dump(-1, ' ', false, json::error_handler_t::replace); };

  auto text = written();
  constexpr std::size_t frame_bytes = 16;  // the key and its brackets
  constexpr std::size_t window_frame_bytes = 3;
  std::size_t bytes = text.size() + frame_bytes;
  std::vector<std::string> windows;
  for (const auto& window : run.series) {
    const auto packed = encode(window);
    bytes += 2 * packed.size() + window_frame_bytes;
    if (bytes > run_line_bytes_max) return text;
    windows.push_back(to_hex(packed));
  }
  line["series"] = std::move(windows);
  return written();
}

std::expected<RunResult, std::string> from_line(std::string_view line) {
  if (line.size() > run_line_bytes_max)
    return std::unexpected(fmt::format("a run of more than {} bytes", run_line_bytes_max));
  bool deep = false;
  const auto object = json::parse(
      line,
      [&](int depth, json::parse_event_t event, const json& /*parsed*/) {
        const bool opens =
            event == json::parse_event_t::object_start || event == json::parse_event_t::array_start;
        deep = deep || (opens && depth >= depth_max);
        return !deep;
      },
      /*allow_exceptions=*/false);
  if (deep || object.is_discarded()) return std::unexpected("a run is one JSON object, and not a deep one");
  RunResult run;
  if (const auto read = read_run(object, run); !read) return std::unexpected(read.error());
  return run;
}

}  // namespace tutti::lab
