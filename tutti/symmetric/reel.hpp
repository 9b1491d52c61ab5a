// The states of a stretch of the past, for a person who looks at them one after the other, forwards or
// backwards.
//
// A time machine can show any tick, and runs for it all ticks since its newest snapshot before. Forwards that
// is one tick a picture, if the last one is at hand. Backwards every picture would cost the whole stretch,
// and far back a stretch is minutes long. So a reel runs a stretch once and keeps images of the states on the
// way.
//
// How that is bounded. A run may take half of the room that is left. It keeps every state at first; when its
// half is full, it drops every other one and from then on keeps every second, fourth, eighth... When the
// person comes to a gap between two of them, the gap is run again in the same manner with half of what is
// left then. So with n images a stretch of n/2 ticks is run once, of some n^2/8 twice, and so on; an image
// that the person has passed gives its room back. The images are counted in bytes too, where pages they share
// count once.
//
// A call runs a bounded number of ticks, so that no frame waits for a stretch: until the state is there, the
// last one stays on the screen. What has been begun for the screen is finished and shown, even if the person
// is elsewhere by then: whoever moves faster than this machine can run sees fewer pictures, not none. What a
// call has left goes into what is before the tick shown, if the person went backwards, so that the next
// stretch is ready when its turn comes.
//
// Events that come late change the past while it is looked at. Each state here has the history that it came
// from, and none is shown or built upon whose history is not that of the timeline any more.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "tutti/base/require.hpp"
#include "tutti/memory/image.hpp"
#include "tutti/symmetric/position.hpp"
#include "tutti/symmetric/time_machine.hpp"

namespace tutti::symmetric {

struct ReelOptions {
  /// Of states kept at once. 128: the gaps of a stretch of 2,000 ticks are run twice, longer ones three
  /// times.
  std::size_t images_max = 128;
  /// What they may hold, with the parts that the two states at work here share with them; and two images more
  /// while they are made.
  std::size_t bytes_max = std::size_t{64} << 20;
  /// How changes of large states are found.
  memory::PagedMemoryOptions memory{};
};

/// Belongs to whoever looks, who gives it the same machine each time, on the machine's thread.
template <typename App>
class Reel {
 public:
  using State = App::State;
  using Machine = TimeMachine<App>;

  explicit Reel(const ReelOptions& options = {})
      : options_(options),
        pool_(StateMemory<App>::pool_for()),
        screen_{StateMemory<App>(pool_, options.memory), std::nullopt},
        runner_{{StateMemory<App>(pool_, options.memory), Tick(0), 0}, std::nullopt} {}

  /// Goes on towards showing `tick`, which is from machine.first_tick() to machine.tick(), by running at most
  /// `budget_ticks` ticks. Returns how many ran: fewer than that if nothing is left to be done.
  std::int64_t show(const Machine& machine, Tick tick, std::int64_t budget_ticks) {
    require(budget_ticks >= 0, "a budget is not negative");
    backwards_ = tick < wanted_ || (tick == wanted_ && backwards_);
    wanted_ = tick;
    forget_changed(machine);
    std::int64_t left = budget_ticks;
    if (goal_ && *goal_ != tick) {
      left -= go_to(machine, *goal_, left);
      if (goal_ && left == 0) return budget_ticks;
    }
    left -= go_to(machine, tick, left);
    while (!goal_ && left > 0) {
      const auto missing = next_missing(machine);
      if (!missing) break;
      left -= run_to(machine, *missing, left);
      if (runner_.position.tick == *missing) keep();
    }
    return budget_ticks - left;
  }

  /// The tick that state() shows, as it was when that was run; nothing at first.
  [[nodiscard]] std::optional<Tick> shown() const {
    return screen_.of ? std::optional(screen_.of->tick) : std::nullopt;
  }
  /// Only when something is shown. Valid until the next show().
  [[nodiscard]] const State& state() const {
    require(screen_.of.has_value(), "a state is shown");
    return screen_.memory.state();
  }
  /// The unfinished run for the screen, if there is one.
  [[nodiscard]] std::optional<Replay> running() const {
    if (!goal_) return std::nullopt;
    return Replay{run_.from, runner_.position.tick, *goal_};
  }

