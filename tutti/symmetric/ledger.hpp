// The ledger: which events a session has taken in, by the stretches of time between two ticks at which a past
// may be folded; and, of what is folded already, only the names.
//
// It answers what two peers ask each other when their foundations meet: how many events do you know of up to
// this tick, and which. It holds no payloads.
//
// It also sees to it that nothing happens twice. What a past could not take in any more is said again by its
// peer, under a new name and with the one it was first said under: that names the act. A past may come
// to know several sayings of one act, in any order, when it meets another that had taken in an older one. The
// earliest of them counts, the others are known and accounted for as events are, and do nothing. The earliest
// by tick: so that what counts does not depend on the order of arrival, nor on what is folded already.
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

  struct Addition {
    bool counts = false;                 ///< what was added is what its act is taken by
    std::optional<EventId> withdrawn{};  ///< another saying of it, which does not count any more
  };
  /// Takes in an event that is not in yet; it is due after tick(). `act` is its own name, unless it is said
  /// again.
  Addition add(const EventId& id, const Act& act, ByteView event);
  struct Removal {
    bool counted = false;               ///< what was removed is what its act was taken by
    std::optional<EventId> restored{};  ///< another saying of it, which counts from now on
  };
  /// Takes out again what was added so, and is due after tick().
  Removal remove(const EventId& id, const Act& act, ByteView event);
  /// What is known up to a tick of the grid, not before tick().
  [[nodiscard]] Account up_to(Tick tick) const;
  /// How many events since the foundation.
  [[nodiscard]] std::size_t size() const { return size_; }

  struct Folded {
    std::vector<EventId> events;   ///< which are part of the foundation now
    std::vector<Origin> silenced;  ///< origins of whom nothing is remembered any more
  };
  /// Moves the foundation to `tick`, one of the grid after the present one.
  Folded fold(Tick tick);
  /// The foundation, but for its image.
  [[nodiscard]] Foundation foundation() const;

  struct Adopted {
    std::vector<EventId> dropped;    ///< were in the ledger, due up to the foundation's tick
    std::vector<EventId> withdrawn;  ///< still are, and do not count any more
    std::vector<EventId> restored;   ///< still are, and count from now on
  };
  /// Puts another foundation in the place of the present one. Keeps what is due after both.
  Adopted adopt(const Foundation& foundation);
  /// Whether any saying of an act is known, part of the foundation as far as names are remembered, or later.
  [[nodiscard]] bool took(const Act& act) const;
  /// What is remembered of the foundation, by origin.
  [[nodiscard]] std::map<Origin, SequenceSet> names() const;
  /// Whether any event of it is known, part of the foundation or not.
  [[nodiscard]] bool knows(Origin origin) const { return folded_.contains(origin) || is_recent(origin); }

 private:
  struct Saying {
    EventId id;
    Act act;
  };
  struct Stretch {
    Account account;
    std::vector<Saying> sayings;
  };
  struct Names {
    SequenceSet sequences;
    SequenceSet again;  // acts, first said by this origin, that were taken by a later saying
    Tick last_tick;
  };

  [[nodiscard]] std::int64_t stretch_of(Tick tick) const { return (tick.value() + grid_ - 1) / grid_; }
  [[nodiscard]] bool is_founded(const Act& act) const;
  [[nodiscard]] bool is_recent(Origin origin) const;
  /// By which event since the foundation it is taken, if it is.
  [[nodiscard]] std::optional<EventId> counting(const Act& act, const std::vector<EventId>& sayings) const;
  std::vector<Saying> take_up_to(Tick tick);

  std::int64_t grid_;
  std::int64_t memory_;
  Tick tick_;
  Account account_;
  std::map<std::int64_t, Stretch> stretches_;    // each ends at this multiple of the grid
  std::map<Act, std::vector<EventId>> sayings_;  // since the foundation; the earliest first, none empty
  std::map<Origin, Names> folded_;
  std::size_t size_ = 0;
};

}  // namespace tutti::symmetric
