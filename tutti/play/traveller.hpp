// A person who travels through time: where they are, and the state that they see there. In a session and in a
// recording alike.
//
// At live it is the machine's own state. Elsewhere a reel runs for it what must be run, for a few
// milliseconds a frame; so the person may see a moment longer what was there before (symmetric/reel.hpp), and
// what is told of the tick is always that of the state they see.
#pragma once

#include <optional>

#include "tutti/play/timeline_bar.hpp"
#include "tutti/play/travel_keys.hpp"
#include "tutti/play/view.hpp"
#include "tutti/runtime/real_runtime.hpp"
#include "tutti/symmetric/reel.hpp"
#include "tutti/symmetric/slice.hpp"
#include "tutti/symmetric/travel.hpp"

namespace tutti::play {

/// What a frame spends on the past, beside the session's own share.
inline constexpr Duration travel_budget = std::chrono::milliseconds(4);

/// `now` is the time of the runtime and goes forwards. It is given the same machine each time.
template <typename App>
class Traveller {
 public:
  using State = App::State;
  using Machine = symmetric::TimeMachine<App>;

  [[nodiscard]] static symmetric::Travel::Range range(const Machine& machine) {
    return {machine.first_tick(), machine.tick()};
  }
  [[nodiscard]] symmetric::Travel& travel() { return travel_; }

  void press(Key key, const Machine& machine, TimePoint now) {
    travel_by(key, travel_, now, range(machine), symmetric::ticks_per_second<App>());
  }

  /// To the state of where the person is now, for `budget` and one slice at most.
  void follow(const Machine& machine, TimePoint now, Duration budget = travel_budget) {
    const auto wanted = travel_.shown(now, range(machine));
    if (travel_.at_live()) return reel_.reset();
    if (!reel_) reel_.emplace();
    const TimePoint begin = real_now();
    for (TimePoint before = begin;;) {
      const auto ticks = slice_.ticks();
      const auto ran = reel_->show(machine, wanted, ticks);
      const TimePoint after = real_now();
      slice_.took(ran, after - before);
      if (ran < ticks || after - begin >= budget) return;
      before = after;
    }
  }
  /// The same, however long it takes: for a picture that is kept.
  void arrive(const Machine& machine, TimePoint now) {
    do follow(machine, now);
    while (reel_ && reel_->running());
  }

  /// What the person sees since the last follow() or arrive(). Valid until the machine goes on.
  [[nodiscard]] const State& state(const Machine& machine) const {
    return viewed() ? reel_->state() : machine.state();
  }
  /// Its tick, if it is not the machine's own.
  [[nodiscard]] std::optional<symmetric::Tick> viewed() const {
    return reel_ ? reel_->shown() : std::nullopt;
  }

  /// Puts into `view` what the bar says of a traveller.
  void describe(const Machine& machine, TimelineView& view) const {
    view.first_tick = machine.first_tick().value();
    view.pace = travel_.pace();
    if (const auto tick = viewed()) view.viewed_tick = tick->value();
    auto replay = machine.replaying();
    if (!replay && reel_) replay = reel_->running();
    if (replay) view.replay = ReplayProgress{replay->from.value(), replay->at.value(), replay->to.value()};
  }

 private:
  symmetric::Travel travel_;
  std::optional<symmetric::Reel<App>> reel_;  // while travelling: it holds memory
  symmetric::Slice slice_;
};

}  // namespace tutti::play
