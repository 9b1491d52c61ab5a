// For tests: who the peers of signed sessions are.
#pragma once

#include <cstdint>
#include <functional>

#include "tutti/overlay/seal.hpp"

namespace tutti::symmetric::session_test {

inline Identity identity_of(std::uint32_t index) {
  Identity::Seed seed{};
  seed[0] = static_cast<std::uint8_t>(index);
  return Identity::from_seed(seed);
}
inline const std::function<Signing(std::uint32_t)> signing_without_issuer = [](std::uint32_t index) {
  return Signing{.identity = identity_of(index), .network = "a signed session"};
};

/// Whoever is no player has no authorization.
inline Signing signing_with_issuer(std::uint32_t index, bool is_player) {
  static const Identity issuer = Identity::from_seed({1, 2, 3});
  Signing signing{identity_of(index), "a session", issuer.public_key(), {}};
  if (is_player) signing.authorization = authorize(issuer, signing.identity.peer(), signing.network);
  return signing;
}

}  // namespace tutti::symmetric::session_test
