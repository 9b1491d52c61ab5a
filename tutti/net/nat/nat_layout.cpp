#include "tutti/net/nat/nat_layout.hpp"

#include <algorithm>

namespace tutti {
namespace {

constexpr NatKind no_nat{.mapping = NatDependence::endpoint_independent,
                         .filtering = NatDependence::endpoint_independent};

/// The NATs from the innermost outwards.
std::vector<std::uint32_t> chain_of(const NatLayout& layout, std::uint32_t node) {
  std::vector<std::uint32_t> chain;
  for (auto at = layout.nat_of(node); at; at = layout.nats[*at].behind) chain.push_back(*at);
  return chain;
}

/// What a row of NATs does together: each may only make it worse.
NatKind together(const NatLayout& layout, const std::vector<std::uint32_t>& chain) {
  NatKind all = no_nat;
  for (const auto nat : chain) {
    const auto& kind = layout.nats[nat].kind;
    all.mapping = std::max(all.mapping, kind.mapping);
    all.filtering = std::max(all.filtering, kind.filtering);
  }
  return all;
}

}  // namespace

NatLayout::Way NatLayout::way(std::uint32_t from, std::uint32_t to) const {
  if (nat_of(from) == nat_of(to)) return Way::open;
  const auto one = chain_of(*this, from);
  const auto other = chain_of(*this, to);
  // Two houses of one carrier know each other's address outside only, so the carrier must send back inside
  // what comes from there.
  for (const auto nat : one)
    if (std::ranges::find(other, nat) != other.end()) {
      if (!nats[nat].kind.hairpinning) return Way::none;
      break;
    }
  const auto of_one = together(*this, one);
  const auto of_other = together(*this, other);
  if (of_other.filtering == NatDependence::endpoint_independent) return Way::open;
  if (can_punch(of_one, of_other)) return Way::punched;
  return can_punch_by_birthday(of_one, of_other) ? Way::by_birthday : Way::none;
}

}  // namespace tutti
