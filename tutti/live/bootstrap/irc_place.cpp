#include "tutti/live/bootstrap/irc_place.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tutti/base/bytes.hpp"
#include "tutti/base/text.hpp"

namespace tutti {
namespace {

constexpr std::string_view plain_scheme = "irc://";
constexpr std::string_view tls_scheme = "irc+tls://";
constexpr std::size_t channel_bytes_max = 50;  // RFC 2812, 1.3
constexpr std::size_t host_bytes_max = 255;

}  // namespace

std::expected<IrcPlace, std::string> IrcPlace::parse(std::string_view url) {
  const auto wrong = [&](std::string_view why) {
    return std::unexpected(
        fmt::format("'{}' {}; a place on IRC looks like irc+tls://HOST:PORT/#CHANNEL", url, why));
  };
  IrcPlace place;
  place.tls = url.starts_with(tls_scheme);
  if (!place.tls && !url.starts_with(plain_scheme)) return wrong("begins with neither irc:// nor irc+tls://");
  const auto [server, channel] = split(url.substr((place.tls ? tls_scheme : plain_scheme).size()), '/');

  if (!channel || !channel->starts_with('#') || channel->size() < 2) return wrong("names no channel");
  // RFC 2812, 1.3: what no channel's name may hold, and what would end a line.
  static constexpr std::string_view forbidden(" ,\a\0\r\n", 6);
  if (channel->size() > channel_bytes_max || channel->find_first_of(forbidden) != std::string_view::npos)
    return wrong("names a channel that cannot be");
  place.channel = *channel;

  auto address = server;
  if (const auto at = server.find('@'); at != std::string_view::npos) {
    const auto digits = from_hex(server.substr(0, at));
    if (!place.tls) return wrong("has a fingerprint and no TLS");
    if (!digits || digits->size() != Digest{}.size())
      return wrong("has a fingerprint that is not 64 hexadecimal digits");
    std::ranges::copy(*digits, place.fingerprint.emplace().begin());
    address = server.substr(at + 1);
  }
  static constexpr std::uint16_t plain_port = 6667;
  static constexpr std::uint16_t tls_port = 6697;
  place.port = place.tls ? tls_port : plain_port;
  const auto colon = address.rfind(':');
  const bool bracket = address.starts_with('[');
  if (colon != std::string_view::npos && (!bracket || colon > address.rfind(']'))) {
    const auto port = parse_whole<std::uint16_t>(address.substr(colon + 1));
    if (!port || *port == 0) return wrong("has a port that is none");
    place.port = *port;
    address = address.substr(0, colon);
  }
  if (bracket) {
    if (!address.ends_with(']')) return wrong("has a bracket that is not closed");
    address = address.substr(1, address.size() - 2);
  }
  if (address.empty() || address.size() > host_bytes_max) return wrong("names no host");
  place.host = address;
  return place;
}

}  // namespace tutti
