// Randomness that is the same on every machine: a small generator and our own distributions, since the
// algorithms behind std::*_distribution are not fixed by the standard. All arithmetic is integer or exactly
// rounded.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>

#include "tutti/base/hash.hpp"
#include "tutti/base/require.hpp"

namespace tutti {

/// SplitMix64: eight bytes of state, passes BigCrush. Satisfies std::uniform_random_bit_generator.
class Random {
  __extension__ using Wide = unsigned __int128;

 public:
  using result_type = std::uint64_t;

  constexpr explicit Random(std::uint64_t seed) : state_(mix(seed)) {}

  /// A stream of its own for each sequence of keys: adding a peer, or drawing more for one packet, changes no
  /// other.
  static constexpr Random keyed(std::initializer_list<std::uint64_t> keys) {
    RunningHash hash;
    for (const auto key : keys) hash.add(key);
    return Random(hash.value());
  }

  static constexpr result_type min() { return 0; }
  static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }
  constexpr result_type operator()() { return mix(state_ += 0x9e3779b97f4a7c15u); }

  /// Uniform in [0, bound). `bound` must not be 0. The bias is below bound / 2^64 (Lemire's multiplication).
  constexpr std::uint64_t below(std::uint64_t bound) {
    require(bound != 0, "a bound is above zero");
    return static_cast<std::uint64_t>((static_cast<Wide>((*this)()) * bound) >> 64);
  }
  /// Uniform in [0, 1).
  constexpr double uniform() { return static_cast<double>((*this)() >> 11) * 0x1p-53; }
  constexpr bool chance(double probability) { return uniform() < probability; }
  /// Mean 0, standard deviation 1 (Marsaglia's polar method; its logarithm is ours and its square root is
  /// exact).
  double normal();
  /// Mean 1.
  double exponential();
  /// Pareto's distribution from 1 upwards: above x with probability x^-shape. `shape` is at least 1.
  double pareto(double shape);

 private:
  std::uint64_t state_;
};

}  // namespace tutti
