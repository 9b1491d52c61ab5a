// What the members of a session know, and nobody else: it is how they recognise each other.
//
// A peer proves to another that it knows the secret by a keyed hash of both their ids and the network's name
// (HMAC-SHA-256, RFC 2104). The channel it sends that over has proved already who is at either end, so
// whoever sees a proof, or is given one, can do nothing with it. Secrets are drawn, never chosen, so there is
// none to be guessed.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "tutti/base/bytes.hpp"
#include "tutti/base/ids.hpp"

namespace tutti {

struct SessionSecret {
  std::array<std::uint8_t, 16> bytes{};

  /// From the operating system's randomness.
  static SessionSecret generate();
  /// 32 hexadecimal digits: keep them secret. The error does not repeat what was wrong.
  static std::expected<SessionSecret, std::string> parse(std::string_view text);
  [[nodiscard]] std::string text() const;

  bool operator==(const SessionSecret&) const = default;
};

/// By which `prover` shows `verifier` that it knows the secret.
Bytes membership_proof(const SessionSecret& secret, const PeerId& prover, const PeerId& verifier,
                       std::string_view network);
/// Takes equally long whatever is wrong with it.
bool proves_membership(ByteView proof, const SessionSecret& secret, const PeerId& prover,
                       const PeerId& verifier, std::string_view network);

}  // namespace tutti
