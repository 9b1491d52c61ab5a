// Reading small values that people write. Errors are sentences that quote what was wrong.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "tutti/base/time.hpp"

namespace tutti {

/// What stands before and after the first `separator`; nothing after if there is none.
std::pair<std::string_view, std::optional<std::string_view>> split(std::string_view text, char separator);

/// A whole decimal number that fits T, and nothing else: no spaces, no plus sign.
template <std::integral T>
std::optional<T> parse_whole(std::string_view text) {
  T value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A decimal number and nothing else, not infinite.
std::optional<double> parse_real(std::string_view text);

/// A percentage from 0% to 100% as a number from 0 to 1.
std::expected<double, std::string> parse_share(std::string_view text);

/// Digits with at most `decimals` more after a point, times 10 to the power of `decimals`, exactly: "1.25"
/// with three decimals is 1250. Not negative; nothing if it does not fit. `decimals` is at most 18.
std::optional<std::int64_t> parse_decimal(std::string_view text, int decimals);

/// A number and a unit: "50ms", "1.5s", "20us", "100ns". Not negative, at most a hundred years. Exact when
/// it is whole nanoseconds without an exponent.
std::expected<Duration, std::string> parse_duration(std::string_view text);

/// The inverse of parse_duration for what is not negative: in the largest unit that leaves no fraction,
/// "1500ms".
std::string duration_text(Duration duration);

/// The shortest of these forms for a person to read: "1.50 s", "12.3 ms", "4.0 us".
std::string describe(Duration duration);

}  // namespace tutti
