// A state at a tick, and how it goes on from there: what happens in a tick, in one place for all who run
// ticks.
//
// state(0) is the started state and the events of tick 0; state(k) is state(k-1), then tick(), then the
// events of tick k in the timeline's order.
#pragma once

#include <cstddef>
#include <span>

#include "tutti/symmetric/application.hpp"
#include "tutti/symmetric/effect_log.hpp"
#include "tutti/symmetric/event.hpp"
#include "tutti/symmetric/state_memory.hpp"
#include "tutti/symmetric/timeline.hpp"

namespace tutti::symmetric {

template <typename App>
struct Position {
  using State = App::State;
  using Log = EffectLog<EffectOf<App>>;
  /// All events of a timeline.
  using Entries = std::span<const typename Timeline<typename App::Event>::Entry>;

  StateMemory<App> memory;
  Tick tick;
  std::size_t applied;  ///< of the timeline's events, this many are in the state

  // Whoever runs ticks only to see a state keeps no log.

  /// What has become known for the tick since it was run.
  void apply_due(Entries events, Log* log) {
    if (applied == events.size() || events[applied].id.tick > tick) return;
    memory.run([&](State& state) { apply_due(state, events, log); });
  }

  /// The next tick.
  void run_tick(Entries events, Log* log) {
    ++tick;
    if (tick != Tick(0)) memory.tidy();
    memory.run([&](State& state) {
      if (tick != Tick(0)) run_tick_function(state, log);
      apply_due(state, events, log);
    });
  }

 private:
  void apply_due(State& state, Entries events, Log* log) {
    for (; applied < events.size(); ++applied) {
      const auto& event = events[applied];
      if (event.id.tick > tick) return;
      Effects<EffectOf<App>> effects;
      run_apply<App>(state, event.id.origin.peer, event.payload, effects);
      if (log != nullptr) log->add(event.id, effects.take());
    }
  }
  void run_tick_function(State& state, Log* log) {
    Effects<EffectOf<App>> effects;
    symmetric::run_tick<App>(state, effects);
    if (log != nullptr) log->add({.tick = tick, .origin = {}, .sequence = {}}, effects.take());
  }
};

}  // namespace tutti::symmetric
