// How a person sees and steers the rectangle.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "rectangle.hpp"
#include "tutti/play/canvas.hpp"
#include "tutti/play/key.hpp"
#include "tutti/play/speaker.hpp"

struct RectangleView {
  static std::optional<Rectangle::Event> key(const Rectangle::State&, tutti::play::Key key) {
    using tutti::play::Key;
    switch (key) {
      case Key::left:
        return Rectangle::Turn{-1, 0};
      case Key::right:
        return Rectangle::Turn{1, 0};
      case Key::up:
        return Rectangle::Turn{0, -1};
      case Key::down:
        return Rectangle::Turn{0, 1};
      case Key::space:
        return Rectangle::Pause{};
      default:
        return std::nullopt;
    }
  }

  static std::optional<tutti::play::Tone> tone(const Rectangle::Effect&) {
    return tutti::play::Tone{.hertz = 220, .length = std::chrono::milliseconds(90), .loudness = 0.4};
  }

  static void draw(tutti::play::Canvas& canvas, const Rectangle::State& state) {
    namespace palette = tutti::play::palette;
    using tutti::play::Align;
    using tutti::play::Rect;
    canvas.clear(palette::paper);
    for (int x = 40; x < Rectangle::field_width; x += 40)
      for (int y = 40; y < Rectangle::field_height; y += 40) canvas.fill({x - 1, y - 1, 2, 2}, palette::edge);
    canvas.outline({0, 0, Rectangle::field_width, Rectangle::field_height}, palette::edge);

    const bool turned = state.turns > 0;
    const auto colour = turned ? tutti::play::peer_colour(state.last) : palette::muted;
    const Rect body{state.x, state.y, Rectangle::width, Rectangle::height};
    canvas.fill({body.x + 3, body.y + 4, body.width, body.height}, palette::shadow, 8);
    canvas.fill(body, state.paused ? colour.with_alpha(110) : colour, 8);
    canvas.outline(body, palette::ink.with_alpha(60), 8);
    if (state.paused) {
      for (const int x : {-9, 3})
        canvas.fill({body.x + body.width / 2 + x, body.y + body.height / 2 - 10, 6, 20}, palette::paper, 2);
    } else {
      canvas.text(body.x + body.width / 2, body.y + (body.height - canvas.text_height(24)) / 2, 24,
                  arrow(state), palette::paper, Align::centre);
    }

    canvas.text(14, 12, 12, "Arrow keys turn it for everybody, Space pauses", palette::muted);
    if (turned)
      canvas.text(Rectangle::field_width - 14, 12, 12,
                  fmt::format("turn {} by {}", state.turns, state.last.brief()), colour, Align::right);
  }

 private:
  static std::string_view arrow(const Rectangle::State& state) {
    if (state.dx != 0) return state.dx < 0 ? "←" : "→";
    if (state.dy != 0) return state.dy < 0 ? "↑" : "↓";
    return "";
  }
};
