// A screen is where a person, or a test, meets a session: a canvas to draw on, a way to show it, and what was
// pressed. Two kinds: a window, and a picture in memory that needs no display and is used by servers, tests
// and demonstrations. Both run on the thread that opened them.
//
// A process has one window, because SDL has one queue of input a process: opening a second one is an error,
// not two windows that steal each other's keys. Screens in memory are independent of each other and of the
// window.
#pragma once

#include <cstddef>
#include <deque>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tutti/base/time.hpp"
#include "tutti/play/canvas.hpp"
#include "tutti/play/input.hpp"

namespace tutti::play {

struct ScreenOptions {
  bool headless = false;  ///< in memory, without a window
  bool text = false;      ///< what is typed comes as text, too
  std::string title = "tutti";
  /// Of the canvas in units, and of a new window in pixels.
  int width = default_canvas_width;
  int height = default_canvas_height;
  /// Of the window on the desktop, in pixels; where the desktop likes if one of them is not given.
  std::optional<int> x{};
  std::optional<int> y{};
};

class Screen {
 public:
  /// Inputs that wait to be polled, and that one poll gives.
  static constexpr std::size_t inputs_max = 256;
  /// Units, each way.
  static constexpr int side_max = 8192;

  /// Fails with a sentence: a size out of range, no font, or no display (and then names --headless).
  static std::expected<std::unique_ptr<Screen>, std::string> open(const ScreenOptions& options);
  virtual ~Screen() = default;
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  [[nodiscard]] Canvas& canvas() { return *canvas_; }

  /// What was done since the last call, oldest first, at most inputs_max; the rest waits for the next call.
  /// If nothing was done, waits up to `wait` for something, and may return early with nothing; a screen in
  /// memory never waits, for nothing can come meanwhile.
  [[nodiscard]] std::vector<Input> poll(Duration wait = {});

  /// As if the person had done it: scripts and tests. False, and ignored, if inputs_max wait already.
  [[nodiscard]] bool inject(Input input);

  /// Shows what was drawn. Draw everything again for the next time: a window forgets. Fails if something
  /// could not be drawn; the rest is shown all the same.
  std::expected<void, std::string> present();

 protected:
  explicit Screen(std::unique_ptr<Canvas> canvas) : canvas_(std::move(canvas)) {}

  /// Canvases hold parts of their renderer: who owns the renderer lets go of the canvas first.
  void drop_canvas() { canvas_.reset(); }

 private:
  /// Appends at most `room` inputs.
  virtual void collect(std::vector<Input>& inputs, std::size_t room, Duration wait) = 0;
  virtual void show() = 0;

  std::unique_ptr<Canvas> canvas_;
  std::deque<Input> injected_;
};

}  // namespace tutti::play
