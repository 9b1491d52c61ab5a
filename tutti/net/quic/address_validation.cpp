#include "tutti/net/quic/address_validation.hpp"

#include <algorithm>

#include <netinet/in.h>

#include "tutti/base/require.hpp"
#include "tutti/net/quic/quic_callbacks.hpp"
#include "tutti/net/quic/quic_context.hpp"
#include "tutti/net/quic/quic_path.hpp"
#include "tutti/net/secure_random.hpp"

namespace tutti {
namespace {

/// An endpoint as the token is bound to it, whatever kind of place it names.
sockaddr_in6 address_of(const Endpoint& source) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = source.port;
  std::ranges::copy(source.address, std::begin(address.sin6_addr.s6_addr));
  return address;
}

}  // namespace

AddressValidation::AddressValidation() {
  fill_with_secure_randomness(secret_);
}

Bytes AddressValidation::retry(const ngtcp2_pkt_hd& first, const Endpoint& source, std::uint64_t now) const {
  const auto address = address_of(source);
  const auto id = random_id(connection_id_bytes);
  std::array<std::uint8_t, NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN> token{};
  const auto token_bytes = ngtcp2_crypto_generate_retry_token(
      token.data(), secret_.data(), secret_.size(), first.version,
      reinterpret_cast<const ngtcp2_sockaddr*>(&address), sizeof address, &id, &first.dcid, now);
  require(token_bytes > 0, "GnuTLS has AES-GCM");
  Bytes datagram(1 + packet_bytes_max);
  datagram[0] = static_cast<std::uint8_t>(DatagramType::quic);
  const auto written =
      ngtcp2_crypto_write_retry(datagram.data() + 1, packet_bytes_max, first.version, &first.scid, &id,
                                &first.dcid, token.data(), static_cast<std::size_t>(token_bytes));
  require(written > 0, "a Retry packet fits");
  datagram.resize(1 + static_cast<std::size_t>(written));
  return datagram;
}

std::optional<ngtcp2_cid> AddressValidation::validated(const ngtcp2_pkt_hd& first, const Endpoint& source,
                                                       std::uint64_t now) const {
  const auto token = ngtcp2_compat::token_of(first);
  if (token.empty()) return std::nullopt;
  const auto address = address_of(source);
  ngtcp2_cid original{};
  if (ngtcp2_crypto_verify_retry_token(&original, token.data(), token.size(), secret_.data(), secret_.size(),
                                       first.version, reinterpret_cast<const ngtcp2_sockaddr*>(&address),
                                       sizeof address, &first.dcid, token_lifetime_ns, now) != 0)
    return std::nullopt;
  return original;
}

}  // namespace tutti
