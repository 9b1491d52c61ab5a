// The state of an application at any tick, whatever the order in which its events become known.
//
// What happens in a tick, position.hpp says.
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
// When snapshots are taken is a matter of its own (snapshot_schedule.hpp), and so are what a state is and how
// it is copied (state_memory.hpp).
//
// What the ticks do to the world outside is told to the audience once the replay is complete, however often
// they ran (effects.hpp).
//
//   invariant: state and snapshots at ticks before the mark, and up to the position, are those of all known
//   events. A rollback removes the mark by moving the position before it, never by declaring the replay done.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "tutti/base/require.hpp"
#include "tutti/memory/image.hpp"
#include "tutti/symmetric/application.hpp"
#include "tutti/symmetric/effect_log.hpp"
#include "tutti/symmetric/event.hpp"
#include "tutti/symmetric/fingerprint.hpp"
#include "tutti/symmetric/position.hpp"
#include "tutti/symmetric/snapshot_schedule.hpp"
#include "tutti/symmetric/snapshots.hpp"
#include "tutti/symmetric/state_memory.hpp"
#include "tutti/symmetric/timeline.hpp"

namespace tutti::symmetric {

struct TimeMachineOptions {
  /// Ticks from one snapshot to the next. Nothing: ten and more for larger states that are copied whole, up
  /// to a second's worth, and a second's worth for those older than two seconds. More save copying, fewer
  /// save replaying: a late event replays half an interval more than its lateness on average.
  std::optional<std::int64_t> snapshot_interval_ticks{};
  std::size_t snapshots_max = snapshots_max_default;
  /// What all snapshots together may hold, in bytes, as long as there are more than snapshots_min.
  std::size_t snapshot_bytes_max = std::size_t{64} << 20;
  /// How changes of large states are found.
  memory::PagedMemoryOptions memory{};
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

/// `App` as application.hpp describes. Lives on one thread; holds its snapshots and all events.
template <typename App>
class TimeMachine {
  static_assert(check_application<App>());

 public:
  using State = App::State;
  using Event = App::Event;
  using Events = Timeline<Event>;
  using Memory = StateMemory<App>;
  using Effect = EffectOf<App>;

  /// The known past a machine begins with when it does not begin at tick 0: that of a session it joins, or of
  /// a file.
  struct Foundation {
    Tick tick;
    std::uint64_t history = 0;  ///< of the events up to the tick, which are in the state and need not be kept
    memory::Image image;        ///< of the state: image_at() of another machine, maybe on another peer
  };

  /// A new session, at tick 0.
  explicit TimeMachine(const TimeMachineOptions& options = {})
      // "The tick before 0" is the started state without the events of tick 0, which may yet become known.
      : TimeMachine(Tick(-1), 0, started_memory<App>(options.memory), options) {
    position_.run_tick(timeline_.all(), nullptr);
    shown_tick_ = position_.tick;
  }

  /// A session that is under way. Whoever vouches for the foundation has checked its tick to be 0 or more,
  /// and its image to be that of a state (StateMemory<App>::fits()).
  explicit TimeMachine(const Foundation& foundation, const TimeMachineOptions& options = {})
      : TimeMachine(foundation.tick, foundation.history, memory_of<App>(foundation.image, options.memory),
                    options) {}

  /// Tells `audience` of the effects after tick(), in advance() and settle_effects(), which it must not call.
  /// Without one, nothing is remembered of them.
  void set_audience(EffectAudience<Effect> audience) { effects_.emplace(shown_tick_, std::move(audience)); }
  [[nodiscard]] bool has_audience() const { return effects_.has_value(); }
  /// No event will be due at `tick` or before: effects that waited for this are told. An event that is due
  /// there all the same changes none of what was told.
  void settle_effects(Tick tick) {
    // What has come but is not worked in yet still counts.
    if (effects_) effects_->settle(first_incorrect_ ? std::min(tick, *first_incorrect_ - 1) : tick);
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
    stop_folding(id.tick);
    // A rollback that had no budget left stands on a snapshot, which would lack what is added to its tick.
    const bool passed = id.tick < position_.tick || id.tick <= snapshots_.newest_tick() ||
                        (last_applied_ && id < *last_applied_);
    if (passed) first_incorrect_ = std::min(id.tick, first_incorrect_.value_or(id.tick));
    if (!passed && id.tick >= shown_tick_) return Arrival::timely;
    ++statistics_.late_events;
    return Arrival::late;
  }

