// What only somebody who sees all peers at once can say about their time.
//
// A time violation, as "Symmetric Peer-to-Peer Applications" counts them: a peer comes to a tick smaller than
// the greatest that anybody has ever come to, in absolute time. And the recovery of a returning peer: from
// its start until it shows the tick of the peers it can reach, or the one before; a peer that reaches nobody
// has nothing to recover.
#pragma once

#include <optional>
#include <vector>

#include "tutti/lab/world.hpp"
#include "tutti/symmetric/event.hpp"

namespace tutti::lab {

class PaceWatch {
 public:
  explicit PaceWatch(std::uint32_t peers) : peers_(peers) {}

  void started(const Site& site);
  void ended(std::uint32_t number) { peers_[number] = {}; }
  /// The peer has come to another tick.
  void tick_shown(World& world, std::uint32_t number, symmetric::Tick tick);
  /// Whether it runs and has caught up since its start.
  [[nodiscard]] bool in_time(std::uint32_t number) const {
    return peers_[number].running && !peers_[number].recovering_since;
  }

 private:
  struct Watched {
    bool running = false;
    symmetric::Tick tick;
    std::optional<TimePoint> recovering_since;
    measure::Counter violations;
    measure::Distribution recovery;
  };

  /// The greatest tick of the others that a peer reaches over running peers.
  [[nodiscard]] std::optional<symmetric::Tick> greatest_in_reach(World& world, std::uint32_t number) const;

  std::vector<Watched> peers_;
  symmetric::Tick greatest_;
};

}  // namespace tutti::lab
