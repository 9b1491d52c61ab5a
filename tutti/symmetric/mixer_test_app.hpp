// For tests: an application in whose state every mistake of a time machine shows, and a model that simulates
// it in the simplest way.
#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <variant>

#include "tutti/base/hash.hpp"
#include "tutti/symmetric/application.hpp"
#include "tutti/symmetric/event.hpp"

namespace tutti::symmetric {

/// Every function's effect depends on all that happened before, so that a forgotten, doubled or misplaced
/// call shows in the state.
struct Mixer {
  static constexpr std::string_view name = "mixer";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::uint64_t value;
    std::uint64_t ticks;
  };
  struct Add {
    std::uint64_t amount = 0;
  };
  struct Turn {};
  using Event = std::variant<Add, Turn>;

  static void start(State& state) { state.value = state.value * 3 + 5; }
  static void tick(State& state) {
    state.value = mix(state.value + 1);
    ++state.ticks;
  }
  static void apply(State& state, PeerId who, const Event& event) {
    state.value = mix(state.value ^ who.bytes[0]);
    if (const auto* add = std::get_if<Add>(&event))
      state.value += add->amount;
    else
      state.value = ~state.value;
  }
};
static_assert(Application<Mixer>);

inline bool equal(const Mixer::State& a, const Mixer::State& b) {
  return a.value == b.value && a.ticks == b.ticks;
}

inline Mixer::Event add(std::uint64_t amount) {
  return Mixer::Add{amount};
}

/// All events, simulated from the beginning each time.
struct Model {
  std::map<EventId, Mixer::Event> events;

  [[nodiscard]] Mixer::State at(Tick tick) const {
    Mixer::State state{};
    Mixer::start(state);
    auto next = events.begin();
    for (Tick now; now <= tick; ++now) {
      if (now > Tick(0)) Mixer::tick(state);
      for (; next != events.end() && next->first.tick == now; ++next)
        Mixer::apply(state, next->first.origin.peer, next->second);
    }
    return state;
  }
};

}  // namespace tutti::symmetric
