// For tests: an application that counts its ticks, and a view that shows the number as a colour.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "tutti/play/canvas.hpp"
#include "tutti/play/key.hpp"
#include "tutti/symmetric/application.hpp"

namespace tutti::play {

struct Beat {
  static constexpr std::string_view name = "beat";
  static constexpr std::uint32_t version = 1;
  static constexpr int ticks_per_second = 50;
  struct State {
    std::uint64_t ticks;
    std::uint64_t skips;
  };
  struct Skip {
    std::uint64_t by = 0;
  };
  using Event = std::variant<Skip>;

  static void start(State&) {}
  static void tick(State& state) { ++state.ticks; }
  static void apply(State& state, PeerId, const Event& event) { state.skips += std::get<Skip>(event).by; }
};
static_assert(symmetric::Application<Beat>);

struct BeatView {
  static Colour colour_of(std::uint64_t ticks) {
    return colour(static_cast<std::uint32_t>(ticks * 0x010305));
  }

  static std::optional<Beat::Event> key(const Beat::State&, Key key) {
    if (key == Key::space) return Beat::Skip{1};
    return std::nullopt;
  }
  static void draw(Canvas& canvas, const Beat::State& state) { canvas.clear(colour_of(state.ticks)); }
};

}  // namespace tutti::play
