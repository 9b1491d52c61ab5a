// A ticket: all that somebody needs to take part in a session. Whoever has it is let in, so it is given to
// friends only.
//
//   tutti:5f0c21aa:00112233445566778899aabbccddeeff@[2001:db8::1]:5000,192.0.2.1:5000
//
// That is the session's id, its secret, and addresses of some of its members.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/live/address.hpp"
#include "tutti/net/session_secret.hpp"

namespace tutti {

struct Ticket {
  static constexpr std::size_t addresses_max = 16;

  std::uint32_t session = 0;  ///< tells sessions of one application apart
  SessionSecret secret;
  std::vector<std::string> addresses;  ///< "[ID@]HOST:PORT" each, as resolve_target() reads them

  /// Of a session that nobody is in yet.
  static Ticket generate();
  /// Errors are sentences, and do not repeat the secret.
  static std::expected<Ticket, std::string> parse(std::string_view text);
  [[nodiscard]] std::string text() const;

  /// From a file that holds its text.
  static std::expected<Ticket, std::string> load(const std::filesystem::path& file);
  /// Into a new file that only its owner can read (mode 0600). A file that is there is not touched, and an
  /// error.
  [[nodiscard]] std::expected<void, std::string> save(const std::filesystem::path& file) const;

  bool operator==(const Ticket&) const = default;
};

/// Where others may reach a socket that is bound to `local`: that, or each address of this machine if it is
/// bound to all. Those of the loopback only if there is no other.
std::vector<Endpoint> reachable_endpoints(const Endpoint& local);

}  // namespace tutti
