// The house that the peers of a run live in, as their stack sees it: simulated or live, a stack cannot tell.
//
//   std::unique_ptr<Peer> MyStack::start(const Site& site) {
//     LinkOptions links{.network = "mine 1"};
//     for (const auto neighbour : site.neighbours())
//       links.targets.push_back({site.house.endpoint_of(neighbour), site.house.peer_id(neighbour)});
//     return site.house.link(site.build(), site, std::move(links)).add<Mine>().start();
//   }
//
// Simulated, all peers of a run live in one house. Live there is one for each process, with one peer in it:
// it knows of the others what is said here, and no more.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tutti/lab/board.hpp"
#include "tutti/link/link_manager.hpp"
#include "tutti/peer/peer.hpp"

namespace tutti::lab {

struct Site;

class House {
 public:
  /// Of the whole run.
  [[nodiscard]] virtual std::uint32_t peer_count() const = 0;
  [[nodiscard]] virtual PeerId peer_id(std::uint32_t number) const = 0;
  /// Where a peer is reached: a place, or the peer itself if a NAT is around it, for others to introduce.
  [[nodiscard]] virtual Endpoint endpoint_of(std::uint32_t number) const = 0;
  /// Whom the topology links a peer with, in either direction.
  [[nodiscard]] virtual const std::vector<std::uint32_t>& neighbours(std::uint32_t number) const = 0;
  /// Since the experiment began, by a clock that all peers have in common: for the laboratory. A peer's own
  /// clock is its runtime's.
  [[nodiscard]] virtual TimePoint now() const = 0;
  /// With Stack::board_columns() numbers of each peer.
  [[nodiscard]] virtual Board& board() = 0;
  [[nodiscard]] virtual const Board& board() const = 0;

  /// A peer that counts into the site's recorder, still without peerlets.
  virtual Peer::Builder build(const Site& site) = 0;
  /// Adds the links of the peer that starts at `site`: a LinkManager with its transport, and whatever else
  /// its links need in this house.
  virtual Peer::Builder link(Peer::Builder builder, const Site& site, LinkOptions links) = 0;
  /// Adds a carrier that reaches every peer of the run by its id, for protocols that need no links. Where as
  /// many can run live it is links with all of them; in larger simulations of messages there are none.
  virtual Peer::Builder reach_all(Peer::Builder builder, const Site& site) = 0;

 protected:
  ~House() = default;
};

/// Where one peer of a run lives.
struct Site {
  std::uint32_t number = 0;
  House& house;
  Runtime& runtime;
  measure::Recorder& recorder;

  [[nodiscard]] PeerId id() const { return house.peer_id(number); }
  [[nodiscard]] const std::vector<std::uint32_t>& neighbours() const { return house.neighbours(number); }
  /// What every peer of a run begins with: a live one also gets what gathers its measures.
  [[nodiscard]] Peer::Builder build() const { return house.build(*this); }
};

/// Links between everybody and everybody: for reach_all() where nothing cheaper reaches all.
LinkOptions links_with_all(const Site& site);

}  // namespace tutti::lab
