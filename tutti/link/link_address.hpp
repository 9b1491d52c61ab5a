// Where a peer may be reached, as it says itself: signed, so that nobody who passes it on can send others
// somewhere else in its name.
#pragma once

#include <optional>
#include <vector>

#include "tutti/net/endpoint.hpp"
#include "tutti/net/identity.hpp"
#include "tutti/net/nat/nat_kind.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti {

template <>
struct WireEnum<NatDependence> {
  static constexpr NatDependence last = NatDependence::address_and_port_dependent;
};

/// The likeliest endpoints first.
struct LinkAddress {
  std::vector<Endpoint> external{};          ///< as its neighbours see it
  std::vector<Endpoint> internal{};          ///< of its own interfaces
  std::optional<NatDependence> mapping{};    ///< of its NAT, as far as it knows
  std::vector<Endpoint> mapped{};            ///< of its router, which passes on what any stranger sends there
  std::optional<NatDependence> filtering{};  ///< whom its NAT, or a firewall, lets in, as far as it knows

  bool operator==(const LinkAddress&) const = default;
  /// Strangers reach it: the relays are found among those.
  [[nodiscard]] bool open() const {
    return !mapped.empty() || (!external.empty() && mapping != NatDependence::address_and_port_dependent &&
                               filtering == NatDependence::endpoint_independent);
  }
};

/// Its mapping, or what that seems to be as long as only one neighbour has said where it sees the peer: a NAT
/// that keeps a peer's own port does so for everybody mostly, and one that does not gives each destination
/// another one. Nothing if nobody has said anything.
[[nodiscard]] std::optional<NatDependence> likely_mapping(const LinkAddress& address);

struct SignedLinkAddress {
  PublicKey key{};  ///< whose SHA-256 begins with the peer's id
  Bytes address{};  ///< a LinkAddress, encoded
  Signature signature{};
};

[[nodiscard]] SignedLinkAddress sign(const LinkAddress& address, const Identity& identity);
/// Nothing unless that peer has signed it.
[[nodiscard]] std::optional<LinkAddress> open(const SignedLinkAddress& signed_address, const PeerId& peer);

}  // namespace tutti
