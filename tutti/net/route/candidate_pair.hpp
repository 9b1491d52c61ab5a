// One direct way that a datagram may take: from one of a peer's own sockets to a place (RFC 8445, 2.2).
// Behind a NAT that maps each destination apart, every socket reaches that place from another port.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

#include "tutti/base/strong.hpp"
#include "tutti/net/endpoint.hpp"

namespace tutti {

/// Names one of a peer's own sockets; none is given to another one later.
using SocketNumber = Strong<struct SocketNumberTag, std::uint32_t>;
/// The one that a peer opens first and keeps.
inline constexpr SocketNumber main_socket{0};
/// From here on they are the near ends of tunnels (tunnels.hpp).
inline constexpr SocketNumber first_tunnel{0x8000'0000};
constexpr bool is_tunnel(SocketNumber number) {
  return number >= first_tunnel;
}

struct CandidatePair {
  constexpr CandidatePair() = default;
  /// Most are of the main socket, so a place alone says enough.
  constexpr CandidatePair(const Endpoint& place, SocketNumber from = main_socket)  // NOLINT: converts
      : remote(place), socket(from) {}

  Endpoint remote{};
  SocketNumber socket = main_socket;

  constexpr auto operator<=>(const CandidatePair&) const = default;
};

}  // namespace tutti

template <>
struct std::hash<tutti::CandidatePair> {
  std::size_t operator()(const tutti::CandidatePair& pair) const noexcept {
    return std::hash<tutti::Endpoint>{}(pair.remote) + pair.socket.value();
  }
};
