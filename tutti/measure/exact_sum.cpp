#include "tutti/measure/exact_sum.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "tutti/base/require.hpp"

namespace tutti::measure {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr int mantissa_bits = 52;
/// A double is its mantissa times 2^(exponent - 1075); in multiples of 2^-64 that is 2^(exponent - 1011).
constexpr int exponent_of_unit = 1011;

/// `magnitude` in multiples of 2^-64, rounded to the nearest: at most 2^124.
Wide in_units(double magnitude) {
  const auto bits = std::bit_cast<std::uint64_t>(magnitude);
  const auto exponent = static_cast<int>(bits >> mantissa_bits);
  if (exponent == 0) return 0;  // far below half a unit
  const Wide mantissa = (bits & ((std::uint64_t{1} << mantissa_bits) - 1)) | std::uint64_t{1}
                                                                                 << mantissa_bits;
  const int shift = exponent - exponent_of_unit;
  if (shift >= 0) return mantissa << shift;
  if (-shift > mantissa_bits + 1) return 0;
  return (mantissa + (Wide{1} << (-shift - 1))) >> -shift;
}

std::array<std::uint64_t, 3> negated(std::array<std::uint64_t, 3> words) {
  bool carry = true;
  for (auto& word : words) {
    word = ~word + (carry ? 1 : 0);
    carry = carry && word == 0;
  }
  return words;
}

}  // namespace

void ExactSum::add(double value) {
  require(!std::isnan(value), "a sum is one of numbers");
  const double magnitude = std::min(std::abs(value), magnitude_max);
  const Wide units = in_units(magnitude);
  const Wide low = Wide{words[1]} << 64 | words[0];
  const Wide next = value < 0 ? low - units : low + units;
  if (value < 0)
    words[2] -= next > low ? 1 : 0;
  else
    words[2] += next < low ? 1 : 0;
  words[0] = static_cast<std::uint64_t>(next);
  words[1] = static_cast<std::uint64_t>(next >> 64);
}

void ExactSum::add(const ExactSum& other) {
  Wide carry = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    carry += Wide{words[i]} + other.words[i];
    words[i] = static_cast<std::uint64_t>(carry);
    carry >>= 64;
  }
}

double ExactSum::value() const {
  const bool negative = (words[2] >> 63) != 0;
  const auto magnitude = negative ? negated(words) : words;
  const double sum = static_cast<double>(magnitude[2]) * 0x1p64 +
                     (static_cast<double>(magnitude[1]) + static_cast<double>(magnitude[0]) * 0x1p-64);
  return negative ? -sum : sum;
}

}  // namespace tutti::measure
