// Hashes that fingerprint states and traces: equal for equal input on every machine. Not cryptographic.
#pragma once

#include <bit>
#include <cstdint>

#include <xxhash.h>

#include "tutti/base/bytes.hpp"

namespace tutti {

/// XXH3 (64 bit) of some bytes.
inline std::uint64_t hash_bytes(ByteView bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

/// Mixes all bits of `value` into all bits of the result: the finalizer of SplitMix64 (Steele, Lea, Flood:
/// "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014). A bijection.
constexpr std::uint64_t mix(std::uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

/// The inverse of mix().
constexpr std::uint64_t unmix(std::uint64_t value) {
  value = (value ^ (value >> 31) ^ (value >> 62)) * 0x319642b2d24d8ec3u;
  value = (value ^ (value >> 27) ^ (value >> 54)) * 0x96de1b173f119089u;
  return value ^ (value >> 30) ^ (value >> 60);
}

/// A hash of a sequence of numbers that depends on their order.
class RunningHash {
 public:
  constexpr void add(std::uint64_t value) {
    state_ = mix(std::rotl(state_, 5) ^ (value + 0x9e3779b97f4a7c15u));
  }
  [[nodiscard]] constexpr std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace tutti
