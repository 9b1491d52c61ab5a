// The ledger: which events a session has taken in, by the stretches of time between two ticks at which a past
// may be folded; and, of what is folded already, only the names.
//
// It answers what two peers ask each other when their foundations meet: how many events do you know of up to
// this tick, and which. It holds no payloads.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "tutti/overlay/sequence_set.hpp"
#include "tutti/symmetric/foundation.hpp"

namespace tutti::symmetric {

class Ledger {
 public:
  /// In ticks: the distance of the ticks of the grid, and for how long before the foundation the names of an
  /// origin's events are remembered.
  Ledger(std::int64_t grid, std::int64_t memory) : grid_(grid), memory_(memory) {}

  /// The tick of the foundation: 0, or one of the grid.
  [[nodiscard]] Tick tick() const { return tick_; }
  [[nodiscard]] FoundationName name() const { return {tick_, account_.history}; }
  /// The last tick of the grid that is not after `tick`.
  [[nodiscard]] Tick grid_at(Tick tick) const { return Tick(tick.value() / grid_ * grid_); }
  [[nodiscard]] bool on_grid(Tick tick) const { return tick >= Tick(0) && grid_at(tick) == tick; }

  /// Takes in an event that is not in yet; it is due after tick().
  void add(const EventId& id, ByteView event);
  /// What is known up to a tick of the grid, not before tick().
  [[nodiscard]] Account up_to(Tick tick) const;
  /// How many events since the foundation.
  [[nodiscard]] std::size_t size() const { return size_; }

  struct Folded {
    std::vector<EventId> events;   ///< which are part of the foundation now
    std::vector<Origin> silenced;  ///< origins whose names are not remembered any more
  };
  /// Moves the foundation to `tick`, one of the grid after the present one.
  Folded fold(Tick tick);
  /// The foundation, but for its image.
  [[nodiscard]] Foundation foundation() const;
  /// Puts another foundation in the place of the present one. Keeps what is due after both; returns what was
  /// in the ledger, due up to its tick.
  std::vector<EventId> adopt(const Foundation& foundation);
  /// Whether it is part of the foundation, as far as names are remembered.
  [[nodiscard]] bool founded(Origin origin, Sequence sequence) const;
  /// What is remembered of the foundation, by origin.
  [[nodiscard]] std::map<Origin, SequenceSet> names() const;
  /// Whether any event of it is known, part of the foundation or not.
  [[nodiscard]] bool knows(Origin origin) const;

 private:
  struct Stretch {
    Account account;
    std::vector<EventId> events;
  };
  struct Names {
    SequenceSet sequences;
    Tick last_tick;
  };

  [[nodiscard]] std::int64_t stretch_of(Tick tick) const { return (tick.value() + grid_ - 1) / grid_; }
  std::vector<EventId> take_up_to(Tick tick);

  std::int64_t grid_;
  std::int64_t memory_;
  Tick tick_;
  Account account_;
  std::map<std::int64_t, Stretch> stretches_;  // each ends at this multiple of the grid
  std::map<Origin, Names> folded_;
  std::size_t size_ = 0;
};

}  // namespace tutti::symmetric
