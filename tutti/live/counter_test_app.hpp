// For tests: an application that counts its ticks and its users' taps.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

#include "tutti/base/ids.hpp"

namespace tutti {

struct Counter {
  static constexpr std::string_view name = "counter";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::uint64_t ticks, taps;
  };
  struct Tap {};
  using Event = std::variant<Tap>;
  static void start(State&) {}
  static void tick(State& state) { ++state.ticks; }
  static void apply(State& state, PeerId, const Event&) { ++state.taps; }
};

}  // namespace tutti
