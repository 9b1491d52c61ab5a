#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tutti/base/nearest.hpp"
#include "tutti/base/text.hpp"
#include "tutti/lab/generators.hpp"

namespace tutti::lab {
namespace {

/// `key=value`, and where in the text.
struct Field {
  std::string_view key;
  std::size_t key_begin = 0;
  std::size_t value_begin = 0;
  std::size_t value_end = 0;
};

/// The fields of one generator, which whoever knows the keys takes out one by one. Collects the mistakes.
class Fields {
 public:
  explicit Fields(std::string_view text) : text_(text) { read_fields(); }

  [[nodiscard]] std::string_view kind() const { return kind_; }

  /// Reads the field `key` into `value` by `read`, if it is there. True if it was written, even if wrongly.
  template <typename T, typename Read>
  bool take(std::string_view key, T& value, Read read) {
    known_.push_back(key);
    const auto field = std::ranges::find(fields_, key, &Field::key);
    if (field == fields_.end()) return false;
    auto result = read(text_.substr(0, field->value_end), field->value_begin);
    if (result)
      value = *std::move(result);
    else
      add(std::move(result.error()));
    fields_.erase(field);
    return true;
  }
  /// It must be there; `example` is shown if it is not.
  template <typename T, typename Read>
  void need(std::string_view key, std::string_view example, T& value, Read read) {
    if (!take(key, value, read)) add({0, fmt::format("{} needs {}={}", kind_, key, example)});
  }
  void add(Fault fault) { faults_.push_back(std::move(fault)); }

  /// What is left is unknown, or there a second time.
  std::vector<Fault> finish() && {
    for (const auto& field : fields_) {
      if (std::ranges::find(known_, field.key) != known_.end())
        add({field.key_begin, fmt::format("'{}' is there twice", field.key)});
      else if (const auto nearest = nearest_name(field.key.substr(0, name_bytes_max), known_))
        add({field.key_begin, fmt::format("there is no {}; did you mean '{}'?", quote(field.key), *nearest)});
      else
        add({field.key_begin,
             fmt::format("there is no {}: {} has {}", quote(field.key), kind_, fmt::join(known_, ", "))});
    }
    std::ranges::sort(faults_, {}, [](const Fault& fault) { return std::tie(fault.offset, fault.what); });
    return std::move(faults_);
  }

 private:
  static constexpr std::string_view blanks = " \t";

  void read_fields() {
    std::size_t place = 0;
    const auto skip_blanks = [&] { place = std::min(text_.find_first_not_of(blanks, place), text_.size()); };
    skip_blanks();
    const auto kind_end = std::min(text_.find_first_of(blanks, place), text_.size());
    kind_ = text_.substr(place, kind_end - place);
    for (place = kind_end, skip_blanks(); place < text_.size(); skip_blanks()) {
      const auto end = std::min(text_.find_first_of(" \t=", place), text_.size());
      Field field{.key = text_.substr(place, end - place), .key_begin = place};
      if (end == text_.size() || text_[end] != '=' || field.key.empty())
        return add({place, fmt::format("key=value is needed, not {}", quote(text_.substr(place)))});
      field.value_begin = end + 1;
      if (text_.substr(field.value_begin).starts_with('\'')) {
        const auto closing = text_.find('\'', ++field.value_begin);
        if (closing == std::string_view::npos) return add({end + 1, "the single quote is never closed"});
        field.value_end = closing;
        place = closing + 1;
      } else {
        field.value_end = place = std::min(text_.find_first_of(blanks, field.value_begin), text_.size());
      }
      fields_.push_back(field);
    }
  }

