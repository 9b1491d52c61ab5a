// For tests and benchmarks of sessions that last: an application of which a day costs little, and people who
// use it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <variant>

#include "tutti/base/hash.hpp"
#include "tutti/symmetric/ensemble.hpp"

namespace tutti::symmetric::session_test {

template <std::size_t bytes, int tick_rate>
struct Slow {
  static constexpr std::string_view name = "slow";
  static constexpr std::uint32_t version = 1;
  static constexpr int ticks_per_second = tick_rate;
  struct State {
    std::array<std::uint64_t, bytes / 8> words{};
  };
  using Event = std::variant<std::uint32_t>;

  static void start(State& state) {
    for (std::size_t i = 0; i < state.words.size(); ++i) state.words[i] = mix(i);
  }
  static void tick(State& state) { ++state.words[0]; }
  static void apply(State& state, PeerId, const Event& event) { state.words[1] += std::get<0>(event); }
};

/// 25 events a minute among all peers that run, of which there is one.
template <typename App>
void live_on(Ensemble<App>& ensemble, Duration span) {
  constexpr std::uint32_t events_a_minute = 25;
  for (Duration gone{}; gone < span; gone += std::chrono::minutes(1)) {
    for (std::uint32_t i = 0; i < events_a_minute; ++i) {
      auto peer = i % ensemble.size();
      while (!ensemble.running(peer)) peer = (peer + 1) % ensemble.size();
      ensemble.submit(peer, i);
      ensemble.run_for(Duration(std::chrono::minutes(1)) / events_a_minute);
    }
  }
}

}  // namespace tutti::symmetric::session_test
