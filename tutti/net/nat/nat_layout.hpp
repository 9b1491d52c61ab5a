// Which nodes of a simulated network are behind which NATs, and what follows for two of them who are brought
// together. A NAT may stand behind another, as a home's does behind a carrier's: then what both do together
// counts.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "tutti/net/nat/nat_kind.hpp"

namespace tutti {

struct NatLayout {
  struct Nat {
    NatKind kind;
    /// The index of the NAT that this one is behind, which stands before it in the list; public without.
    std::optional<std::uint32_t> behind{};
  };
  std::vector<Nat> nats{};
  /// Which NAT each node is behind; those that are not here, or behind none, are on the public network.
  std::vector<std::optional<std::uint32_t>> nodes{};

  [[nodiscard]] std::optional<std::uint32_t> nat_of(std::uint32_t node) const {
    return node < nodes.size() ? nodes[node] : std::nullopt;
  }

  enum class Way : std::uint8_t {
    open,         ///< what the one sends arrives, whatever the other has sent before
    punched,      ///< only if both send at about the same time, each to where the other is seen
    by_birthday,  ///< only by many sockets on the one side and many ports on the other
    none,
  };
  /// How `from` reaches `to` directly.
  [[nodiscard]] Way way(std::uint32_t from, std::uint32_t to) const;
};

}  // namespace tutti