  /// Takes out an event that does not happen after all; runs nothing either. The next advance() travels back
  /// if its turn has passed. Nothing changes if it is not known, or folded away.
  void withdraw(const EventId& id) {
    if (id.tick <= snapshots_.first_tick() || !timeline_.remove(id)) return;
    stop_folding(id.tick);
    if (id.tick <= position_.tick) first_incorrect_ = std::min(id.tick, first_incorrect_.value_or(id.tick));
  }

  /// Goes towards `target`, which is not before tick(); rolls back first if it must. Runs at most
  /// `budget_ticks` ticks, those it replays included, and returns how many.
  std::int64_t advance(Tick target, std::int64_t budget_ticks) {
    require(target >= shown_tick_, "the time machine advances to no tick before the one it shows");
    require(budget_ticks >= 0, "a budget is not negative");
    const auto events = timeline_.all();
    if (first_incorrect_) roll_back(budget_ticks);
    position_.apply_due(events, log());
    const std::int64_t ticks = std::min(budget_ticks, target - position_.tick);
    statistics_.ticks_replayed += static_cast<std::uint64_t>(std::min(ticks, shown_tick_ - position_.tick));
    target_ = target;
    for (std::int64_t i = 0; i < ticks; ++i) {
      // A snapshot is taken when its tick is left, so that it holds the events that came during it.
      if (position_.tick >= next_snapshot_) take_snapshot();
      position_.run_tick(events, log());
    }
    last_applied_.reset();
    if (position_.applied > 0) last_applied_ = events[position_.applied - 1].id;
    if (position_.tick >= shown_tick_) {
      shown_tick_ = position_.tick;
      replay_from_.reset();
      if (effects_) effects_->shown(shown_tick_);
    }
    return ticks;
  }

  /// The tick that state() shows: the furthest one reached.
  [[nodiscard]] Tick tick() const { return shown_tick_; }
  /// The state after the last advance() that left no replay unfinished. Valid until the next advance().
  [[nodiscard]] const State& state() const {
    return replay_from_ ? aside_->state() : position_.memory.state();
  }
  /// Whether the next advance() travels back.
  [[nodiscard]] bool will_roll_back() const { return first_incorrect_.has_value(); }
  /// The unfinished replay, if there is one.
  [[nodiscard]] std::optional<Replay> replaying() const {
    if (!replay_from_) return std::nullopt;
    return Replay{*replay_from_, position_.tick, shown_tick_};
  }
  /// The first tick that state_at() can show.
  [[nodiscard]] Tick first_tick() const { return std::max(Tick(0), snapshots_.first_tick()); }

  /// What the state was at any tick from first_tick() to tick(), given all events that are known now. Copies
  /// the newest snapshot and replays from there: a few ticks in the recent past, a small share of the age in
  /// the distant one; but all the way from a late event that no advance() has worked in yet.
  [[nodiscard]] StateCopy<App> state_at(Tick tick) const {
    return StateCopy<App>(std::move(position_at(tick).memory));
  }
  /// Its image; costs nothing where a snapshot was taken.
  [[nodiscard]] memory::Image image_at(Tick tick) const {
    const auto snapshot = newest_snapshot(tick);
    if (snapshot.tick == tick) return snapshot.copy;
    return position_at(tick).memory.image();
  }

  /// The newest snapshot at or before such a tick that holds all events known now: where whoever runs ticks
  /// of the past on its own begins. It may be of the tick before 0 (position.hpp goes on from there).
  [[nodiscard]] Snapshots<memory::Image>::Snapshot newest_snapshot(Tick tick) const {
    check_visible(tick);
    return snapshots_.newest_at_or_before(is_correct(tick) ? tick : *first_incorrect_ - 1);
  }

