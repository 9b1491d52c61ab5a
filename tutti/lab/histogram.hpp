// A sketch as a handful of bars for a chart. The buckets of a sketch grow with the numbers, and there may be
// thousands of them.
//
// Where all numbers are positive, neighbouring buckets become one bar, so that bars grow with the numbers too
// and suit a logarithmic axis. Zero has no place on such an axis and negative numbers neither: then all bars
// are as wide as the widest bucket, and each bucket counts where its middle is, at most 1/128 of its value
// off.
#pragma once

#include <cstdint>
#include <vector>

#include "tutti/measure/sketch.hpp"

namespace tutti::lab {

struct HistogramBar {
  double lower = 0;
  double upper = 0;  ///< above lower
  std::uint64_t count = 0;

  bool operator==(const HistogramBar&) const = default;
};

inline constexpr std::size_t histogram_bars_max = 200;

/// In the order of the numbers, none empty, none overlapping another; their counts add up to the sketch's.
std::vector<HistogramBar> histogram_of(const measure::Sketch& sketch);

}  // namespace tutti::lab
