// What an application does outside its state: sounds, notifications, whatever a person notices.
//
//   struct Bell {
//     struct Ring { std::int32_t loudness = 0; };              // told at once
//     struct Won {                                             // told only when it is certain
//       static constexpr auto timing = EffectTiming::settled;
//       PeerId who;
//     };
//     using Effect = std::variant<Ring, Won>;
//     static void apply(State& state, PeerId who, const Event& event, Effects<Effect>& effects) {
//       effects.emit(Ring{7});
//     }
//
// The middleware runs a tick many times, but what happens in it happens once. So an effect has an identity:
// the event that caused it, which is (tick, origin, sequence), and its number among that event's effects.
// Those of tick() have a cause without origin. An effect is told to the audience when the tick that made it
// is shown for the first time. A replay that makes it again tells nothing; one that makes it with another
// content tells that it has changed; one that does not make it any more cancels it. An effect that declares
// EffectTiming::settled waits until no event can change its tick, and is told once, for good: until this peer
// holds all events up to the tick, of everybody who has a place in the session (stability.hpp). While all are
// there that takes a few seconds. It takes longer when somebody has vanished without a goodbye, who may come
// back with what it has done: as long as its place is kept, HistoryOptions::absence_max. Whoever would rather
// hear of it at once, and then maybe hear that it was not so, has the other timing.
//
// What is settled is forgotten. Should a replay reach back further all the same, it tells nothing of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace tutti::symmetric {

/// More effects of one event, or of one tick(), are dropped: on every peer the same.
inline constexpr std::size_t effects_per_cause_max = 256;

/// When the audience is told of an effect.
enum class EffectTiming : std::uint8_t {
  at_once,  ///< and maybe told later that it did not happen
  settled,  ///< when no event can change its tick
};

/// Where tick() and apply() put their effects. They cannot see what is there: what is said to the outside
/// changes nothing inside.
template <typename Effect>
class Effects {
 public:
  void emit(Effect effect) {
    if (effects_.size() < effects_per_cause_max) effects_.push_back(std::move(effect));
  }

  /// For who runs the application.
  [[nodiscard]] std::vector<Effect> take() { return std::exchange(effects_, {}); }

 private:
  std::vector<Effect> effects_;
};

}  // namespace tutti::symmetric
