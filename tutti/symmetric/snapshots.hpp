// Copies of the state at some ticks of the past, to go back to.
//
// Their number is limited. When it is reached, the next one takes the place of the one that is missed least:
// the inner snapshot whose removal leaves the smallest gap in proportion to its age. So the gaps grow with
// age: the last seconds, where late events fall, stay dense; the hours before become sparse, and going back
// to any moment costs a replay of at most a small share of its age (see the test for the share). The first
// snapshot is what everything else is built on and never goes.
//
// Not a ring in which the oldest is overwritten: after five minutes it would send the user who travels to the
// beginning, and the peer that healed from a long partition, through the whole session.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "tutti/base/require.hpp"
#include "tutti/symmetric/event.hpp"

namespace tutti::symmetric {

/// 256 snapshots, one a second: the last ten seconds complete, and after a day no gap above a tenth of its
/// age.
inline constexpr std::size_t snapshots_max_default = 256;
/// The first, the newest, and one to choose.
inline constexpr std::size_t snapshots_min = 3;

/// `Copy` is what a snapshot keeps: an image, which is cheap to copy and to hold.
template <typename Copy>
class Snapshots {
 public:
  struct Snapshot {
    Tick tick;
    std::uint64_t history;  ///< the timeline's, at that tick
    const Copy& copy;       ///< valid until the next take() or drop
  };

  /// `snapshots_max` is at least snapshots_min. Room is reserved now and used as it fills.
  Snapshots(Tick tick, std::uint64_t history, Copy copy, std::size_t snapshots_max)
      : snapshots_max_(snapshots_max) {
    require(snapshots_max_ >= snapshots_min, "snapshots_max is at least snapshots_min");
    copies_.reserve(snapshots_max_);
    free_slots_.reserve(snapshots_max_);
    places_.reserve(snapshots_max_);
    add(tick, history, std::move(copy));
  }

  /// `tick` must be after that of every other snapshot.
  void take(Tick tick, std::uint64_t history, Copy copy) {
    require(tick > places_.back().tick, "snapshots are taken in the order of time");
    if (places_.size() == snapshots_max_) remove(index_of_least_missed(tick));
    add(tick, history, std::move(copy));
  }
  /// The one to drop() where memory is short; nothing if only snapshots_min are left.
  [[nodiscard]] std::optional<Snapshot> least_missed() const {
    if (places_.size() <= snapshots_min) return std::nullopt;
    const Place& place = places_[index_of_least_missed(places_.back().tick)];
    return Snapshot{place.tick, place.history, copies_[place.slot]};
  }
  /// The snapshot at `tick`, which is there.
  void drop(Tick tick) {
    const auto place = std::ranges::lower_bound(places_, tick, {}, &Place::tick);
    require(place != places_.end() && place->tick == tick, "a snapshot that is dropped is there");
    remove(static_cast<std::size_t>(place - places_.begin()));
  }
  /// Drops those before `tick` that are not at whole multiples of `grid`, back to the newest that is: who
  /// calls this time and again with a growing `tick` has no others further back.
  void thin_out(Tick tick, std::int64_t grid) {
    const auto end = std::ranges::lower_bound(places_, tick, {}, &Place::tick);
    for (auto i = static_cast<std::size_t>(end - places_.begin());
         i > 1 && places_[i - 1].tick.value() % grid != 0; --i)
      if (i < places_.size()) remove(i - 1);
  }

  /// `tick` must not be before the first snapshot.
  [[nodiscard]] Snapshot newest_at_or_before(Tick tick) const {
    const auto after = std::ranges::upper_bound(places_, tick, {}, &Place::tick);
    require(after != places_.begin(), "nobody goes back beyond the first snapshot");
    const Place& place = *(after - 1);
    return {place.tick, place.history, copies_[place.slot]};
  }

  /// Drops the snapshots at `tick` and later, because an event changed what happened then. The first cannot
  /// be meant.
  void drop_from(Tick tick) {
    require(tick > places_.front().tick, "the first snapshot is never stale");
    while (places_.back().tick >= tick) remove(places_.size() - 1);
  }
  /// Drops those before `tick`, of which there must be a snapshot: it becomes the first.
  void drop_before(Tick tick) {
    while (places_.front().tick < tick) {
      require(places_.size() > 1, "the new first snapshot exists");
      remove(0);
    }
    require(places_.front().tick == tick, "the new first snapshot exists");
  }

  /// Puts this one in the place of all at `tick` and before, so that it becomes the first.
  void begin_with(Tick tick, std::uint64_t history, Copy copy) {
    while (!places_.empty() && places_.front().tick <= tick) remove(0);
    if (places_.size() == snapshots_max_) remove(1);
    add(tick, history, std::move(copy));
    std::ranges::rotate(places_, places_.end() - 1);
  }

  [[nodiscard]] Tick first_tick() const { return places_.front().tick; }
  [[nodiscard]] Tick newest_tick() const { return places_.back().tick; }
  [[nodiscard]] std::size_t size() const { return places_.size(); }
  /// When they were taken, in order.
  [[nodiscard]] std::vector<Tick> ticks() const {
    std::vector<Tick> ticks;
    ticks.reserve(places_.size());
    for (const auto& place : places_) ticks.push_back(place.tick);
    return ticks;
  }

 private:
  struct Place {
    Tick tick;
    std::uint64_t history;
    std::size_t slot;
  };

  void add(Tick tick, std::uint64_t history, Copy copy) {
    std::size_t slot = copies_.size();
    if (free_slots_.empty()) {
      copies_.push_back(std::move(copy));
    } else {
      slot = free_slots_.back();
      free_slots_.pop_back();
      copies_[slot] = std::move(copy);
    }
    places_.push_back({tick, history, slot});
  }

  void remove(std::size_t index) {
    copies_[places_[index].slot] = Copy{};  // gives back what it holds
    free_slots_.push_back(places_[index].slot);
    places_.erase(places_.begin() + static_cast<std::ptrdiff_t>(index));
  }

  // Neither the first nor the newest. Of equals, the oldest.
  [[nodiscard]] std::size_t index_of_least_missed(Tick now) const {
    // Compared by cross-multiplying: this runs over all snapshots for each one taken, and divisions show.
    std::size_t least = 1;
    double least_gap = std::numeric_limits<double>::infinity();
    double least_age = 1;
    for (std::size_t i = 1; i + 1 < places_.size(); ++i) {
      const auto gap = static_cast<double>(places_[i + 1].tick - places_[i - 1].tick);
      const auto age = static_cast<double>(now - places_[i].tick);
      if (gap * least_age < least_gap * age) {
        least = i;
        least_gap = gap;
        least_age = age;
      }
    }
    return least;
  }

  std::size_t snapshots_max_;
  std::vector<Copy> copies_;             // in no order
  std::vector<std::size_t> free_slots_;  // of copies_
  std::vector<Place> places_;            // in the order of time, never empty between calls
};

}  // namespace tutti::symmetric
