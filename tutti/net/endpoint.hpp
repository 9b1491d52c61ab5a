// Where packets go: an IP address and a UDP port.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

namespace tutti {

/// IPv6, or IPv4 in its IPv4-mapped form (RFC 4291, 2.5.5.2), so that one type and one order serve both.
struct Endpoint {
  std::array<std::uint8_t, 16> address{};
  std::uint16_t port = 0;

  constexpr auto operator<=>(const Endpoint&) const = default;

  [[nodiscard]] bool is_v4() const;
  /// "192.0.2.1:5000" or "[2001:db8::1]:5000".
  [[nodiscard]] std::string text() const;
  /// The inverse of text(). Addresses only: no names are looked up.
  static std::expected<Endpoint, std::string> parse(std::string_view text);
  static Endpoint v4(std::uint32_t address, std::uint16_t port);
  static Endpoint v6(const std::array<std::uint8_t, 16>& address, std::uint16_t port) {
    return {address, port};
  }
};

}  // namespace tutti

template <>
struct std::hash<tutti::Endpoint> {
  std::size_t operator()(const tutti::Endpoint& endpoint) const noexcept;
};
