// A View ties an application to a person: it draws a State and turns keys and clicks into events. It lives
// outside the application because time travel runs the application's functions many times, and none of those
// runs may draw. A View is a struct of static functions and remembers nothing.
#pragma once

#include <concepts>
#include <optional>
#include <variant>

#include "tutti/play/canvas.hpp"
#include "tutti/play/input.hpp"

namespace tutti::play {

/// What a person must be able to do: see the state, and press keys. An empty event means that the key says
/// nothing here.
template <typename V, typename App>
concept View = requires(Canvas& canvas, const typename App::State& state, Key key) {
  { V::draw(canvas, state) } -> std::same_as<void>;
  { V::key(state, key) } -> std::same_as<std::optional<typename App::Event>>;
};

/// A View that also understands clicks, in coordinates of the canvas it draws on.
template <typename V, typename App>
concept ClickView = View<V, App> && requires(const typename App::State& state, int x, int y) {
  { V::click(state, x, y) } -> std::same_as<std::optional<typename App::Event>>;
};

/// The application event that an input means in this state, if any. Repeated keys, releases of the button and
/// quitting mean none.
template <typename App, View<App> V>
std::optional<typename App::Event> event_of(const typename App::State& state, const Input& input) {
  if (const auto* press = std::get_if<KeyPress>(&input); press && !press->repeated)
    return V::key(state, press->key);
  if constexpr (ClickView<V, App>)
    if (const auto* pointer = std::get_if<Pointer>(&input); pointer && pointer->pressed)
      return V::click(state, pointer->x, pointer->y);
  return std::nullopt;
}

}  // namespace tutti::play
