#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tutti/base/require.hpp"
#include "tutti/base/text.hpp"
#include "tutti/net/model/files/readers.hpp"
#include "tutti/net/model/models.hpp"

namespace tutti {
namespace {

using ParsedModel = std::expected<NetworkModelPtr, std::string>;
using Arguments = std::span<const std::string_view>;

std::vector<std::string_view> split_all(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::optional<std::string_view> rest = text; rest;) {
    const auto [part, after] = split(*rest, separator);
    parts.push_back(part);
    rest = after;
  }
  return parts;
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::expected<Duration, std::string> parse_delay(std::string_view text) {
  auto delay = parse_duration(text);
  if (delay && *delay > network_delay_max)
    return std::unexpected(fmt::format("'{}' is longer than an hour", text));
  return delay;
}

template <typename T>
using Range = std::pair<T, T>;

/// Two values with '-' between them.
template <typename T, typename Parse>
std::expected<Range<T>, std::string> parse_range(std::string_view text, Parse parse) {
  const auto [first, second] = split(text, '-');
  if (!second) return std::unexpected(fmt::format("'{}' has no '-' between two values", text));
  const std::expected<T, std::string> begin = parse(first);
  if (!begin) return std::unexpected(begin.error());
  const std::expected<T, std::string> end = parse(*second);
  if (!end) return std::unexpected(end.error());
  if (*begin > *end) return std::unexpected(fmt::format("'{}' begins after its end", text));
  return Range<T>(*begin, *end);
}

struct Unit {
  std::string_view name;
  double size;
};

/// A number with one of these units, the longer of two names that end alike first.
std::optional<double> parse_with_unit(std::string_view text, std::span<const Unit> units) {
  for (const auto& unit : units) {
    if (!text.ends_with(unit.name)) continue;
    const auto number = parse_real(text.substr(0, text.size() - unit.name.size()));
    if (!number) return std::nullopt;
    return *number * unit.size;
  }
  return std::nullopt;
}

std::expected<Bandwidth, std::string> parse_bandwidth(Arguments arguments) {
  static constexpr std::array rates{Unit{"Gbit", 1e9}, Unit{"Mbit", 1e6}, Unit{"kbit", 1e3}, Unit{"bit", 1}};
  static constexpr std::array sizes{Unit{"MiB", 1 << 20}, Unit{"KiB", 1 << 10}, Unit{"B", 1}};
  const auto bits = parse_with_unit(arguments[0], rates);
  if (!bits || *bits < 8 || *bits > 1e12)
    return std::unexpected(fmt::format(
        "'{}' is no bandwidth: 8bit to 1000Gbit a second is needed, such as 1Mbit", arguments[0]));
  const auto bytes = parse_with_unit(arguments[1], sizes);
  if (!bytes || *bytes < 0 || *bytes > 1e12)
    return std::unexpected(fmt::format("'{}' is no queue: a size is needed, such as 64KiB", arguments[1]));
  return Bandwidth{.bytes_per_second = static_cast<std::uint64_t>(*bits / 8),
                   .queue_bytes = static_cast<std::uint64_t>(*bytes)};
}

// Delays
// ---------------------------------------------------------------------------------------------------------

ParsedModel none(Arguments) {
  return constant_delay({});
}

ParsedModel constant(Arguments arguments) {
  const auto delay = parse_delay(arguments[0]);
  if (!delay) return std::unexpected(delay.error());
  return constant_delay(*delay);
}

ParsedModel uniform(Arguments arguments) {
  const auto range = parse_range<Duration>(arguments[0], parse_delay);
  if (!range) return std::unexpected(range.error());
  return uniform_delay(range->first, range->second);
}

ParsedModel normal(Arguments arguments) {
  const auto mean = parse_delay(arguments[0]);
  if (!mean) return std::unexpected(mean.error());
  const auto deviation = parse_delay(arguments[1]);
  if (!deviation) return std::unexpected(deviation.error());
  if (*deviation > *mean)
    return std::unexpected(
        fmt::format("'{}' deviates by more than the mean '{}': pareto does", arguments[1], arguments[0]));
  if (arguments.size() == 2) return normal_delay(*mean, *deviation);
  const auto correlation = parse_share(arguments[2]);
  if (!correlation) return std::unexpected(correlation.error());
  if (*correlation > correlation_max)
    return std::unexpected(
        fmt::format("'{}' is above the greatest correlation, {}%", arguments[2], 100 * correlation_max));
  return normal_delay(*mean, *deviation, *correlation);
}

ParsedModel pareto(Arguments arguments) {
  const auto mean = parse_delay(arguments[0]);
  if (!mean) return std::unexpected(mean.error());
  const auto shape = parse_real(arguments[1]);
  if (!shape || *shape < pareto_shape_min || *shape > pareto_shape_max)
    return std::unexpected(fmt::format("'{}' is no shape: {} to {} is needed", arguments[1], pareto_shape_min,
                                       pareto_shape_max));
  return pareto_delay(*mean, *shape);
}

// Files
// ----------------------------------------------------------------------------------------------------------

/// What may follow a file's name.
struct FileArguments {
  DelayFileOptions delays{};
  LossUnit loss_unit = LossUnit::probability;
  std::optional<Duration> every{};
  std::optional<std::uint64_t> shuffle_seed{};
};

enum class FileKind { coordinates, delays, slices, losses };

std::expected<FileArguments, std::string> parse_file_arguments(Arguments arguments, FileKind kind) {
  static const std::map<std::string_view, Duration> units{{"us", std::chrono::microseconds(1)},
                                                          {"ms", std::chrono::milliseconds(1)},
                                                          {"s", std::chrono::seconds(1)}};
  static const std::map<std::string_view, MissingDelays> policies{
      {"fail", MissingDelays::fail}, {"median", MissingDelays::median}, {"detour", MissingDelays::detour}};
  const bool of_delays = kind == FileKind::delays || kind == FileKind::slices;
  FileArguments result;
  for (const auto argument : arguments) {
    const auto [name, value] = split(argument, '=');
    const std::string_view given = value.value_or("");
    bool understood = true;
    if (name == "shuffle" && parse_count(given))
      result.shuffle_seed = parse_count(given);
    else if (of_delays && name == "unit" && units.contains(given))
      result.delays.unit = units.at(given);
    else if (kind == FileKind::losses && argument == "unit=percent")
      result.loss_unit = LossUnit::percent;
    else if (kind == FileKind::losses && argument == "unit=probability")
      result.loss_unit = LossUnit::probability;
    else if (of_delays && name == "missing" && policies.contains(given))
      result.delays.missing = policies.at(given);
    else if (of_delays && argument == "one-way")
      result.delays.one_way = true;
    else if (of_delays && argument == "symmetric")
      result.delays.symmetric = true;
    else if (kind == FileKind::slices && name == "every") {
      const auto every = parse_duration(given);
      if (!every) return std::unexpected(every.error());
      if (*every > Duration::zero()) result.every = *every;
      understood = result.every.has_value();
    } else {
      understood = false;
    }
    if (!understood)
      return std::unexpected(fmt::format("'{}' is nothing that may follow this file", argument));
  }
  return result;
}

ParsedModel coordinates(Arguments arguments) {
  const auto options = parse_file_arguments(arguments.subspan(1), FileKind::coordinates);
  if (!options) return std::unexpected(options.error());
  const std::string path(arguments[0]);
  const auto text = read_network_file(path);
  if (!text) return std::unexpected(text.error());
  auto places = read_coordinates(path, *text);
  if (!places) return std::unexpected(places.error());
  const std::size_t rows = places->size();
  return coordinate_delay(*std::move(places), Placement(rows, options->shuffle_seed));
}

using ReadDelays = std::expected<DelayMatrix, std::string> (*)(std::string, std::string_view,
                                                               const DelayFileOptions&);

ParsedModel delay_file(const std::string& path, const FileArguments& options, ReadDelays read) {
  const auto text = read_network_file(path);
  if (!text) return std::unexpected(text.error());
  auto matrix = read(path, *text, options.delays);
  if (!matrix) return std::unexpected(matrix.error());
  const std::size_t rows = matrix->rows;
  return matrix_delay(*std::move(matrix), Placement(rows, options.shuffle_seed));
}

template <ReadDelays read>
ParsedModel one_delay_file(Arguments arguments) {
  const auto options = parse_file_arguments(arguments.subspan(1), FileKind::delays);
  if (!options) return std::unexpected(options.error());
  return delay_file(std::string(arguments[0]), *options, read);
}

ParsedModel matrix(Arguments arguments) {
  const auto options = parse_file_arguments(arguments.subspan(1), FileKind::slices);
  if (!options) return std::unexpected(options.error());
  const auto paths = network_files(std::string(arguments[0]));
  if (!paths) return std::unexpected(paths.error());
  if (paths->size() == 1) return delay_file(paths->front(), *options, read_delay_matrix);
  if (!options->every)
    return std::unexpected(
        fmt::format("'{}' holds {} slices: how long each is must be given, such as every=10s", arguments[0],
                    paths->size()));
  std::vector<NetworkSnapshot> slices;
  std::size_t rows = 0;
  TimePoint from;
  for (const auto& path : *paths) {
    const auto text = read_network_file(path);
    if (!text) return std::unexpected(text.error());
    auto slice = read_delay_matrix(path, *text, options->delays);
    if (!slice) return std::unexpected(slice.error());
    if (slices.empty()) rows = slice->rows;
    if (slice->rows != rows)
      return std::unexpected(
          fmt::format("{}:1:1: {} rows, {} in the slices before", path, slice->rows, rows));
    if (rows * rows * paths->size() > network_delays_max)
      return std::unexpected(fmt::format("{}:1:1: more than {} delays in {} such slices", path,
                                         network_delays_max, paths->size()));
    slices.push_back({from, matrix_delay(*std::move(slice), Placement(rows, options->shuffle_seed))});
    from += std::min(*options->every, burst_max);
  }
  return changing(std::move(slices));
}

// Effects
// --------------------------------------------------------------------------------------------------------

template <NetworkModelPtr (*effect)(double, NetworkModelPtr)>
ParsedModel with_share(Arguments arguments, NetworkModelPtr inner) {
  const auto share = parse_share(arguments[0]);
  if (!share) return std::unexpected(share.error());
  return effect(*share, std::move(inner));
}

ParsedModel bursts(Arguments arguments, NetworkModelPtr inner) {
  BurstLoss loss;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto mean = parse_duration(arguments[i]);
    if (!mean) return std::unexpected(mean.error());
    if (*mean < burst_min || *mean > burst_max)
      return std::unexpected(fmt::format("'{}' is not between 1us and a year", arguments[i]));
    (i == 0 ? loss.good_mean : loss.bad_mean) = *mean;
  }
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    const auto share = parse_share(arguments[i]);
    if (!share) return std::unexpected(share.error());
    (i == 2 ? loss.loss_while_bad : loss.loss_while_good) = *share;
  }
  return with_burst_loss(loss, std::move(inner));
}

