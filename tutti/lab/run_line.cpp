// A line is a JSON object; the totals in it are the hexadecimal digits of their MessagePack: exact, and
// checked by the decoder that checks what neighbours send.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tutti/base/bytes.hpp"
#include "tutti/lab/results.hpp"
#include "tutti/lab/run_line_fields.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti::lab {
namespace {

using namespace run_line;

/// The object, its series, the list of all of these, one of them, and its numbers.
constexpr int depth_max = 5;

/// A line's length bounds what is in it: the least element takes a byte.
constexpr DecodeLimits limits{.elements_max = run_line_bytes_max};
constexpr measure::Bounds bounds{.measures = run_line_bytes_max, .buckets = run_line_bytes_max};

template <typename Number>
Outcome read_number(const json& object, const char* key, Number& number) {
  const auto* value = find(object, key);
  return value == nullptr ? fault(key, "must be a whole number") : read_whole(*value, key, number);
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
  return {};
}

Outcome read_run(const json& object, RunResult& run) {
  if (!object.is_object()) return std::unexpected("a run is a JSON object");
  for (const auto& read :
       {read_number(object, "cell", run.cell), read_number(object, "repetition", run.repetition),
        read_number(object, "seed", run.seed), read_number(object, "trace", run.trace),
        read_number(object, "events", run.events), read_values(object, run.values),
        read_texts(object, "complaints", run.complaints), read_measures(object, run),
        read_series(object, run.series)})
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
  if (run.series.empty()) return text;
  line["series"] = written_series(run.series);
  auto longer = written();
  return longer.size() <= run_line_bytes_max ? longer : text;
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
