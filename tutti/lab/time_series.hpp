// What each measure was in each window of a run, as far as anybody looks at it: how much a counter counted,
// and average, least and greatest of the rest, with six digits. The windows themselves, with the buckets of
// all their sketches and every name in each, would be most of what a sweep writes.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/measure/measures.hpp"

namespace tutti::lab {

/// A measure in one window.
struct Point {
  std::uint64_t count = 0;  ///< numbers behind it: 1 of a counter, 0 if there is nothing
  double average = 0;       ///< of a counter what it has counted
  double least = 0;
  double greatest = 0;

  bool operator==(const Point&) const = default;
};

/// Of a peer's measure: one number a window.
inline constexpr std::string_view peer_value_kind = "value";

/// What tells series apart.
struct SeriesKey {
  std::optional<std::uint32_t> peer{};  ///< whose it is; nothing if it is the whole network's
  std::string name;
  std::string kind;  ///< measure::kind_of(), or peer_value_kind
  std::string unit;

  auto operator<=>(const SeriesKey&) const = default;
};

struct Series {
  SeriesKey key;
  std::vector<Point> points;  ///< one a window

  bool operator==(const Series&) const = default;
};

struct TimeSeries {
  std::vector<double> begins;  ///< of the windows, in seconds since the experiment's start
  double window_seconds = 0;   ///< of the first; others may be shorter
  std::vector<Series> all;     ///< ordered by their keys; no two alike

  bool operator==(const TimeSeries&) const = default;
  [[nodiscard]] bool empty() const { return begins.empty(); }

  /// Begins another window, in which nothing is known yet.
  void begin_window(Duration begin, Duration end);
  /// What the whole network measured in the last window.
  void add(const measure::Measures& measures);
  /// What one peer's measure was in the last window.
  void add(std::uint32_t peer, std::string_view measure, std::string_view unit, double value);
};

// Of a run, so that series of single peers are as bounded as those of the whole network:
inline constexpr std::uint32_t watched_peers_max = 250;
inline constexpr std::uint64_t peer_points_max = 250'000;

/// With six digits; whole numbers that a double holds exactly keep all of theirs.
double shortened(double value);

}  // namespace tutti::lab
