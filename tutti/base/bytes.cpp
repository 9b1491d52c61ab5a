#include "tutti/base/bytes.hpp"

#include <fmt/format.h>

namespace tutti {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string to_hex(ByteView bytes) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    text.push_back(digits[byte >> 4]);
    text.push_back(digits[byte & 15]);
  }
  return text;
}

std::expected<Bytes, std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0)
    return std::unexpected(fmt::format("{} hexadecimal digits: an even number is needed", text.size()));
  Bytes bytes(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int value = digit(text[i]);
    if (value < 0)
      return std::unexpected(fmt::format("'{}' at position {} is not a hexadecimal digit", text[i], i + 1));
    bytes[i / 2] = static_cast<std::uint8_t>(bytes[i / 2] << 4 | value);
  }
  return bytes;
}

}  // namespace tutti
