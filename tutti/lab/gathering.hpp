// One question to a whole network at one peer of it: the core of aggregation.hpp.
//
// The question floods, and whoever a peer hears it from first is its parent: a tree, made anew for each
// question, so that it needs no repair (TAG: Madden, Franklin, Hellerstein, Hong, OSDI 2002). A peer passes
// the question on to all neighbours but its parent and waits for each of them. A neighbour that has another
// parent passes the question on too, to this peer among others, and is not waited for any longer (Segall's
// echo, IEEE Transactions on Information Theory 1983). So in a network that stands still everybody answers as
// soon as its children have, without any clock. Where something is lost, deadlines end the waiting: a child
// has one hop less time than its parent, enough for the question's way down and the answer's way up.
//
// A peer answers one neighbour, once. What comes late, or twice, or from nobody who was asked is not taken: a
// peer may be missing from the result and is never in it twice.
#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "tutti/measure/measures.hpp"

namespace tutti::lab {

/// What a part of the network has to say.
struct Contribution {
  std::uint32_t peers = 0;  ///< that have been heard
  measure::Measures measures;
};

/// What a hostile neighbour can make a network appear to have at most.
inline constexpr std::uint32_t peers_heard_max = 1 << 24;

/// How the time for an answer is divided between a peer and its children.
struct Patience {
  Duration own{};                         ///< until the peer answers with what it has
  std::optional<Duration> of_children{};  ///< what it tells them; nothing if there is no time to ask any

  /// Of one whose parent waits for `parents`.
  static Patience under(Duration parents, Duration hop);
};

class Gathering {
 public:
  /// Begins with the peer's own contribution. `parent` is to be answered, or nobody: then this peer asked.
  Gathering(std::optional<PeerId> parent, std::set<PeerId> asked, TimePoint deadline, Contribution own);

  [[nodiscard]] std::optional<PeerId> parent() const { return parent_; }
  [[nodiscard]] TimePoint deadline() const { return deadline_; }
  [[nodiscard]] bool awaits(PeerId neighbour) const { return awaited_.contains(neighbour); }
  [[nodiscard]] bool complete() const { return awaited_.empty(); }
  [[nodiscard]] const Contribution& result() const { return result_; }

  /// The answer of a neighbour that is awaited. False if it is left out, for one that makes the result too
  /// large to be sent.
  bool answered(PeerId neighbour, const Contribution& contribution);
  /// This neighbour will not answer: it has another parent, or is gone.
  void give_up(PeerId neighbour) { awaited_.erase(neighbour); }

 private:
  std::optional<PeerId> parent_;
  std::set<PeerId> awaited_;
  TimePoint deadline_;
  Contribution result_;
};

}  // namespace tutti::lab
