#include "tutti/net/quic/stateless_resets.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <ngtcp2/ngtcp2_crypto.h>

#include "tutti/base/require.hpp"
#include "tutti/net/secure_random.hpp"
#include "tutti/net/udp/datagram_socket.hpp"

namespace tutti {
namespace {

constexpr std::string_view label = "tutti stateless reset";
/// A reset must not be told from a packet with the shortest id and content (RFC 9000, 10.3).
constexpr std::size_t bytes_min = 5 + NGTCP2_STATELESS_RESET_TOKENLEN;
static_assert(bytes_min < StatelessResets::bytes_max);

}  // namespace

StatelessResets::StatelessResets(const Identity& identity) {
  const auto& seed = identity.seed();
  require(gnutls_hmac_fast(GNUTLS_MAC_SHA256, seed.data(), seed.size(), label.data(), label.size(),
                           secret_.data()) == 0,
          "GnuTLS has SHA-256");
}

void StatelessResets::make_token(const ngtcp2_cid& id, std::uint8_t* token) const {
  require(ngtcp2_crypto_generate_stateless_reset_token(token, secret_.data(), secret_.size(), &id) == 0,
          "GnuTLS has HKDF");
}

std::span<const std::uint8_t> StatelessResets::answer(ByteView packet, const ngtcp2_cid& id) {
  const auto size = std::min(packet.size() - std::min(packet.size(), std::size_t{1}), bytes_max);
  if (size < bytes_min) return {};
  std::array<std::uint8_t, NGTCP2_STATELESS_RESET_TOKENLEN> token{};
  make_token(id, token.data());
  std::array<std::uint8_t, bytes_max - NGTCP2_STATELESS_RESET_TOKENLEN> noise{};
  fill_with_secure_randomness(noise);
  packet_[0] = static_cast<std::uint8_t>(DatagramType::quic);
  const auto written = ngtcp2_pkt_write_stateless_reset(packet_.data() + 1, size, token.data(), noise.data(),
                                                        size - token.size());
  require(written == static_cast<ngtcp2_ssize>(size), "a reset fits");
  return {packet_.data(), 1 + size};
}

}  // namespace tutti
