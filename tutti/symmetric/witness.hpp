// What a peer says about states of its past to those who compare them with theirs: always the same.
//
// A tick between two snapshots is run again to be shown. A deterministic application comes to the same state
// each time, but who compares is looking for one that does not: a clock that is read gives another state at
// every run. So ticks that are asked for one after the other are run in one go, each from the one before, and
// what was shown is kept for a while and shown again. Then the first tick that differs is the one at fault,
// and the pages are those of the state that was compared. A second in which 32 ticks are asked for is also
// run once and not 32 times.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "tutti/memory/image.hpp"
#include "tutti/symmetric/comparison.hpp"
#include "tutti/symmetric/fingerprint.hpp"
#include "tutti/symmetric/position.hpp"
#include "tutti/symmetric/time_machine.hpp"

namespace tutti::symmetric {

/// Belongs to whoever is asked, who gives it the same machine each time, on the machine's thread.
template <typename App>
class Witness {
 public:
  /// Of states that were run again: two rounds of a comparison.
  static constexpr std::size_t kept_max = 2 * comparison_points_max;
  /// What they may have together, if they are more than one; pages that they share count for each.
  static constexpr std::size_t kept_bytes_max = std::size_t{64} << 20;

  /// Of a tick from machine.first_tick() to machine.tick(), and while no replay is under way.
  Fingerprint fingerprint(const TimeMachine<App>& machine, Tick tick) {
    if (const auto known = machine.known_fingerprint(tick)) return *known;
    return seen(machine, tick).fingerprint;
  }
  /// The state that has it; nothing if there is none at that tick.
  std::optional<memory::Image> image(const TimeMachine<App>& machine, const Fingerprint& fingerprint) {
    if (machine.known_fingerprint(fingerprint.tick) == fingerprint) {
      const auto snapshot = machine.newest_snapshot(fingerprint.tick);
      if (snapshot.tick == fingerprint.tick) return snapshot.copy;
    }
    const auto& [found, image] = seen(machine, fingerprint.tick);
    return found == fingerprint ? std::optional(image) : std::nullopt;
  }

  [[nodiscard]] std::size_t kept_count() const { return kept_.size(); }

 private:
  struct Seen {
    Fingerprint fingerprint;
    memory::Image image;
  };

  const Seen& seen(const TimeMachine<App>& machine, Tick tick) {
    const auto& timeline = machine.timeline();
    // Those of a past that is not the machine's any more are of no use.
    std::erase_if(kept_, [&](const Seen& kept) {
      const auto& of = kept.fingerprint;
      return of.tick < machine.first_tick() || of.history != timeline.history(of.tick);
    });
    const Seen* nearest = nullptr;
    for (const auto& kept : kept_)
      if (kept.fingerprint.tick <= tick && (!nearest || kept.fingerprint.tick > nearest->fingerprint.tick))
        nearest = &kept;
    if (nearest && nearest->fingerprint.tick == tick) return *nearest;
    const auto snapshot = machine.newest_snapshot(tick);
    const bool goes_on = nearest && nearest->fingerprint.tick >= snapshot.tick;
    const Tick from = goes_on ? nearest->fingerprint.tick : snapshot.tick;
    Position<App> position{
        {pool_, {.tracking = memory::Tracking::comparison}}, from, timeline.count_before(from + 1)};
    position.memory.restore(goes_on ? nearest->image : memory::image_in(pool_, snapshot.copy));
    while (position.tick < tick) position.run_tick(timeline.all(), nullptr);
    auto image = position.memory.image();
    keep({{tick, timeline.history(tick), image.hash()}, std::move(image)});
    return kept_.back();
  }
  void keep(Seen seen) {
    kept_.push_back(std::move(seen));
    std::size_t bytes = 0;
    for (const auto& kept : kept_) bytes += kept.image.bytes();
    while (kept_.size() > kept_max || (kept_.size() > 1 && bytes > kept_bytes_max)) {
      bytes -= kept_.front().image.bytes();
      kept_.pop_front();
    }
  }

  memory::Image::Pool pool_ = StateMemory<App>::pool_for();  // a machine drops snapshots when its own is full
  std::deque<Seen> kept_;                                    // in the order in which they were asked for
};

}  // namespace tutti::symmetric
