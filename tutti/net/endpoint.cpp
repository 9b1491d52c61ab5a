#include "tutti/net/endpoint.hpp"

#include <algorithm>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include "tutti/base/hash.hpp"
#include "tutti/base/text.hpp"

namespace tutti {
namespace {

constexpr std::array<std::uint8_t, 12> v4_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

}  // namespace

bool Endpoint::is_v4() const {
  return std::equal(v4_prefix.begin(), v4_prefix.end(), address.begin());
}

Endpoint Endpoint::v4(std::uint32_t ip, std::uint16_t port) {
  Endpoint endpoint{.address = {}, .port = port};
  std::ranges::copy(v4_prefix, endpoint.address.begin());
  for (std::size_t i = 0; i < 4; ++i)
    endpoint.address[12 + i] = static_cast<std::uint8_t>(ip >> (24 - 8 * i));
  return endpoint;
}

std::string Endpoint::text() const {
  if (is_v4()) return fmt::format("{}.{}.{}.{}:{}", address[12], address[13], address[14], address[15], port);
  return fmt::format("[{}]:{}", boost::asio::ip::address_v6(address).to_string(), port);
}

std::expected<Endpoint, std::string> Endpoint::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::unexpected(fmt::format("'{}' has no ':PORT'", text));
  const auto digits = text.substr(colon + 1);
  const auto port = parse_whole<std::uint16_t>(digits);
  if (!port)
    return std::unexpected(fmt::format("'{}' in '{}' is no port: 0 to 65535 is needed", digits, text));
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  boost::system::error_code code;
  const auto address = boost::asio::ip::make_address(std::string(host), code);
  if (code) return std::unexpected(fmt::format("'{}' in '{}' is no IP address", host, text));
  if (address.is_v4()) return v4(address.to_v4().to_uint(), *port);
  return v6(address.to_v6().to_bytes(), *port);
}

}  // namespace tutti

std::size_t std::hash<tutti::Endpoint>::operator()(const tutti::Endpoint& endpoint) const noexcept {
  return static_cast<std::size_t>(tutti::mix(tutti::hash_bytes(endpoint.address) + endpoint.port));
}