ParsedModel loss_matrix(Arguments arguments, NetworkModelPtr inner) {
  const auto options = parse_file_arguments(arguments.subspan(1), FileKind::losses);
  if (!options) return std::unexpected(options.error());
  const std::string path(arguments[0]);
  const auto text = read_network_file(path);
  if (!text) return std::unexpected(text.error());
  auto losses = read_loss_matrix(path, *text, options->loss_unit);
  if (!losses) return std::unexpected(losses.error());
  const std::size_t rows = losses->rows;
  return with_loss_matrix(*std::move(losses), Placement(rows, options->shuffle_seed), std::move(inner));
}

ParsedModel narrow(Arguments arguments, NetworkModelPtr inner) {
  const auto bandwidth = parse_bandwidth(arguments);
  if (!bandwidth) return std::unexpected(bandwidth.error());
  return with_bandwidth(*bandwidth, std::move(inner));
}

ParsedModel partitioned(Arguments arguments, NetworkModelPtr inner) {
  const auto parse_node = [](std::string_view text) -> std::expected<std::uint64_t, std::string> {
    const auto node = parse_count(text);
    if (!node) return std::unexpected(fmt::format("'{}' is no node's number", text));
    return *node;
  };
  Partition partition;
  for (const auto group : split_all(arguments[0], '/')) {
    const auto range = parse_range<std::uint64_t>(group, parse_node);
    if (!range) return std::unexpected(range.error());
    partition.groups.push_back({range->first, range->second});
  }
  const auto time = parse_range<Duration>(arguments[1], parse_duration);
  if (!time) return std::unexpected(time.error());
  partition.from = TimePoint(time->first);
  partition.until = TimePoint(time->second);
  return with_partition(std::move(partition), std::move(inner));
}

