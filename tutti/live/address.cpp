#include "tutti/live/address.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <fmt/format.h>

namespace tutti {
namespace {

std::expected<Endpoint, std::string> resolve(std::string_view text) {
  auto numeric = Endpoint::parse(text);
  if (numeric) return numeric;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return numeric;  // its error says what is missing
  const std::string host(text.substr(0, colon));
  const auto port = Endpoint::parse(fmt::format("127.0.0.1{}", text.substr(colon)));
  if (!port) return numeric;
  boost::asio::io_context io;
  boost::asio::ip::udp::resolver resolver(io);
  boost::system::error_code error;
  const auto found = resolver.resolve(host, "", error);
  if (error || found.empty())
    return std::unexpected(
        fmt::format("the host '{}' in '{}' is not known: {}", host, text, error.message()));
  const auto address = found.begin()->endpoint().address();
  if (address.is_v4()) return Endpoint::v4(address.to_v4().to_uint(), port->port);
  return Endpoint::v6(address.to_v6().to_bytes(), port->port);
}

template <typename Read>
std::expected<LinkTarget, std::string> read_target(std::string_view text, Read read_endpoint) {
  LinkTarget target;
  if (const auto at = text.find('@'); at != std::string_view::npos) {
    const auto id = PeerId::parse(text.substr(0, at));
    if (!id) return std::unexpected(id.error());
    target.peer = *id;
    text = text.substr(at + 1);
  }
  const std::expected<Endpoint, std::string> endpoint = read_endpoint(text);
  if (!endpoint) return std::unexpected(endpoint.error());
  if (endpoint->port == 0)
    return std::unexpected(fmt::format("'{}' has port 0: nobody can be reached there", text));
  target.endpoint = *endpoint;
  return target;
}

}  // namespace

std::expected<LinkTarget, std::string> resolve_target(std::string_view text) {
  return read_target(text, resolve);
}

std::expected<LinkTarget, std::string> parse_target(std::string_view text) {
  return read_target(text, Endpoint::parse);
}

std::string target_text(const LinkTarget& target) {
  return target.peer ? fmt::format("{}@{}", target.peer->text(), target.endpoint.text())
                     : target.endpoint.text();
}

}  // namespace tutti