  [[nodiscard]] std::size_t image_count() const { return kept_.size(); }
  [[nodiscard]] std::size_t bytes_held() const { return pool_->bytes_held(); }

 private:
  using Position = symmetric::Position<App>;

  /// Short of a collision, two of these that are equal are of equal states.
  struct Moment {
    Tick tick;
    std::uint64_t history;

    bool operator==(const Moment&) const = default;
  };
  struct Kept {
    Moment of;
    memory::Image image;
  };
  struct Screen {
    StateMemory<App> memory;
    std::optional<Moment> of;
  };
  struct Runner {
    Position position;
    std::optional<std::uint64_t> history;  // of the events in it; nothing if it holds no state of this past
  };
  struct Run {
    Tick from;
    std::int64_t spacing = 1;  // of the ticks kept, counted from `from`
    std::size_t images_max = 0;
    std::size_t bytes_max = 0;  // of the whole reel
  };

  static Moment moment(const Machine& machine, Tick tick) { return {tick, machine.timeline().history(tick)}; }

  // All that is not of this past any more.
  void forget_changed(const Machine& machine) {
    const auto& timeline = machine.timeline();
    const auto gone = [&](const Moment& of) {
      return of.tick < machine.first_tick() || of.history != timeline.history(of.tick);
    };
    std::erase_if(kept_, [&](const Kept& kept) { return gone(kept.of); });
    auto& [position, history] = runner_;
    if (history && gone({position.tick, *history})) history.reset();
    // What was folded away is not counted any more.
    if (history) position.applied = timeline.count_before(position.tick + 1);
    if (goal_ && (*goal_ < machine.first_tick() || *goal_ > machine.tick())) goal_.reset();
  }

  // Has the screen show that tick if the budget lasts so long; otherwise it stays the goal. Returns what ran.
  std::int64_t go_to(const Machine& machine, Tick tick, std::int64_t budget_ticks) {
    goal_ = tick;
    const auto of = moment(machine, tick);
    std::int64_t ran = 0;
    if (screen_.of != of) {
      // Nobody goes back to them before they would have to be run again.
      std::erase_if(kept_, [&](const Kept& kept) { return kept.of.tick > tick; });
      const auto is_kept = [&] { return !kept_.empty() && kept_.back().of == of; };
      if (!is_kept()) {
        ran = run_to(machine, tick, budget_ticks);
        if (runner_.position.tick != tick) return ran;
      }
      screen_.memory.restore(is_kept() ? kept_.back().image : runner_.position.memory.image());
      screen_.of = of;
    }
    goal_.reset();
    return ran;
  }

  // What a run may still keep.
  struct Room {
    std::size_t images;
    std::size_t bytes;
  };
  [[nodiscard]] Room room() const {
    const auto rest = [](std::size_t most, std::size_t used) { return most - std::min(used, most); };
    return {rest(options_.images_max, kept_.size()), rest(options_.bytes_max, bytes_held())};
  }
  // Whether it is enough for every state of so many ticks, and one more.
  [[nodiscard]] bool fits(std::int64_t ticks) const {
    const auto images = static_cast<std::size_t>(ticks) + 1;
    return images <= room().images && images * state_bytes_ <= room().bytes;
  }

  // The newest tick before the one shown that is not kept, unless it is better to wait until there is more
  // room: a run that could keep little would soon be run again.
  [[nodiscard]] std::optional<Tick> next_missing(const Machine& machine) const {
    const auto [images, bytes] = room();
    // A run ahead ends with an image whatever its share, so there is an end.
    if (!backwards_ || images < 2 || bytes < 2 * state_bytes_) return std::nullopt;
    Tick missing = wanted_ - 1;
    for (auto kept = kept_.rbegin(); kept != kept_.rend() && kept->of.tick >= missing; ++kept)
      if (kept->of.tick == missing) missing = missing - 1;
    if (missing < machine.first_tick()) return std::nullopt;
    const bool half_is_free = 2 * images >= options_.images_max && 2 * bytes >= options_.bytes_max;
    if (!half_is_free && !fits(missing - nearest(machine, missing).tick)) return std::nullopt;
    return missing;
  }

