// The state of an application at any tick, whatever the order in which its events become known.
//
// What happens in a tick: state(0) is the started state and the events of tick 0; state(k) is state(k-1),
// then tick(), then the events of tick k in the timeline's order.
//
// The machine works at one position, usually the newest tick. An event that arrives before its tick waits in
// the timeline. One that arrives too late makes every state from its tick on incorrect: insert() marks the
// earliest such tick and does no more, so that all late events that come together cost one rollback. The next
// advance() restores the newest snapshot before the mark, drops the snapshots after it, and replays.
//
// A replay can take longer than a frame may. So advance() works within a budget and goes on at the next call.
// Until the replay is complete, state() keeps showing what it showed before: nobody sees the past rush by
// half-changed. More events may arrive meanwhile, and one before the position rolls back again, to its own
// snapshot only.
//
//   invariant: state and snapshots at ticks before the mark, and up to the position, are those of all known
//   events. A rollback removes the mark by moving the position before it, never by declaring the replay done.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>

#include "tutti/base/hash.hpp"
#include "tutti/base/require.hpp"
#include "tutti/symmetric/application.hpp"
#include "tutti/symmetric/event.hpp"
#include "tutti/symmetric/fingerprint.hpp"
#include "tutti/symmetric/snapshots.hpp"
#include "tutti/symmetric/timeline.hpp"

namespace tutti::symmetric {

struct TimeMachineOptions {
  /// Ticks from one snapshot to the next; nothing means a second's worth. More save copying, fewer save
  /// replaying: a late event replays half an interval more than its lateness on average.
  std::optional<std::int64_t> snapshot_interval_ticks;
  std::size_t snapshots_max = snapshots_max_default;
};

/// What insert() found.
enum class Arrival : std::uint8_t {
  timely,     ///< its turn is still to come
  late,       ///< its turn has passed: the next advance() travels back
  duplicate,  ///< known already; nothing changes
  too_old,    ///< due at a tick that is folded away, or never was: it cannot be taken
};

/// How far an unfinished replay is.
struct Replay {
  Tick from;  ///< the earliest tick it went back to
  Tick at;    ///< the tick it has reached
  Tick to;    ///< the tick that is shown meanwhile

  constexpr bool operator==(const Replay&) const = default;
};

struct TimeMachineStatistics {
  std::uint64_t events = 0;  ///< taken in, late ones included
  std::uint64_t late_events = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t too_old = 0;
  std::uint64_t rollbacks = 0;
  std::uint64_t ticks_travelled_back =
      0;                             ///< from the position to the earliest late event, at least 1 a rollback
  std::uint64_t ticks_replayed = 0;  ///< run a second time; those since the snapshot included
  std::uint64_t longest_rollback_ticks = 0;
};

/// `App` as application.hpp describes. Lives on one thread; holds `snapshots_max` states and all events.
template <typename App>
class TimeMachine {
  static_assert(check_application<App>());

 public:
  using State = App::State;
  using Event = App::Event;
  using Events = Timeline<Event>;

  /// The known past a machine begins with when it does not begin at tick 0: that of a session it joins, or of
  /// a file.
  struct Foundation {
    Tick tick;
    std::uint64_t history = 0;  ///< of the events up to the tick, which are in the state and need not be kept
    State state;
  };

  /// A new session, at tick 0.
  explicit TimeMachine(const TimeMachineOptions& options = {})
      // "The tick before 0" is the started state without the events of tick 0, which may yet become known.
      : TimeMachine(Foundation{Tick(-1), 0, started_state<App>()}, options) {
    run_tick(position_, timeline_.all());
    shown_tick_ = position_.tick;
  }

  /// A session that is under way. Whoever vouches for the foundation has checked its tick to be 0 or more.
  explicit TimeMachine(const Foundation& foundation, const TimeMachineOptions& options = {})
      : interval_(options.snapshot_interval_ticks.value_or(ticks_per_second<App>())),
        timeline_(foundation.history),
        snapshots_(foundation.tick, foundation.history, foundation.state, options.snapshots_max),
        position_{foundation.state, foundation.tick, 0},
        shown_tick_(foundation.tick) {
    require(interval_ >= 1, "snapshots are at least a tick apart");
    next_snapshot_ = next_snapshot_after(foundation.tick);
  }