// The language
// ---------------------------------------------------------------------------------------------------

struct Word {
  std::string_view name;
  std::string_view usage;
  std::size_t arguments_min;
  std::size_t arguments_max;
  ParsedModel (*delay)(Arguments);
  ParsedModel (*effect)(Arguments, NetworkModelPtr inner);
};

constexpr std::size_t file_arguments_max = 7;

constexpr std::array words{
    Word{"none", "none", 0, 0, none, nullptr},
    Word{"constant", "constant:50ms", 1, 1, constant, nullptr},
    Word{"uniform", "uniform:10ms-30ms", 1, 1, uniform, nullptr},
    Word{"normal", "normal:50ms,10ms or normal:50ms,10ms,25%", 2, 3, normal, nullptr},
    Word{"pareto", "pareto:50ms,3", 2, 2, pareto, nullptr},
    Word{"coordinates", "coordinates:FILE", 1, file_arguments_max, coordinates, nullptr},
    Word{"king", "king:FILE", 1, file_arguments_max, coordinates, nullptr},
    Word{"matrix", "matrix:FILE,unit=ms", 1, file_arguments_max, matrix, nullptr},
    Word{"regions", "regions:FILE,unit=ms", 1, file_arguments_max, one_delay_file<read_delay_regions>,
         nullptr},
    Word{"pairs", "pairs:FILE", 1, file_arguments_max, one_delay_file<read_delay_pairs>, nullptr},
    Word{"loss", "loss:1%", 1, 1, nullptr, with_share<with_loss>},
    Word{"bursts", "bursts:10s,200ms or bursts:10s,200ms,50%,0.1%", 2, 4, nullptr, bursts},
    Word{"loss-matrix", "loss-matrix:FILE,unit=percent", 1, file_arguments_max, nullptr, loss_matrix},
    Word{"duplicate", "duplicate:0.1%", 1, 1, nullptr, with_share<with_duplication>},
    Word{"reorder", "reorder:1%", 1, 1, nullptr, with_share<with_reordering>},
    Word{"bandwidth", "bandwidth:1Mbit,64KiB", 2, 2, nullptr, narrow},
    Word{"partition", "partition:0-9/10-19,60s-90s", 2, 2, nullptr, partitioned},
};

