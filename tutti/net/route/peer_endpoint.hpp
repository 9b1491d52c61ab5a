// Endpoints that name a peer instead of a place. Whatever stands above the routes addresses a peer by its id,
// and never needs to know where that peer is at the moment; see routed_socket.hpp.
#pragma once

#include <optional>
#include <string>

#include "tutti/base/ids.hpp"
#include "tutti/net/endpoint.hpp"

namespace tutti {

/// The peer itself, wherever it is: its id for an address, and port 0, from which no datagram ever comes.
constexpr Endpoint peer_endpoint(const PeerId& peer) {
  return {.address = peer.bytes, .port = 0};
}

/// Whom an endpoint names; nothing if it is a place.
constexpr std::optional<PeerId> peer_at(const Endpoint& endpoint) {
  if (endpoint.port != 0 || endpoint == Endpoint{}) return std::nullopt;
  return PeerId{endpoint.address};
}

/// For people: a place, or "the relay 5f0c21aa" for a peer that stands between.
inline std::string place_text(const Endpoint& endpoint) {
  const auto relay = peer_at(endpoint);
  return relay ? "the relay " + relay->brief() : endpoint.text();
}

}  // namespace tutti
