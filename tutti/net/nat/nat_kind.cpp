#include "tutti/net/nat/nat_kind.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tutti {
namespace {

using enum NatDependence;

constexpr std::array<NamedNatKind, 8> kinds{{
    {"full-cone", {endpoint_independent, endpoint_independent}},
    {"address-restricted", {endpoint_independent, address_dependent}},
    {"port-restricted", {endpoint_independent, address_and_port_dependent}},
    {"address-dependent", {address_dependent, address_and_port_dependent, NatPorts::random}},
    {"sequential", {address_and_port_dependent, address_and_port_dependent, NatPorts::sequential}},
    {"symmetric-open", {address_and_port_dependent, endpoint_independent, NatPorts::random}},
    {"symmetric-address-restricted", {address_and_port_dependent, address_dependent, NatPorts::random}},
    {"symmetric", {address_and_port_dependent, address_and_port_dependent, NatPorts::random}},
}};

}  // namespace

std::span<const NamedNatKind> nat_kinds() {
  return kinds;
}

std::expected<NatKind, std::string> parse_nat_kind(std::string_view name) {
  const auto* const found = std::ranges::find(kinds, name, &NamedNatKind::name);
  if (found != kinds.end()) return found->kind;
  std::array<std::string_view, kinds.size()> names;
  std::ranges::transform(kinds, names.begin(), &NamedNatKind::name);
  return std::unexpected(
      fmt::format("\"{}\" is no kind of NAT: expected one of {}", name, fmt::join(names, ", ")));
}

bool can_punch(const NatKind& one, const NatKind& other) {
  if (one.filtering == endpoint_independent || other.filtering == endpoint_independent) return true;
  const bool one_stays = one.mapping == endpoint_independent;
  const bool other_stays = other.mapping == endpoint_independent;
  // Where only one mapping stays, the other's packets come from a port that nobody could know before.
  return (one_stays && other_stays) || (one_stays && one.filtering == address_dependent) ||
         (other_stays && other.filtering == address_dependent);
}

bool can_punch_by_birthday(const NatKind& one, const NatKind& other) {
  return (one.mapping == endpoint_independent) != (other.mapping == endpoint_independent);
}

}  // namespace tutti