  /// Takes an event in; never runs the application. One that is due at the current tick and sorts after all
  /// that was applied there is timely: the next advance() applies it, even one to the same tick.
  Arrival insert(const EventId& id, Event event) {
    if (id.tick <= snapshots_.first_tick()) {
      ++statistics_.too_old;
      return Arrival::too_old;
    }
    if (!timeline_.insert(id, std::move(event))) {
      ++statistics_.duplicates;
      return Arrival::duplicate;
    }
    ++statistics_.events;
    // A rollback that had no budget left stands on a snapshot, which would lack what is added to its tick.
    const bool passed = id.tick < position_.tick || id.tick <= snapshots_.newest_tick() ||
                        (last_applied_ && id < *last_applied_);
    if (passed) first_incorrect_ = std::min(id.tick, first_incorrect_.value_or(id.tick));
    if (!passed && id.tick >= shown_tick_) return Arrival::timely;
    ++statistics_.late_events;
    return Arrival::late;
  }

  /// Goes towards `target`, which is not before tick(); rolls back first if it must. Runs at most
  /// `budget_ticks` ticks, those it replays included, and returns how many.
  std::int64_t advance(Tick target, std::int64_t budget_ticks) {
    require(target >= shown_tick_, "the time machine advances to no tick before the one it shows");
    require(budget_ticks >= 0, "a budget is not negative");
    const auto events = timeline_.all();
    if (first_incorrect_) roll_back(budget_ticks);
    apply_due(position_, events);
    const std::int64_t ticks = std::min(budget_ticks, target - position_.tick);
    statistics_.ticks_replayed += static_cast<std::uint64_t>(std::min(ticks, shown_tick_ - position_.tick));
    for (std::int64_t i = 0; i < ticks; ++i) {
      // A snapshot is taken when its tick is left, so that it holds the events that came during it.
      if (position_.tick >= next_snapshot_) take_snapshot();
      run_tick(position_, events);
    }
    last_applied_.reset();
    if (position_.applied > 0) last_applied_ = events[position_.applied - 1].id;
    if (position_.tick >= shown_tick_) {
      shown_tick_ = position_.tick;
      replay_from_.reset();
    }
    return ticks;
  }

  /// The tick that state() shows: the furthest one reached.
  [[nodiscard]] Tick tick() const { return shown_tick_; }
  /// The state after the last advance() that left no replay unfinished. Valid until the next advance().
  [[nodiscard]] const State& state() const { return replay_from_ ? *aside_ : position_.state; }
  /// The unfinished replay, if there is one.
  [[nodiscard]] std::optional<Replay> replaying() const {
    if (!replay_from_) return std::nullopt;
    return Replay{*replay_from_, position_.tick, shown_tick_};
  }
  /// The first tick that state_at() can show.
  [[nodiscard]] Tick first_tick() const { return std::max(Tick(0), snapshots_.first_tick()); }

  /// What the state was at any tick from first_tick() to tick(), given all events that are known now. Copies
  /// the newest snapshot and replays from there: about an interval in the recent past, a small share of the
  /// age in the distant one; but all the way from a late event that no advance() has worked in yet.
  [[nodiscard]] State state_at(Tick tick) const {
    require(tick >= first_tick() && tick <= shown_tick_,
            "state_at() is asked for a tick between first_tick() and tick()");
    Position position = start_for(tick);
    const auto events = timeline_.all();
    apply_due(position, events);
    while (position.tick < tick) run_tick(position, events);
    return position.state;
  }

  /// Costs what state_at() costs. Two peers should compare only ticks for which no more events can come.
  [[nodiscard]] Fingerprint fingerprint(Tick tick) const {
    const State state = state_at(tick);
    return {tick, timeline_.history(tick),
            hash_bytes(ByteView(reinterpret_cast<const std::uint8_t*>(&state), sizeof state))};
  }

