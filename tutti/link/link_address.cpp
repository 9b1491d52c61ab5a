#include "tutti/link/link_address.hpp"

#include <algorithm>
#include <string_view>

namespace tutti {
namespace {

/// A signature under an address means nothing else.
constexpr std::string_view label = "tutti link address";

Bytes signed_text(ByteView address) {
  Bytes text(label.size() + address.size());
  std::ranges::copy(address, std::ranges::copy(label, text.begin()).out);
  return text;
}

}  // namespace

std::optional<NatDependence> likely_mapping(const LinkAddress& address) {
  if (address.mapping || address.external.empty()) return address.mapping;
  const bool keeps_port = std::ranges::find(address.internal, address.external[0].port, &Endpoint::port) !=
                          address.internal.end();
  return keeps_port ? NatDependence::endpoint_independent : NatDependence::address_and_port_dependent;
}

SignedLinkAddress sign(const LinkAddress& address, const Identity& identity) {
  SignedLinkAddress result{.key = identity.public_key(), .address = encode(address)};
  result.signature = identity.sign(signed_text(result.address));
  return result;
}

std::optional<LinkAddress> open(const SignedLinkAddress& signed_address, const PeerId& peer) {
  const auto& [key, address, signature] = signed_address;
  if (peer_id_of(key) != peer || !verify(key, signed_text(address), signature)) return std::nullopt;
  auto decoded = decode<LinkAddress>(address);
  return decoded ? std::optional(*std::move(decoded)) : std::nullopt;
}

}  // namespace tutti
