// Timers inside a state: what is to happen some ticks from now, the same on every peer and in every replay.
//
//   struct State {
//     Timers<Alarm, 16> timers;         // Alarm: a plain struct or number that says what is to happen
//     ...
//   };
//   static void tick(State& state) {
//     state.timers.tick([&](const Alarm& alarm) { ... });    // may set further ones
//   }
//
// They count ticks themselves, so tick() is called in every tick of the application. Those that are due in
// one tick come in the order in which they were set.
//
// Randomness needs nothing of the kind: a tutti::Random is a plain number and may be a member of a state (it
// then gives each draw once, so an event that comes late changes all later draws), and
// Random::keyed({seed, tick, what}) asks for no memory and depends on nothing else.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "tutti/base/require.hpp"
#include "tutti/base/strong.hpp"

namespace tutti::symmetric {

/// Names a timer; never used again.
using TimerId = Strong<struct TimerIdTag, std::uint64_t>;

/// Up to `capacity` at a time. A plain struct: equal timers have equal bytes.
template <typename Alarm, std::size_t capacity>
  requires std::is_trivially_copyable_v<Alarm>
class Timers {
 public:
  /// After `ticks` more calls of tick(), at least 1. Nothing if there are as many as there may be.
  std::optional<TimerId> set(std::int64_t ticks, const Alarm& alarm) {
    require(ticks >= 1, "a timer is due at a later tick");
    if (count_ == capacity) return std::nullopt;
    // In the order in which they are due; of equals the one set first comes first.
    std::size_t place = count_++;
    for (; place > 0 && due_[place - 1] > now_ + ticks; --place) move(place - 1, place);
    due_[place] = now_ + ticks;
    ids_[place] = ++last_id_;
    alarms_[place] = alarm;
    return TimerId(last_id_);
  }

  /// False if it was due already, or there never was such a one.
  bool cancel(TimerId id) {
    const auto found = std::find(ids_.begin(), ids_.begin() + size(), id.value());
    if (found == ids_.begin() + size()) return false;
    remove(static_cast<std::size_t>(found - ids_.begin()));
    return true;
  }

  /// Counts a tick and gives `handler`, of a const Alarm&, those that are due now, one after another. It may
  /// set others and cancel those that are still to come.
  template <typename Handler>
  void tick(Handler handler) {
    ++now_;
    while (count_ > 0 && due_.front() <= now_) {
      const Alarm alarm = alarms_.front();
      remove(0);
      handler(alarm);
    }
  }

  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  [[nodiscard]] std::ptrdiff_t size() const { return static_cast<std::ptrdiff_t>(count_); }

  void move(std::size_t from, std::size_t to) {
    due_[to] = due_[from];
    ids_[to] = ids_[from];
    alarms_[to] = alarms_[from];
  }
  void remove(std::size_t place) {
    for (; place + 1 < count_; ++place) move(place + 1, place);
    --count_;
    // What is not used is always the same, so that equal timers have equal bytes.
    due_[count_] = {};
    ids_[count_] = {};
    alarms_[count_] = Alarm{};
  }

  std::int64_t now_ = 0;
  std::uint64_t last_id_ = 0;
  std::uint64_t count_ = 0;
  std::array<std::int64_t, capacity> due_{};  // the first `count_` of each of these, in the same order
  std::array<std::uint64_t, capacity> ids_{};
  std::array<Alarm, capacity> alarms_{};
};

}  // namespace tutti::symmetric
