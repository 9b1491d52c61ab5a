// Whether whoever begins a connection is where its packets say that they come from (RFC 9000, 8.1.2). It is
// told a token there, in a Retry packet, and shows it when it begins again. So a flood of first packets with
// forged sources occupies nothing: no connection is made, and nothing is remembered, before a token is shown.
//
// It costs a round trip, so it is asked for only while many handshakes are under way.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "tutti/base/bytes.hpp"
#include "tutti/net/endpoint.hpp"
#include "tutti/net/quic/ngtcp2_compat.hpp"

namespace tutti {

class AddressValidation {
 public:
  /// A token is good for so long: two round trips of any path.
  static constexpr std::uint64_t token_lifetime_ns = 10'000'000'000;

  /// With a secret of its own, which nobody else can guess.
  AddressValidation();

  /// The Retry packet that answers a first packet, with the datagram's type before it.
  [[nodiscard]] Bytes retry(const ngtcp2_pkt_hd& first, const Endpoint& source, std::uint64_t now) const;
  /// The id that the connection was first begun with, if the packet bears a token that was given to that
  /// source not long ago.
  [[nodiscard]] std::optional<ngtcp2_cid> validated(const ngtcp2_pkt_hd& first, const Endpoint& source,
                                                    std::uint64_t now) const;

 private:
  std::array<std::uint8_t, 32> secret_{};
};

}  // namespace tutti
