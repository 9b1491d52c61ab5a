// Whole numbers in network byte order (RFC 1700): the most significant byte first, in as many bytes as the
// place for them has.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tutti/base/bytes.hpp"

namespace tutti {

/// At most eight bytes.
constexpr std::uint64_t read_big_endian(ByteView bytes) {
  std::uint64_t value = 0;
  for (const auto byte : bytes) value = value << 8 | byte;
  return value;
}

/// One as wide as its type, at a place among others.
template <std::unsigned_integral Number>
constexpr Number read_big_endian(ByteView bytes, std::size_t at) {
  return static_cast<Number>(read_big_endian(bytes.subspan(at, sizeof(Number))));
}

/// Fills all of `place`; what does not fit is left out.
constexpr void write_big_endian(std::uint64_t value, std::span<std::uint8_t> place) {
  for (auto at = place.rbegin(); at != place.rend(); ++at, value >>= 8)
    *at = static_cast<std::uint8_t>(value);
}

}  // namespace tutti
