// A sum of real numbers that does not depend on their order. Sums of doubles round at every step, so that two
// peers that add the same numbers in different orders disagree in the last bits. Here every number is rounded
// once, to a multiple of 2^-64, and from there on whole numbers of 192 bits are added, which forget nothing
// (Kulisch's long accumulator, cut to the range we need).
//
// Rejected: compensated summation (better, but still not the same in any order), and a sum from the buckets
// of a sketch (no better than they are).
#pragma once

#include <array>
#include <cstdint>

namespace tutti::measure {

struct ExactSum {
  /// Larger magnitudes are added as this one: so the sum of 2^64 numbers fits.
  static constexpr double magnitude_max = 0x1p60;

  /// In multiples of 2^-64, two's complement, the lowest word first.
  std::array<std::uint64_t, 3> words{};

  bool operator==(const ExactSum&) const = default;

  /// `value` is no NaN.
  void add(double value);
  void add(const ExactSum& other);
  /// Within a few units of the last place, and equal on all machines.
  [[nodiscard]] double value() const;
};

}  // namespace tutti::measure
