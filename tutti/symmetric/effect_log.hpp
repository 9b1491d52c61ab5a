// Which effects (effects.hpp) have been told, and what is to be told when a replay makes others.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <utility>
#include <variant>
#include <vector>

#include "tutti/symmetric/effects.hpp"
#include "tutti/symmetric/event.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti::symmetric {

/// More that are not settled are not remembered: the oldest are taken for settled.
inline constexpr std::size_t effects_remembered_max = 65'536;

struct EffectId {
  EventId cause;  ///< of what tick() did: its tick, and nothing else
  std::uint32_t number = 0;

  constexpr auto operator<=>(const EffectId&) const = default;
};

enum class EffectChange : std::uint8_t {
  fired,
  changed,    ///< its cause is as before, its content another
  cancelled,  ///< it did not happen, after all; the content is what was told of it
};

/// What the audience is told.
template <typename Effect>
struct EffectNews {
  EffectChange change{};
  EffectId id;
  Effect effect;
};

template <typename Effect>
using EffectAudience = std::function<void(const EffectNews<Effect>&)>;

template <typename Effect>
[[nodiscard]] constexpr EffectTiming timing_of(const Effect& effect) {
  return std::visit(
      []<typename Kind>(const Kind&) {
        if constexpr (requires { Kind::timing; })
          return Kind::timing;
        else
          return EffectTiming::at_once;
      },
      effect);
}

/// Which effects the shown past has, and which of them have been told. Ids are given in ascending order, but
/// for what undo_after() takes back.
template <typename Effect>
class EffectLog {
 public:
  /// What happens after `tick` is told to `audience`, during shown() and settle().
  EffectLog(Tick tick, EffectAudience<Effect> audience)
      : audience_(std::move(audience)), same_until_(tick), settled_(tick) {}

  /// What one cause has done.
  void add(const EventId& cause, std::vector<Effect> effects) {
    if (cause.tick <= settled_) return;
    std::uint32_t number = 0;
    for (auto& effect : effects) made_.push_back({{cause, number++}, std::move(effect)});
  }

  /// Everything after `tick` is about to happen again, maybe differently.
  void undo_after(Tick tick) {
    made_.erase(first_after(made_, tick), made_.end());
    same_until_ = std::min(same_until_, tick);
  }

  /// Everything after `tick` is about to happen again, on another past that is not known: nothing is said of
  /// what came before.
  void rest_on(Tick tick) {
    made_.clear();
    told_.erase(told_.begin(), first_after(told_, tick));
    same_until_ = tick;
    settled_ = std::max(settled_, tick);
  }

  /// What has happened up to `tick` can be seen: tells what is new about it.
  void shown(Tick tick) {
    tell_differences();
    same_until_ = tick - 1;  // more may happen in this very tick
    while (made_.size() > effects_remembered_max && made_.front().id.cause.tick <= same_until_)
      settle(made_.front().id.cause.tick);
  }

  /// Nothing up to `tick` can change any more.
  void settle(Tick tick) {
    settled_ = std::max(settled_, std::min(tick, same_until_));
    while (!told_.empty() && told_.front().id.cause.tick <= settled_) told_.pop_front();
    for (; !made_.empty() && made_.front().id.cause.tick <= settled_; made_.pop_front())
      if (timing_of(made_.front().effect) == EffectTiming::settled) tell(EffectChange::fired, made_.front());
  }

 private:
  struct Entry {
    EffectId id;
    Effect effect;
  };
  using Entries = std::deque<Entry>;

  static auto first_after(Entries& entries, Tick tick) {
    return std::ranges::upper_bound(entries, tick, {},
                                    [](const Entry& entry) { return entry.id.cause.tick; });
  }

  void tell(EffectChange change, const Entry& entry) const { audience_({change, entry.id, entry.effect}); }

  void tell_differences() {
    auto told = first_after(told_, same_until_);
    Entries now;
    for (auto made = first_after(made_, same_until_); made != made_.end(); ++made) {
      if (timing_of(made->effect) != EffectTiming::at_once) continue;
      for (; told != told_.end() && told->id < made->id; ++told) tell(EffectChange::cancelled, *told);
      if (told == told_.end() || made->id < told->id)
        tell(EffectChange::fired, *made);
      else if (encode((told++)->effect) != encode(made->effect))
        tell(EffectChange::changed, *made);
      now.push_back(*made);
    }
    for (; told != told_.end(); ++told) tell(EffectChange::cancelled, *told);
    told_.erase(first_after(told_, same_until_), told_.end());
    std::ranges::move(now, std::back_inserter(told_));
  }

  EffectAudience<Effect> audience_;
  Entries made_;     // by the past that is known now
  Entries told_;     // of those that are told at once
  Tick same_until_;  // up to here, both are the same
  Tick settled_;     // up to here, both are forgotten
};

}  // namespace tutti::symmetric
