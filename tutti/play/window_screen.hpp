// A screen that is a window on the person's desktop.
#pragma once

#include <utility>

#include "tutti/play/screen.hpp"
#include "tutti/play/sdl.hpp"

namespace tutti::play {

/// SDL's display, for as long as this lives.
class Display {
 public:
  /// Fails if there is none, or if this process uses it already.
  static std::expected<Display, std::string> open();
  Display(Display&& other) noexcept : held_(std::exchange(other.held_, false)) {}
  Display& operator=(Display&&) = delete;
  ~Display();

 private:
  Display() = default;
  bool held_ = true;
};

class WindowScreen final : public Screen {
 public:
  static std::expected<std::unique_ptr<Screen>, std::string> open(const ScreenOptions& options);
  ~WindowScreen() override;

 private:
  WindowScreen(Display display, Sdl<SDL_Window> window, Sdl<SDL_Renderer> renderer,
               std::unique_ptr<Canvas> canvas);
  void collect(std::vector<Input>& inputs, std::size_t room, Duration wait) override;
  void show() override;

  // In the order of creation: each needs the ones above it.
  Display display_;
  Sdl<SDL_Window> window_;
  Sdl<SDL_Renderer> renderer_;
};

}  // namespace tutti::play
