// A sketch: what a distribution of numbers looked like, in bounded memory: how many, their sum, the least and
// the greatest exactly, and every percentile within 1/128 of its value.
//
// Numbers fall into buckets, 64 of equal width between a power of two and the next, so that a bucket is never
// wider than 1/64 of what is in it (DDSketch: Masson, Rim, Lee, VLDB 2019). A bucket is the upper bits of the
// double itself, as in HdrHistogram: DDSketch's own logarithm is libm's, which differs in the last bit
// between machines, and then two of them disagree on the bucket.
//
// Two sketches merge into what one would be that had seen the numbers of both. The result is a function of
// the numbers alone, bit for bit, in whatever order they were added and merged: buckets have fixed places
// (DDSketch folds its lowest ones when there are too many, UDDSketch makes all of them wider; a single
// hostile number could then spoil everybody's), and the sum is exact (exact_sum.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tutti/measure/exact_sum.hpp"

namespace tutti::measure {

/// The counts of consecutive buckets; the first and the last are not zero.
struct Buckets {
  std::uint32_t first = 0;  ///< the number of the first; 0 if there is none
  std::vector<std::uint64_t> counts;

  bool operator==(const Buckets&) const = default;

  void add(std::uint32_t bucket, std::uint64_t count) {
    if (bucket < first || bucket - first >= counts.size()) reach(bucket);
    counts[bucket - first] += count;
  }
  void add(const Buckets& other);

 private:
  /// Makes room for one that is outside.
  void reach(std::uint32_t bucket);
};

struct Sketch {
  /// A percentile of magnitude between these is within relative_error of the exact one. Nearer to zero it
  /// counts as zero, further away as magnitude_max.
  static constexpr double magnitude_min = 0x1p-40;
  static constexpr double magnitude_max = ExactSum::magnitude_max;
  static constexpr double relative_error = 1.0 / 128;
  /// On each side of zero: bounds the memory to 100 KiB. A thousand-fold range takes 5 KiB.
  static constexpr std::uint32_t buckets_max = 6400;
  /// Of numbers in one that is heard of; far from what any honest network counts and from what overflows.
  static constexpr std::uint64_t count_max = std::uint64_t{1} << 54;

  std::uint64_t count = 0;
  std::uint64_t zeros = 0;  ///< of them, those that count as zero
  ExactSum sum;
  double least = 0;     ///< exactly; 0 if there is none
  double greatest = 0;  ///< the same
  Buckets positive;
  Buckets negative;  ///< by magnitude

  bool operator==(const Sketch&) const = default;

  /// False, and it is not counted, for NaN. Infinities count as the greatest doubles.
  bool add(double value);
  void merge(const Sketch& other);

  /// Nothing if there are no numbers.
  [[nodiscard]] std::optional<double> mean() const;
  /// The number that a share `q` in [0, 1] of all are not above: of n sorted ones that at floor(q (n - 1)).
  /// quantile(0.5) is the median; 0 and 1 give the least and the greatest exactly. Nothing if there are none.
  [[nodiscard]] std::optional<double> quantile(double q) const;

  /// Whether it can have come about by adding and merging: to be asked of what came off a network.
  [[nodiscard]] bool valid() const;
  [[nodiscard]] std::size_t bucket_count() const { return positive.counts.size() + negative.counts.size(); }
  /// The least magnitude that falls into the bucket of that number, at most buckets_max; where the one before
  /// ends.
  [[nodiscard]] static double bucket_begin(std::uint32_t bucket);
};

}  // namespace tutti::measure
