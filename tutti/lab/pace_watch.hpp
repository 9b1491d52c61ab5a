// What only somebody who sees all peers at once can say about their time.
//
// A time violation, as "Symmetric Peer-to-Peer Applications" counts them: a peer comes to a tick smaller than
// the greatest that anybody has ever come to, in absolute time. And the recovery of a returning peer: from
// its start until it shows the tick of the peers it can reach, or the one before; a peer that reaches nobody
// has nothing to recover.
//
// The ticks stand on the house's board: one column of each peer, and the greatest of all.
#pragma once

#include <optional>
#include <vector>

#include "tutti/lab/house.hpp"
#include "tutti/symmetric/event.hpp"

namespace tutti::lab {

class PaceWatch {
 public:
  /// Uses this column of the board, and the common column of that number.
  PaceWatch(std::uint32_t peers, std::size_t column, std::size_t common_column)
      : column_(column), common_column_(common_column), peers_(peers) {}

  void started(const Site& site);
  void ended(House& house, std::uint32_t number);
  /// The peer has come to another tick.
  void tick_shown(House& house, std::uint32_t number, symmetric::Tick tick);
  /// Whether it has caught up since its start. Live only of the process' own peer.
  [[nodiscard]] bool in_time(std::uint32_t number) const { return !peers_[number].recovering_since; }

 private:
  struct Watched {
    std::optional<TimePoint> recovering_since;
    measure::Counter violations;
    measure::Distribution recovery;
  };

  /// The greatest tick of the others that a peer reaches over running peers.
  [[nodiscard]] std::optional<std::int64_t> greatest_in_reach(const House& house, std::uint32_t number) const;

  std::size_t column_;
  std::size_t common_column_;
  std::vector<Watched> peers_;
};

}  // namespace tutti::lab
