#include "tutti/peer/command_value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "tutti/base/bytes.hpp"
#include "tutti/base/require.hpp"
#include "tutti/base/text.hpp"

namespace tutti {
namespace {

constexpr std::size_t quoted_bytes_max = 40;

struct Escape {
  char letter;
  char meaning;
};
constexpr std::array escapes{Escape{'"', '"'}, Escape{'\\', '\\'}, Escape{'n', '\n'}, Escape{'r', '\r'},
                             Escape{'t', '\t'}};

void append_escaped(std::string& out, char c) {
  const auto* const known = std::ranges::find(escapes, c, &Escape::meaning);
  if (known != escapes.end())
    (out += '\\') += known->letter;
  else if (const auto byte = static_cast<unsigned char>(c); byte < 0x20 || byte == 0x7f)
    out += fmt::format("\\x{:02x}", byte);
  else
    out += c;
}

/// What stands between the quotes; nothing if an escape is unknown or a quote stands in the middle.
std::optional<std::string> unescape(std::string_view inner) {
  std::string out;
  while (!inner.empty()) {
    const char c = inner.front();
    inner.remove_prefix(1);
    if (c == '"') return std::nullopt;
    if (c != '\\') {
      out += c;
      continue;
    }
    if (inner.empty()) return std::nullopt;
    const char letter = inner.front();
    inner.remove_prefix(1);
    if (letter == 'x') {
      const auto byte = from_hex(inner.substr(0, 2));
      if (!byte || byte->size() != 1) return std::nullopt;
      out += static_cast<char>(byte->front());
      inner.remove_prefix(2);
    } else {
      const auto* const known = std::ranges::find(escapes, letter, &Escape::letter);
      if (known == escapes.end()) return std::nullopt;
      out += known->meaning;
    }
  }
  return out;
}

struct AsText {
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return fmt::format("{}", value); }
  std::string operator()(double value) const {
    auto written = fmt::format("{}", value);
    // Without a point or an exponent it would be read as a whole number.
    if (written.find_first_of(".e") == std::string::npos) written += ".0";
    return written;
  }
  std::string operator()(Duration value) const { return duration_text(value); }
  std::string operator()(const std::string& value) const {
    std::string written = "\"";
    for (const char c : value) append_escaped(written, c);
    return written += '"';
  }
};

}  // namespace

std::string_view describe(ValueType type) {
  switch (type) {
    case ValueType::boolean:
      return "true or false";
    case ValueType::whole:
      return "a whole number";
    case ValueType::real:
      return "a number";
    case ValueType::duration:
      return "a duration such as 50ms";
    case ValueType::text:
      return "a text in quotes";
  }
  require(false, "a value has one of the five types");
  return {};
}

std::string text(const CommandValue& value) {
  return std::visit(AsText(), value);
}

std::string quote(std::string_view written) {
  std::string out = "'";
  for (const char c : written.substr(0, quoted_bytes_max))
    if (const auto byte = static_cast<unsigned char>(c); byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c;
  if (written.size() > quoted_bytes_max) out += "...";
  return out += '\'';
}

std::expected<CommandValue, std::string> parse_command_value(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  if (text.starts_with('"')) {
    if (text.size() < 2 || !text.ends_with('"')) return std::unexpected("the text has no closing quote");
    if (auto value = unescape(text.substr(1, text.size() - 2))) return *std::move(value);
    return std::unexpected(fmt::format(
        R"({} is no text: only \" \\ \n \r \t and \x00 to \xff may follow a backslash)", quote(text)));
  }
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  const bool all = end == text.data() + text.size();
  if (all && error == std::errc{}) return whole;
  if (all && error == std::errc::result_out_of_range)
    return std::unexpected(fmt::format("{} is too large a number", quote(text)));
  if (const auto real = parse_real(text)) return *real;
  if (text.ends_with('s') && text.find_first_of("0123456789") == 0) {
    const auto duration = parse_duration(text);
    if (!duration) return std::unexpected(duration.error());
    return *duration;
  }
  return std::unexpected(
      fmt::format(R"({} is no value: true, false, a number, a duration such as 50ms or a text in quotes )"
                  R"(is needed)",
                  quote(text)));
}

}  // namespace tutti