  /// Forgets what came before the newest snapshot at or before `tick`, which no event may change any more:
  /// what comes for it after this is too_old. Returns the new first tick. Does nothing before the position
  /// is past `tick`.
  Tick fold(Tick tick) {
    if (tick <= snapshots_.first_tick() || tick > position_.tick ||
        (first_incorrect_ && *first_incorrect_ <= tick))
      return first_tick();
    const Tick first = snapshots_.newest_at_or_before(tick).tick;
    snapshots_.drop_before(first);
    position_.applied -= timeline_.fold(first);
    return first_tick();
  }

  /// The known events since the foundation.
  [[nodiscard]] const Events& timeline() const { return timeline_; }
  [[nodiscard]] const TimeMachineStatistics& statistics() const { return statistics_; }

 private:
  using Entries = std::span<const typename Events::Entry>;

  struct Position {
    State state;
    Tick tick;
    std::size_t applied;  // of the timeline's events, this many are in the state
  };

  static void apply_due(Position& position, Entries events) {
    for (; position.applied < events.size(); ++position.applied) {
      const auto& event = events[position.applied];
      if (event.id.tick > position.tick) return;
      App::apply(position.state, event.id.origin.peer, event.payload);
    }
  }

  static void run_tick(Position& position, Entries events) {
    ++position.tick;
    if (position.tick != Tick(0)) App::tick(position.state);
    apply_due(position, events);
  }

  // Multiples of the interval, so that a replay takes its snapshots where they were.
  [[nodiscard]] Tick next_snapshot_after(Tick tick) const {
    return Tick((std::max<std::int64_t>(tick.value(), 0) / interval_ + 1) * interval_);
  }

  void take_snapshot() {
    snapshots_.take(position_.tick, timeline_.history_of_first(position_.applied), position_.state);
    next_snapshot_ = next_snapshot_after(position_.tick);
  }

  void roll_back(std::int64_t budget_ticks) {
    const Tick incorrect = *first_incorrect_;
    const auto depth = static_cast<std::uint64_t>(std::max<std::int64_t>(position_.tick - incorrect, 1));
    ++statistics_.rollbacks;
    statistics_.ticks_travelled_back += depth;
    statistics_.longest_rollback_ticks = std::max(statistics_.longest_rollback_ticks, depth);

    snapshots_.drop_from(incorrect);
    const auto snapshot = snapshots_.newest_at_or_before(incorrect);
    require(snapshot.history == timeline_.history(snapshot.tick),
            "a snapshot holds every event up to its tick");
    if (replay_from_) {
      replay_from_ = std::min(*replay_from_, snapshot.tick);
    } else if (shown_tick_ - snapshot.tick > budget_ticks) {
      if (!aside_) aside_ = std::make_unique<State>();
      *aside_ = position_.state;
      replay_from_ = snapshot.tick;
    }
    position_.state = snapshot.state;
    position_.tick = snapshot.tick;
    position_.applied = timeline_.count_before(snapshot.tick + 1);
    next_snapshot_ = next_snapshot_after(snapshot.tick);
    first_incorrect_.reset();  // the position is before it now
  }

  // The latest correct state at or before `tick`.
  [[nodiscard]] Position start_for(Tick tick) const {
    const Tick correct = first_incorrect_ ? std::min(tick, *first_incorrect_ - 1) : tick;
    if (position_.tick <= correct) return position_;
    const auto snapshot = snapshots_.newest_at_or_before(correct);
    return {snapshot.state, snapshot.tick, timeline_.count_before(snapshot.tick + 1)};
  }

  std::int64_t interval_;  // ticks
  Events timeline_;
  Snapshots<State> snapshots_;
  Position position_;
  Tick shown_tick_;
  Tick next_snapshot_;
  std::optional<Tick> first_incorrect_;
  std::optional<EventId> last_applied_;  // at the position, when the last advance() ended
  std::optional<Tick> replay_from_;      // during an unfinished replay only
  std::unique_ptr<State> aside_;         // what is shown during one
  TimeMachineStatistics statistics_;
};

}  // namespace tutti::symmetric
