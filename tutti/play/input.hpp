// What a person does to a screen, one thing at a time.
#pragma once

#include <string>
#include <variant>

#include "tutti/play/key.hpp"

namespace tutti::play {

struct KeyPress {
  Key key{};
  /// The keyboard's own repetition of a key that is held down. Most applications ignore these: they would
  /// flood the session with events nobody meant.
  bool repeated = false;

  bool operator==(const KeyPress&) const = default;
};

/// The main button of the mouse, at a point of the canvas.
struct Pointer {
  int x = 0;
  int y = 0;
  bool pressed = false;  ///< or released

  bool operator==(const Pointer&) const = default;
};

/// What was typed, by a key or by several, in UTF-8 and without control characters: capital letters, accents
/// and signs as the person's keyboard makes them. It comes after the keys, from screens that are asked for
/// it.
struct Typed {
  std::string text;

  bool operator==(const Typed&) const = default;
};

/// The window was closed, or the process was asked to end.
struct Quit {
  bool operator==(const Quit&) const = default;
};

using Input = std::variant<KeyPress, Typed, Pointer, Quit>;

}  // namespace tutti::play