  std::string_view text_;
  std::string_view kind_;
  std::vector<Field> fields_;
  std::vector<std::string_view> known_;
  std::vector<Fault> faults_;
};

// How values are read: each takes a text and where in it the value begins.

std::expected<PeerSet, Fault> read_peers(std::string_view text, std::size_t begin) {
  auto peers = PeerSet::parse(text.substr(begin));
  if (!peers) peers.error().offset += begin;
  return peers;
}

std::expected<Duration, Fault> read_time(std::string_view text, std::size_t begin) {
  const auto time = parse_duration(text.substr(begin));
  if (!time) return std::unexpected(Fault{begin, time.error()});
  return *time;
}

std::expected<Duration, Fault> read_mean(std::string_view text, std::size_t begin) {
  auto time = read_time(text, begin);
  if (time && *time == Duration()) return std::unexpected(Fault{begin, "a mean is above zero"});
  return time;
}

std::expected<double, Fault> read_rate(std::string_view text, std::size_t begin) {
  struct Unit {
    std::string_view name;
    double per_minute;
  };
  static constexpr std::array units{Unit{"s", 60.0}, Unit{"min", 1.0}, Unit{"h", 1.0 / 60}};
  const auto [number_text, unit_name] = split(text.substr(begin), '/');
  const auto number = parse_real(number_text);
  const auto* const unit = std::ranges::find(units, unit_name.value_or(""), &Unit::name);
  if (!number || *number <= 0 || unit == units.end())
    return std::unexpected(
        Fault{begin, fmt::format("{} is no rate: a number above zero with /s, /min or /h is "
                                 "needed, such as 25/min",
                                 quote(text.substr(begin)))});
  return *number * unit->per_minute;
}

std::expected<bool, Fault> read_begin(std::string_view text, std::size_t begin) {
  const auto word = text.substr(begin);
  if (word == "online" || word == "offline") return word == "online";
  return std::unexpected(Fault{begin, fmt::format("online or offline is needed, not {}", quote(word))});
}

/// The times between which a generator makes calls.
template <typename Kind>
void take_span(Fields& fields, Kind& kind) {
  fields.take("from", kind.from, read_time);
  fields.take("until", kind.until, [&](std::string_view text, std::size_t begin) {
    auto until = read_time(text, begin);
    if (until && *until < kind.from)
      return std::expected<Duration, Fault>(std::unexpected(Fault{begin, "it ends before it begins"}));
    return until;
  });
}

Generator read_churn(Fields& fields) {
  Churn churn;
  fields.need("online", "40s", churn.online, read_mean);
  fields.need("offline", "20s", churn.offline, read_mean);
  fields.take("peers", churn.peers, read_peers);
  fields.take("begin", churn.online_at_first, read_begin);
  take_span(fields, churn);
  return churn;
}

Generator read_poisson(Fields& fields) {
  Poisson poisson;
  fields.need("rate", "25/min", poisson.per_minute, read_rate);
  fields.take("peers", poisson.peers, read_peers);
  Call call;
  fields.need("call", R"('Peer.submit("turn")')", call, parse_call);
  do poisson.calls.push_back(std::exchange(call, {}));
  while (fields.take("call", call, parse_call));
  take_span(fields, poisson);
  return poisson;
}

Generator read_flash(Fields& fields) {
  Flash flash;
  fields.take("peers", flash.peers, read_peers);
  fields.need("at", "60s", flash.at, read_time);
  fields.need("within", "5s", flash.within, [&](std::string_view text, std::size_t begin) {
    auto within = read_time(text, begin);
    if (within && *within / 2 > flash.at)
      return std::expected<Duration, Fault>(std::unexpected(
          Fault{begin, "half of it is before 'at', but that is before the experiment begins"}));
    return within;
  });
  return flash;
}

Generator read_ramp(Fields& fields) {
  Ramp ramp;
  fields.take("peers", ramp.peers, read_peers);
  fields.take("from", ramp.from, read_time);
  fields.need("every", "500ms", ramp.every, read_time);
  return ramp;
}

struct GeneratorKind {
  std::string_view name;
  Generator (*read)(Fields& fields);
};
constexpr std::array kinds{GeneratorKind{"churn", &read_churn}, GeneratorKind{"poisson", &read_poisson},
                           GeneratorKind{"flash", &read_flash}, GeneratorKind{"ramp", &read_ramp}};

std::string unknown_kind(std::string_view name) {
  constexpr std::array<std::string_view, 4> names{"churn", "poisson", "flash", "ramp"};
  const auto nearest = nearest_name(name.substr(0, name_bytes_max), names);
  return nearest ? fmt::format("there is no generator {}; did you mean '{}'?", quote(name), *nearest)
                 : fmt::format("there is no generator {}, only {}", quote(name), fmt::join(names, ", "));
}

}  // namespace

std::expected<Generator, Mistakes> parse_generator(std::string_view text, const std::string& source) {
  if (text.size() > scenario_line_bytes_max)
    return std::unexpected(
        Mistakes{{source, 1, 1,
                  fmt::format("the generator is too long: {} bytes are possible", scenario_line_bytes_max)}});
  Fields fields(text);
  const auto* const kind = std::ranges::find(kinds, fields.kind(), &GeneratorKind::name);
  if (kind == kinds.end()) return std::unexpected(Mistakes{{source, 1, 1, unknown_kind(fields.kind())}});
  auto generator = kind->read(fields);
  Mistakes mistakes;
  for (auto& fault : std::move(fields).finish()) {
    if (mistakes.size() >= mistakes_max) break;
    mistakes.push_back({source, 1, static_cast<std::uint32_t>(fault.offset + 1), std::move(fault.what)});
  }
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes));
  return generator;
}

}  // namespace tutti::lab
