// Who relays for whom. A peer that cannot be reached by strangers is linked with some that can; whoever looks
// for it goes to the same ones, and is introduced to it there. Which they are both know without a word, for
// each ranks the relays by a hash of the peer's id and theirs (Thaler and Ravishankar, "Using name-based
// mappings to increase hit rates", 1998: rendezvous hashing).
#pragma once

#include <vector>

#include "tutti/link/link_manager.hpp"

namespace tutti {

class RelayDirectory {
 public:
  /// Relays that a peer is linked with when it needs any.
  static constexpr std::size_t relays_of_a_peer = 2;
  /// How many of the ranking are tried, for some may be gone.
  static constexpr std::size_t ranks = 4;

  /// The relays of that peer, the highest rank first; at most `ranks`.
  [[nodiscard]] virtual std::vector<LinkTarget> relays_of(PeerId peer) const = 0;

 protected:
  ~RelayDirectory() = default;
};

}  // namespace tutti