  // Has the runner go to that tick or as far as the budget lasts. Returns what ran.
  std::int64_t run_to(const Machine& machine, Tick tick, std::int64_t budget_ticks) {
    begin_run(machine, tick);
    auto& position = runner_.position;
    const auto events = machine.timeline().all();
    const std::int64_t ticks = std::min(budget_ticks, tick - position.tick);
    for (std::int64_t i = 0; i < ticks; ++i) {
      position.run_tick(events, nullptr);
      runner_.history = machine.timeline().history_of_first(position.applied);
      if ((position.tick - run_.from) % run_.spacing != 0) continue;
      keep();
      thin_out();
    }
    return ticks;
  }

  // The newest state at or before `tick` that a run to it begins with.
  struct Nearest {
    Tick tick;
    const Kept* kept = nullptr;  // nothing if it is the runner's own, or else the machine's snapshot
    bool at_runner = false;
  };
  [[nodiscard]] Nearest nearest(const Machine& machine, Tick tick) const {
    Nearest nearest{machine.newest_snapshot(tick).tick};
    const auto after =
        std::ranges::upper_bound(kept_, tick, {}, [](const Kept& kept) { return kept.of.tick; });
    if (after != kept_.begin() && (after - 1)->of.tick >= nearest.tick)
      nearest = {(after - 1)->of.tick, &*(after - 1)};
    const Tick runner = runner_.position.tick;
    if (runner_.history && runner <= tick && runner >= nearest.tick) return {runner, nullptr, true};
    return nearest;
  }

  void begin_run(const Machine& machine, Tick tick) {
    auto& [position, history] = runner_;
    const auto from = nearest(machine, tick);
    if (from.at_runner) return;
    if (from.kept != nullptr) {
      position.memory.restore(from.kept->image);
      history = from.kept->of.history;
    } else {
      const auto snapshot = machine.newest_snapshot(tick);
      position.memory.restore(memory::image_in(pool_, snapshot.copy));
      history = snapshot.history;
      // They are of another place, where somebody was before.
      std::erase_if(kept_, [&](const Kept& kept) { return kept.of.tick < from.tick; });
    }
    position.tick = from.tick;
    position.applied = machine.timeline().count_before(from.tick + 1);
    const auto [images, bytes] = room();
    const std::size_t share = fits(tick - from.tick) ? 1 : 2;
    run_ = {.from = from.tick, .images_max = images / share, .bytes_max = bytes_held() + bytes / share};
  }

  void keep() {
    const auto& [position, history] = runner_;
    const Moment of{position.tick, *history};
    const auto place =
        std::ranges::lower_bound(kept_, of.tick, {}, [](const Kept& kept) { return kept.of.tick; });
    if (place != kept_.end() && place->of == of) return;
    auto image = runner_.position.memory.image();
    state_bytes_ = memory::pages_of(image.bytes()) * memory::page_bytes;
    kept_.insert(place, {of, std::move(image)});
  }
  // Every other one of this run, and again, until the rest has room.
  void thin_out() {
    while (run_is_full()) {
      run_.spacing *= 2;
      std::erase_if(kept_, [&](const Kept& kept) {
        return is_of_run(kept) && (kept.of.tick - run_.from) % run_.spacing != 0;
      });
    }
  }
  [[nodiscard]] bool is_of_run(const Kept& kept) const {
    return kept.of.tick > run_.from && kept.of.tick <= runner_.position.tick;
  }
  [[nodiscard]] bool run_is_full() const {
    const auto images = static_cast<std::size_t>(
        std::ranges::count_if(kept_, [&](const Kept& kept) { return is_of_run(kept); }));
    return images > 0 && (images > run_.images_max || bytes_held() > run_.bytes_max);
  }

  ReelOptions options_;
  memory::Image::Pool pool_;  // its own: a machine drops snapshots when its pool is full
  Screen screen_;
  Runner runner_;
  Run run_;
  std::vector<Kept> kept_;  // by tick
  std::optional<Tick> goal_;
  Tick wanted_{std::numeric_limits<std::int64_t>::max()};  // by the last show()
  bool backwards_ = true;                                  // whether it was before the one wanted earlier
  std::size_t state_bytes_ = 0;
};

}  // namespace tutti::symmetric
