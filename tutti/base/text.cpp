#include "tutti/base/text.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace tutti {
namespace {

struct Unit {
  std::string_view name;
  double seconds;
  int decimals;  // of a nanosecond
  std::int64_t nanoseconds;
};
constexpr std::array units{Unit{"ns", 1e-9, 0, 1}, Unit{"us", 1e-6, 3, 1'000}, Unit{"ms", 1e-3, 6, 1'000'000},
                           Unit{"s", 1, 9, 1'000'000'000}};

}  // namespace

std::pair<std::string_view, std::optional<std::string_view>> split(std::string_view text, char separator) {
  const auto place = text.find(separator);
  if (place == std::string_view::npos) return {text, std::nullopt};
  return {text.substr(0, place), text.substr(place + 1)};
}

std::optional<double> parse_real(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::expected<double, std::string> parse_share(std::string_view text) {
  const auto percent = text.ends_with('%') ? parse_real(text.substr(0, text.size() - 1)) : std::nullopt;
  if (!percent || *percent < 0 || *percent > 100)
    return std::unexpected(fmt::format("'{}' is no share: 0% to 100% is needed", text));
  return *percent / 100;
}

std::optional<std::int64_t> parse_decimal(std::string_view text, int decimals) {
  const auto [whole, fraction] = split(text, '.');
  if (whole.empty() || (fraction && (fraction->empty() || std::cmp_greater(fraction->size(), decimals))))
    return std::nullopt;
  std::string digits(whole);
  digits += fraction.value_or("");
  digits.append(static_cast<std::size_t>(decimals) - fraction.value_or("").size(), '0');
  if (digits.starts_with('-')) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::expected<Duration, std::string> parse_duration(std::string_view text) {
  static constexpr double seconds_max = 100.0 * 365 * 86400;
  for (const auto& unit : units) {
    if (!text.ends_with(unit.name)) continue;
    const auto number_text = text.substr(0, text.size() - unit.name.size());
    const auto number = parse_real(number_text);
    if (!number) break;
    if (*number < 0 || *number * unit.seconds > seconds_max)
      return std::unexpected(fmt::format("'{}' is out of range: 0 to 100 years is possible", text));
    if (const auto exact = parse_decimal(number_text, unit.decimals)) return Duration(*exact);
    return from_seconds(*number * unit.seconds);
  }
  return std::unexpected(
      fmt::format("'{}' is no time: a number with ns, us, ms or s is needed, such as 50ms", text));
}

std::string duration_text(Duration duration) {
  const auto* unit = units.end() - 1;
  while (duration.count() % unit->nanoseconds != 0) --unit;
  return fmt::format("{}{}", duration.count() / unit->nanoseconds, unit->name);
}

std::string describe(Duration duration) {
  const double seconds = in_seconds(duration);
  const double size = std::abs(seconds);
  if (size >= 1) return fmt::format("{:.2f} s", seconds);
  if (size >= 1e-3) return fmt::format("{:.1f} ms", seconds * 1e3);
  return fmt::format("{:.1f} us", seconds * 1e6);
}

}  // namespace tutti
