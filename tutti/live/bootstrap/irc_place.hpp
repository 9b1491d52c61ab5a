// Where peers meet on IRC, as people write it: "irc://irc.example.org/#tutti", or, over TLS,
// "irc+tls://irc.example.org:6697/#tutti". A server whose certificate nobody vouches for is named with its
// certificate's SHA-256, 64 hexadecimal digits, before an '@':
// "irc+tls://9f86d0...0a08@irc.example.org/#tutti".
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "tutti/net/signature.hpp"

namespace tutti {

struct IrcPlace {
  std::string host{};
  std::uint16_t port = 0;
  std::string channel{};  ///< with its '#'
  bool tls = false;
  /// Of the server's certificate (DER); without it, one of the system's authorities has to vouch for the
  /// host.
  std::optional<Digest> fingerprint{};

  /// Without a port it is 6667, or 6697 with TLS (RFC 7194). Errors are sentences.
  static std::expected<IrcPlace, std::string> parse(std::string_view url);
  bool operator==(const IrcPlace&) const = default;
};

}  // namespace tutti
