#include "tutti/net/session_secret.hpp"

#include <algorithm>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "tutti/base/require.hpp"
#include "tutti/net/secure_random.hpp"

namespace tutti {
namespace {

constexpr std::string_view proof_of = "tutti membership";
constexpr std::size_t proof_bytes = 32;

}  // namespace

SessionSecret SessionSecret::generate() {
  SessionSecret secret;
  fill_with_secure_randomness(secret.bytes);
  return secret;
}

std::expected<SessionSecret, std::string> SessionSecret::parse(std::string_view text) {
  const auto bytes = from_hex(text);
  SessionSecret secret;
  if (!bytes || bytes->size() != secret.bytes.size())
    return std::unexpected("a session's secret is 32 hexadecimal digits");
  std::ranges::copy(*bytes, secret.bytes.begin());
  return secret;
}

std::string SessionSecret::text() const {
  return to_hex(bytes);
}

Bytes membership_proof(const SessionSecret& secret, const PeerId& prover, const PeerId& verifier,
                       std::string_view network) {
  // Only the last part varies in length, so no two meanings give the same text.
  Bytes text(proof_of.begin(), proof_of.end());
  text.insert(text.end(), prover.bytes.begin(), prover.bytes.end());
  text.insert(text.end(), verifier.bytes.begin(), verifier.bytes.end());
  text.insert(text.end(), network.begin(), network.end());
  Bytes proof(proof_bytes);
  require(gnutls_hmac_fast(GNUTLS_MAC_SHA256, secret.bytes.data(), secret.bytes.size(), text.data(),
                           text.size(), proof.data()) == 0,
          "HMAC-SHA-256 is there");
  return proof;
}

bool proves_membership(ByteView proof, const SessionSecret& secret, const PeerId& prover,
                       const PeerId& verifier, std::string_view network) {
  const auto right = membership_proof(secret, prover, verifier, network);
  return proof.size() == right.size() && gnutls_memcmp(proof.data(), right.data(), right.size()) == 0;
}

}  // namespace tutti