class ModelReader {
 public:
  explicit ModelReader(std::span<const NetworkWord> own) : own_(own) {}

  /// Snapshots with their times between them.
  [[nodiscard]] ParsedModel read(std::string_view text) const {
    std::vector<NetworkSnapshot> snapshots;
    for (auto part : split_all(text, ';')) {
      TimePoint from;
      if (!snapshots.empty()) {
        const auto [time, model] = split(part, ':');
        const auto parsed = parse_duration(time);
        if (!parsed)
          return std::unexpected(
              fmt::format("after ';' a time and a model are needed, such as "
                          "60s:constant:100ms: {}",
                          parsed.error()));
        from = TimePoint(*parsed);
        if (from <= snapshots.back().from)
          return std::unexpected(fmt::format("'{}' is not later than the time before", time));
        if (!model) return std::unexpected(fmt::format("'{}' has no ':' and model after its time", part));
        part = *model;
      }
      auto model = read_sum(part);
      if (!model) return model;
      snapshots.push_back({from, *std::move(model)});
    }
    if (snapshots.size() == 1) return snapshots.front().model;
    return changing(std::move(snapshots));
  }

 private:
  [[nodiscard]] ParsedModel read_sum(std::string_view text) const {
    NetworkModelPtr model;
    for (const auto part : split_all(text, '+')) {
      auto longer = read_part(part, std::move(model));
      if (!longer) return longer;
      model = *std::move(longer);
    }
    return model;
  }

  /// `text` after `before`, which is null at the beginning.
  [[nodiscard]] ParsedModel read_part(std::string_view text, NetworkModelPtr before) const {
    const auto [name, rest] = split(text, ':');
    const auto arguments = rest ? split_all(*rest, ',') : std::vector<std::string_view>();
    const auto misses = [&](std::size_t least, std::size_t most) {
      return arguments.size() < least || arguments.size() > most;
    };
    if (const auto* const word = std::ranges::find(words, name, &Word::name); word != words.end()) {
      if (misses(word->arguments_min, word->arguments_max))
        return std::unexpected(fmt::format("'{}' is not {}", text, word->usage));
      if (word->effect != nullptr) return word->effect(arguments, before ? before : constant_delay({}));
      auto delay = word->delay(arguments);
      if (!delay || !before) return delay;
      return sum_of(std::move(before), *std::move(delay));
    }
    for (const auto& word : own_) {
      if (word.name != name) continue;
      if (misses(word.values_min, word.values_max))
        return std::unexpected(fmt::format("'{}' is not {}", text, word.form));
      auto made = word.make(arguments, before ? std::move(before) : constant_delay({}));
      if (!made) return std::unexpected(fmt::format("'{}': {}", text, made.error()));
      require(*made != nullptr, "a network word makes a model, or says why not");
      return made;
    }
    return std::unexpected(
        fmt::format("'{}' is no network model: one of {} is needed", text, fmt::join(names(), ", ")));
  }

  [[nodiscard]] std::vector<std::string_view> names() const {
    std::vector<std::string_view> names;
    for (const auto& each : words) names.push_back(each.name);
    for (const auto& each : own_) names.push_back(each.name);
    return names;
  }

  std::span<const NetworkWord> own_;
};

}  // namespace

ParsedModel parse_network_model(std::string_view text) {
  return parse_network_model(text, {});
}

ParsedModel parse_network_model(std::string_view text, std::span<const NetworkWord> own) {
  return ModelReader(own).read(text);
}

}  // namespace tutti
