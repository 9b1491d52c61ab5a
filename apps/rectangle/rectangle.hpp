// The smallest symmetric application: one rectangle, steered by everybody. Whoever presses an arrow key turns
// it on every screen in the same tick, and it takes that peer's colour. Integers only: the same on every
// machine.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

#include "tutti/base/ids.hpp"
#include "tutti/symmetric/effects.hpp"

struct Rectangle {
  static constexpr std::string_view name = "rectangle";
  static constexpr std::uint32_t version = 1;

  static constexpr std::int32_t field_width = 640, field_height = 480;
  static constexpr std::int32_t width = 72, height = 48;
  static constexpr std::int32_t velocity = 3;  // units a tick

  struct State {
    std::int32_t x, y;    // the upper left corner
    std::int32_t dx, dy;  // the direction, each -1, 0 or 1
    std::int32_t paused;  // 0 or 1
    std::int32_t turns;   // how often it was turned, by anybody
    tutti::PeerId last;   // who turned it last
  };
  static constexpr std::array<std::string_view, 7> field_names{"x",      "y",     "dx",  "dy",
                                                               "paused", "turns", "last"};

  struct Turn {
    std::int32_t dx = 0, dy = 0;
  };
  struct Pause {};
  using Event = std::variant<Turn, Pause>;

  struct Bounce {};  // a wall threw it back
  using Effect = std::variant<Bounce>;

  static void start(State& state) {
    state.x = (field_width - width) / 2;
    state.y = (field_height - height) / 2;
  }

  static void tick(State& state, tutti::symmetric::Effects<Effect>& effects) {
    if (state.paused) return;
    const bool bounced_sideways = move(state.x, state.dx, field_width - width);
    const bool bounced_upright = move(state.y, state.dy, field_height - height);
    if (bounced_sideways || bounced_upright) effects.emit(Bounce{});
  }

  static void apply(State& state, tutti::PeerId who, const Event& event) {
    if (const auto* turn = std::get_if<Turn>(&event)) {
      // Any peer can send any numbers: only the four directions turn it.
      const bool along_x = turn->dy == 0 && (turn->dx == 1 || turn->dx == -1);
      const bool along_y = turn->dx == 0 && (turn->dy == 1 || turn->dy == -1);
      if (!along_x && !along_y) return;
      state.dx = turn->dx;
      state.dy = turn->dy;
      state.turns = (state.turns + 1) & 0x7fffffff;
      state.last = who;
    } else {
      state.paused = 1 - state.paused;
    }
  }

 private:
  // One step, thrown back by the walls at 0 and `limit`; whether it was.
  static bool move(std::int32_t& at, std::int32_t& direction, std::int32_t limit) {
    at += direction * velocity;
    if (at >= 0 && at <= limit) return false;
    direction = -direction;
    at = std::clamp(at, 0, limit);
    return true;
  }
};