  /// Costs what image_at() costs, and hashes the pages that were never hashed before; nothing at whole
  /// seconds that lie a few seconds back. Two peers should compare only ticks for which no more events can
  /// come.
  [[nodiscard]] Fingerprint fingerprint(Tick tick) const {
    if (const auto known = known_fingerprint(tick)) return *known;
    return {tick, timeline_.history(tick), image_at(tick).hash()};
  }
  /// The same where nothing has to be run for it: of a tick of which there is a snapshot, or was lately.
  [[nodiscard]] std::optional<Fingerprint> known_fingerprint(Tick tick) const {
    const auto snapshot = newest_snapshot(tick);
    if (snapshot.tick == tick) return Fingerprint{tick, timeline_.history(tick), snapshot.copy.hash()};
    if (!is_correct(tick)) return std::nullopt;
    return dropped_.at(tick);
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

  /// Makes `tick` the foundation and returns it, or nothing, and nothing changes, while the position is not
  /// past it, an event before it has yet to be worked in, or the state of it is not there: for that it runs
  /// at most `budget_ticks` ticks from the newest snapshot, takes them off, and goes on at the next call.
  std::optional<Foundation> fold_at(Tick tick, std::int64_t& budget_ticks) {
    if (tick <= snapshots_.first_tick() || tick >= position_.tick ||
        (first_incorrect_ && *first_incorrect_ <= tick))
      return std::nullopt;
    auto image = image_for_fold(tick, budget_ticks);
    if (!image) return std::nullopt;
    Foundation foundation{tick, timeline_.history(tick), *std::move(image)};
    snapshots_.begin_with(tick, foundation.history, foundation.image);
    position_.applied -= timeline_.fold(tick);
    return foundation;
  }

  /// The same at once.
  std::optional<Foundation> fold_at(Tick tick) {
    auto unlimited = std::numeric_limits<std::int64_t>::max();
    return fold_at(tick, unlimited);
  }

  /// Takes another past for its own, on the same terms as a session that is under way. Keeps the known events
  /// after it; the next advance() replays them, and state() shows meanwhile what it showed, unless that is of
  /// a tick before the new foundation.
  void adopt(const Foundation& foundation) {
    require(foundation.tick >= Tick(0), "a foundation is of a tick that there is");
    require(Memory::fits(foundation.image), "a state is made of an image of such a state");
    rest_on(foundation.tick, foundation.history, memory::image_in(position_.memory.pool(), foundation.image));
  }
  /// The same with the started state, which nothing has come before.
  void begin_anew() {
    auto started = started_memory<App>(beside());
    rest_on(Tick(-1), 0, memory::image_in(position_.memory.pool(), started.image()));
  }

  /// The known events since the foundation.
  [[nodiscard]] const Events& timeline() const { return timeline_; }
  [[nodiscard]] const TimeMachineStatistics& statistics() const { return statistics_; }
  [[nodiscard]] std::size_t snapshot_count() const { return snapshots_.size(); }
  /// What the snapshots hold together; the pages they share count once.
  [[nodiscard]] std::size_t snapshot_bytes() const { return position_.memory.pool()->bytes_held(); }

 private:
  using Position = symmetric::Position<App>;

  TimeMachine(Tick tick, std::uint64_t history, Memory memory, const TimeMachineOptions& options)
      : options_(options),
        timeline_(history),
        snapshots_(tick, history, memory.image(), options.snapshots_max),
        position_{std::move(memory), tick, 0},
        shown_tick_(tick),
        target_(tick) {
    require(options_.snapshot_interval_ticks.value_or(1) >= 1, "snapshots are at least a tick apart");
    plan_snapshot();
  }

  void rest_on(Tick tick, std::uint64_t history, memory::Image image) {
    folding_.reset();
    Events kept(history);
    for (const auto& event : timeline_.from(tick + 1))
      require(kept.insert(event.id, event.payload), "a timeline holds an event once");
    timeline_ = std::move(kept);
    if (shown_tick_ > tick) {
      if (!replay_from_) put_aside();
      replay_from_ = std::min(tick, replay_from_.value_or(tick));
    } else {
      replay_from_.reset();
      shown_tick_ = tick;
    }
    position_.memory.restore(image);
    position_.tick = tick;
    position_.applied = 0;
    snapshots_ = Snapshots<memory::Image>(tick, history, std::move(image), options_.snapshots_max);
    dropped_.forget_from(Tick(0));
    plan_snapshot();
    first_incorrect_.reset();
    last_applied_.reset();
    if (effects_) effects_->rest_on(tick);
  }

  std::optional<memory::Image> image_for_fold(Tick tick, std::int64_t& budget_ticks) {
    const auto snapshot = newest_snapshot(tick);
    if (snapshot.tick == tick) return snapshot.copy;
    if (!folding_ || folding_->tick > tick || folding_->tick < snapshot.tick)
      folding_.emplace(position_on(snapshot));
    folding_->applied = timeline_.count_before(folding_->tick + 1);
    for (; budget_ticks > 0 && folding_->tick < tick; --budget_ticks)
      folding_->run_tick(timeline_.all(), nullptr);
    if (folding_->tick < tick) return std::nullopt;
    auto image = folding_->memory.image();
    folding_.reset();
    return image;
  }
  // What happened up to there has changed.
  void stop_folding(Tick tick) {
    if (folding_ && tick <= folding_->tick) folding_.reset();
  }

  // For state() to show while a replay is under way.
  void put_aside() {
    if (!aside_) aside_.emplace(position_.memory.pool(), beside());
    aside_->restore(position_.memory.image());
  }

  EffectLog<Effect>* log() { return effects_ ? &*effects_ : nullptr; }

  void plan_snapshot() {
    next_snapshot_ = schedule_.next_after(position_.tick, std::max(target_, shown_tick_),
                                          position_.memory.bytes_looked_at());
  }
  void take_snapshot() {
    snapshots_.take(position_.tick, timeline_.history_of_first(position_.applied), position_.memory.image());
    snapshots_.thin_out(position_.tick - schedule_.recent(), schedule_.coarse());
    keep_to_budget();
    plan_snapshot();
  }

  void keep_to_budget() {
    while (snapshot_bytes() > options_.snapshot_bytes_max) {
      const auto snapshot = snapshots_.least_missed();
      if (!snapshot) return;
      // What peers compare is a few seconds old. A large state has no snapshot of then, and to run it again
      // for each comparison costs more than all else.
      if (snapshot->tick.value() % schedule_.coarse() == 0 &&
          position_.tick - snapshot->tick <= comparable_ticks)
        dropped_.remember({snapshot->tick, snapshot->history, snapshot->copy.hash()}, position_.tick);
      snapshots_.drop(snapshot->tick);
    }
  }

  void roll_back(std::int64_t budget_ticks) {
    const Tick incorrect = *first_incorrect_;
    const auto depth = static_cast<std::uint64_t>(std::max<std::int64_t>(position_.tick - incorrect, 1));
    ++statistics_.rollbacks;
    statistics_.ticks_travelled_back += depth;
    statistics_.longest_rollback_ticks = std::max(statistics_.longest_rollback_ticks, depth);

    snapshots_.drop_from(incorrect);
    dropped_.forget_from(incorrect);
    const auto snapshot = snapshots_.newest_at_or_before(incorrect);
    require(snapshot.history == timeline_.history(snapshot.tick),
            "a snapshot holds every event up to its tick");
    if (replay_from_) {
      replay_from_ = std::min(*replay_from_, snapshot.tick);
    } else if (shown_tick_ - snapshot.tick > budget_ticks) {
      put_aside();
      replay_from_ = snapshot.tick;
    }
    position_.memory.restore(snapshot.copy);
    position_.tick = snapshot.tick;
    position_.applied = timeline_.count_before(snapshot.tick + 1);
    if (effects_) effects_->undo_after(snapshot.tick);
    plan_snapshot();
    first_incorrect_.reset();  // the position is before it now
  }

  void check_visible(Tick tick) const {
    require(tick >= first_tick() && tick <= shown_tick_, "the past is between first_tick() and tick()");
  }
  // Whether the snapshots up to a tick hold all events.
  [[nodiscard]] bool is_correct(Tick tick) const { return !first_incorrect_ || tick < *first_incorrect_; }

  // With all events up to the snapshot's tick, for whoever runs on from there beside the machine.
  [[nodiscard]] Position position_on(const Snapshots<memory::Image>::Snapshot& snapshot) const {
    Position position{Memory(position_.memory.pool(), beside()), snapshot.tick,
                      timeline_.count_before(snapshot.tick + 1)};
    position.memory.restore(snapshot.copy);
    return position;
  }
  [[nodiscard]] Position position_at(Tick tick) const {
    auto position = position_on(newest_snapshot(tick));
    while (position.tick < tick) position.run_tick(timeline_.all(), nullptr);
    return position;
  }

  // For memories that live for a moment: to track what they change does not pay.
  [[nodiscard]] memory::PagedMemoryOptions beside() const {
    auto options = options_.memory;
    options.tracking = memory::Tracking::comparison;
    return options;
  }

  static constexpr std::int64_t second = ticks_per_second<App>();
  static constexpr std::int64_t comparable_ticks = 10 * second;

  TimeMachineOptions options_;
  SnapshotSchedule schedule_{second, options_.snapshot_interval_ticks, options_.snapshots_max};
  Events timeline_;
  Snapshots<memory::Image> snapshots_;
  RecentFingerprints dropped_{comparable_ticks};  // of whole seconds whose snapshots had no room
  Position position_;
  Tick shown_tick_;
  Tick target_;  // of the last advance()
  Tick next_snapshot_;
  std::optional<Tick> first_incorrect_;
  std::optional<EventId> last_applied_;       // at the position, when the last advance() ended
  std::optional<Tick> replay_from_;           // during an unfinished replay only
  std::optional<Memory> aside_;               // what is shown during one
  std::optional<Position> folding_;           // on its way to a foundation, given the events known
  std::optional<EffectLog<Effect>> effects_;  // if there is an audience
  TimeMachineStatistics statistics_;
};

}  // namespace tutti::symmetric
