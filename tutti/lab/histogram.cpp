#include "tutti/lab/histogram.hpp"

#include <algorithm>
#include <array>

namespace tutti::lab {
namespace {

using measure::Buckets;
using measure::Sketch;

std::vector<HistogramBar> growing_bars(const Buckets& buckets) {
  const auto size = static_cast<std::uint32_t>(buckets.counts.size());
  const auto together = static_cast<std::uint32_t>((size + histogram_bars_max - 1) / histogram_bars_max);
  std::vector<HistogramBar> bars;
  for (std::uint32_t from = 0; from < size; from += together) {
    const auto to = std::min(from + together, size);
    HistogramBar bar{.lower = Sketch::bucket_begin(buckets.first + from),
                     .upper = Sketch::bucket_begin(buckets.first + to)};
    for (auto i = from; i < to; ++i) bar.count += buckets.counts[i];
    if (bar.count > 0) bars.push_back(bar);
  }
  return bars;
}

std::vector<HistogramBar> equal_bars(const Sketch& sketch) {
  // The widest bucket is this share of what is in it, so narrower bars would leave gaps.
  constexpr double share = 1.0 / 64;
  static_assert(2 / share + 1 <= histogram_bars_max);
  const auto within = [](double number) {
    return std::clamp(number, -Sketch::magnitude_max, Sketch::magnitude_max);
  };
  const double first = within(sketch.least);
  const double magnitude = std::max(-first, within(sketch.greatest));
  const double width = magnitude < Sketch::magnitude_min ? 1 : magnitude * share;

  std::array<std::uint64_t, histogram_bars_max> counts{};
  const auto count_at = [&](double number, std::uint64_t count) {
    const double place =
        std::clamp((number - first) / width, 0.0, static_cast<double>(histogram_bars_max - 1));
    counts[static_cast<std::size_t>(place)] += count;
  };
  const auto count_side = [&](const Buckets& buckets, double sign) {
    for (std::uint32_t i = 0; i < buckets.counts.size(); ++i) {
      const double low = Sketch::bucket_begin(buckets.first + i);
      const double high = Sketch::bucket_begin(buckets.first + i + 1);
      count_at(sign * (low + (high - low) / 2), buckets.counts[i]);
    }
  };
  count_side(sketch.negative, -1);
  count_at(0, sketch.zeros);
  count_side(sketch.positive, 1);

  std::vector<HistogramBar> bars;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0)
      bars.push_back({.lower = first + static_cast<double>(i) * width,
                      .upper = first + static_cast<double>(i + 1) * width,
                      .count = counts[i]});
  return bars;
}

}  // namespace

std::vector<HistogramBar> histogram_of(const Sketch& sketch) {
  if (sketch.count == 0) return {};
  return sketch.zeros == 0 && sketch.negative.counts.empty() ? growing_bars(sketch.positive)
                                                             : equal_bars(sketch);
}

}  // namespace tutti::lab
