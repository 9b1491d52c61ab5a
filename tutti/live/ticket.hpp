// A ticket: all that somebody needs to take part in a session. Whoever has it is let in, so it is given to
// friends only.
//
//   tutti:5f0c21aa:00112233445566778899aabbccddeeff@[2001:db8::1]:5000,192.0.2.1:5000
//
// That is the session's id, its secret, and addresses of some of its members. Where events are signed there
// are two tickets. The players' has the session's private key after the secret, with which each makes itself
// an author (overlay/seal.hpp), and the spectators' only the public one:
//
//   tutti:5f0c21aa:00112233445566778899aabbccddeeff:play-9d61...7f60@192.0.2.1:5000
//   tutti:5f0c21aa:00112233445566778899aabbccddeeff:watch-d75a...511a@192.0.2.1:5000
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/live/address.hpp"
#include "tutti/net/identity.hpp"
#include "tutti/net/session_secret.hpp"

namespace tutti {

/// Of a session whose events are signed.
struct SessionKey {
  PublicKey issuer{};
  std::optional<Identity::Seed> seed{};  ///< of the issuer; spectators have none

  bool operator==(const SessionKey&) const = default;
};

struct Ticket {
  static constexpr std::size_t addresses_max = 16;

  std::uint32_t session = 0;  ///< tells sessions of one application apart
  SessionSecret secret;
  std::optional<SessionKey> key{};     ///< without one nothing is signed, unless all peers agree on it
  std::vector<std::string> addresses;  ///< "[ID@]HOST:PORT" each

  /// Of a session that nobody is in yet; for players, if it is signed.
  static Ticket generate(bool is_signed = false);
  /// The one that lets in who is only to watch; for a ticket that has a key.
  [[nodiscard]] Ticket for_spectators() const;
  [[nodiscard]] bool is_for_spectators() const { return key && !key->seed; }
  /// Errors are sentences, and do not repeat the secret.
  static std::expected<Ticket, std::string> parse(std::string_view text);
  [[nodiscard]] std::string text() const;

  /// One more, unless it has as many as it may have.
  void add_address(const Endpoint& endpoint);

  /// From a file that holds its text.
  static std::expected<Ticket, std::string> load(const std::filesystem::path& file);
  /// Into a new file that only its owner can read (mode 0600). A file that is there is not touched, and an
  /// error.
  [[nodiscard]] std::expected<void, std::string> save(const std::filesystem::path& file) const;

  bool operator==(const Ticket&) const = default;
};

/// The ticket into `file`, and the spectators', where there may be any, into another that ends in ".watch".
std::expected<void, std::string> save_all(const Ticket& ticket, const std::filesystem::path& file);
/// The same in place of those that are there: who looks finds the old ones or the new ones.
std::expected<void, std::string> replace_all(const Ticket& ticket, const std::filesystem::path& file);

}  // namespace tutti
