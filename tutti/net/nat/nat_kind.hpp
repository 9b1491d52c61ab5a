// What a NAT does to UDP, in the terms of RFC 4787, and what follows from it for two peers who want to reach
// each other.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "tutti/base/time.hpp"

namespace tutti {

/// On which part of the remote endpoint something depends (RFC 4787, 4.1 and 5).
enum class NatDependence : std::uint8_t {
  endpoint_independent,
  address_dependent,
  address_and_port_dependent,
};

/// Which external port a new mapping gets (RFC 4787, 4.2).
enum class NatPorts : std::uint8_t {
  preserved,   ///< the inner one if it is free, else as `random`
  sequential,  ///< the next after the last one given: a stranger can predict it
  random,
};

struct NatKind {
  NatDependence mapping = NatDependence::endpoint_independent;
  NatDependence filtering = NatDependence::address_and_port_dependent;
  NatPorts ports = NatPorts::preserved;
  /// Whether two peers behind it reach each other by its external address (RFC 4787, 6).
  bool hairpinning = false;
  /// A mapping without traffic from inside lives so long. The RFC asks for two minutes; many grant thirty
  /// seconds.
  Duration mapping_lifetime = std::chrono::minutes(2);

  bool operator==(const NatKind&) const = default;
};

/// The kinds that are told apart in the field, by the names they have there.
struct NamedNatKind {
  std::string_view name;
  NatKind kind;
};
/// "full-cone", "address-restricted", "port-restricted", "address-dependent", "sequential", "symmetric-open",
/// "symmetric-address-restricted", "symmetric".
std::span<const NamedNatKind> nat_kinds();
/// One of them. The error names what is known.
std::expected<NatKind, std::string> parse_nat_kind(std::string_view name);

/// Whether two peers behind such NATs reach each other if each sends to where a third peer has seen the
/// other, answers whatever comes to where it came from, and goes on for a while. One who is behind no NAT, or
/// behind one that lets everybody in, can always be reached. Otherwise a packet arrives only where the
/// sender's mapping is the one its own packets have opened the way for.
bool can_punch(const NatKind& one, const NatKind& other);
/// Whether two who cannot reach each other so do by many sockets on the one side and many ports on the other
/// (route/birthday.hpp): where just one of the mappings stays the same for all destinations.
bool can_punch_by_birthday(const NatKind& one, const NatKind& other);

}  // namespace tutti
