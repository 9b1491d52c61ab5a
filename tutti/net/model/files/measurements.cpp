#include "tutti/net/model/files/measurements.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace tutti {
namespace {

std::string pair_text(const Measurements& found, std::size_t source, std::size_t target) {
  if (found.names.empty()) return fmt::format("row {} to {}", source + 1, target + 1);
  return fmt::format("{} to {}", quotable(found.names[source]), quotable(found.names[target]));
}

/// Calls `use(source, target)` for every two different rows until it returns an error.
template <typename Use>
std::expected<void, std::string> for_each_pair(std::size_t rows, Use use) {
  for (std::size_t source = 0; source < rows; ++source)
    for (std::size_t target = 0; target < rows; ++target)
      if (source != target)
        if (auto fine = use(source, target); !fine) return fine;
  return {};
}

/// The median; of an even number the upper one. There is one if anything is there.
std::optional<Duration> median_of(const Measurements& found) {
  std::vector<Duration> present;
  for (std::size_t i = 0; i < found.of.size(); ++i)
    if (i % (found.rows + 1) != 0 && found.of[i].mean) present.push_back(*found.of[i].mean);
  if (present.empty()) return {};
  const auto middle = present.begin() + static_cast<std::ptrdiff_t>(present.size() / 2);
  std::nth_element(present.begin(), middle, present.end());
  return *middle;
}

/// What takes the place of a missing measurement: no spread is known of a median or of a way over another
/// node.
Measurement constant(Duration mean) {
  return {.mean = mean, .spread = {.least = mean, .greatest = mean, .deviation = {}}};
}

/// What is known between two rows: the way there, else the way back.
const Measurement& there_or_back(const Measurements& found, std::size_t source, std::size_t target) {
  const auto& there = found.at(source, target);
  return there.mean ? there : found.at(target, source);
}

std::optional<Measurement> detour(const Measurements& found, std::size_t source, std::size_t target) {
  if (const auto& direct = there_or_back(found, source, target); direct.mean) return direct;
  std::optional<Duration> best;
  for (std::size_t over = 0; over < found.rows; ++over) {
    if (over == source || over == target) continue;
    const auto& first = there_or_back(found, source, over).mean;
    const auto& second = there_or_back(found, over, target).mean;
    if (first && second && (!best || *first + *second < *best)) best = *first + *second;
  }
  if (!best) return {};
  return constant(std::min(*best, network_delay_max));
}

}  // namespace

std::expected<Duration, std::string> one_way(const TextRows& rows, const TextCell& cell, Duration unit,
                                             const DelayFileOptions& options) {
  const auto amount = rows.amount(cell);
  if (!amount) return std::unexpected(amount.error());
  const double seconds = *amount * in_seconds(unit) / (options.one_way ? 1 : 2);
  if (seconds > in_seconds(network_delay_max))
    return rows.error(cell.place, fmt::format("'{}' is longer than an hour", quotable(cell.text)));
  return from_seconds(seconds);
}

std::expected<DelayMatrix, std::string> completed(Measurements found, const TextRows& rows,
                                                  const DelayFileOptions& options) {
  if (found.rows < 2) return rows.error(rows.place(), "a network has at least two rows");
  if (options.symmetric) {
    const auto symmetric = for_each_pair(
        found.rows, [&](std::size_t source, std::size_t target) -> std::expected<void, std::string> {
          if (found.at(source, target).mean == found.at(target, source).mean) return {};
          return rows.error(found.at(source, target).place, fmt::format("{} is not the same there and back",
                                                                        pair_text(found, source, target)));
        });
    if (!symmetric) return std::unexpected(symmetric.error());
  }

  DelayMatrix matrix{.rows = found.rows, .mean = {}, .spread = {}, .names = found.names};
  matrix.mean.resize(found.of.size());
  if (found.has_spread) matrix.spread.resize(found.of.size());
  const auto median = options.missing == MissingDelays::median ? median_of(found) : std::nullopt;
  const auto filled = for_each_pair(
      found.rows, [&](std::size_t source, std::size_t target) -> std::expected<void, std::string> {
        const Measurement& own = found.at(source, target);
        std::optional<Measurement> measured = own;
        if (!own.mean && options.missing == MissingDelays::detour)
          measured = detour(found, source, target);
        else if (!own.mean && median)
          measured = constant(*median);
        if (!measured || !measured->mean)
          return rows.error(
              own.place,
              fmt::format("{} is missing{}", pair_text(found, source, target),
                          options.missing == MissingDelays::fail ? "" : ", and nothing can replace it"));
        matrix.mean[source * found.rows + target] = *measured->mean;
        if (found.has_spread) matrix.spread[source * found.rows + target] = measured->spread;
        return {};
      });
  if (!filled) return std::unexpected(filled.error());
  return matrix;
}

}  // namespace tutti
