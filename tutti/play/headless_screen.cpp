#include "tutti/play/headless_screen.hpp"

#include <utility>

#include <fmt/format.h>

namespace tutti::play {

std::expected<std::unique_ptr<Screen>, std::string> HeadlessScreen::open(const ScreenOptions& options) {
  MemoryTarget target(options.width, options.height);
  if (!target.renderer)
    return std::unexpected(
        fmt::format("no screen of {} x {} in memory: {}", options.width, options.height, SDL_GetError()));
  auto canvas = Canvas::on(*target.renderer, options.width, options.height);
  if (!canvas) return std::unexpected(canvas.error());
  return std::unique_ptr<Screen>(new HeadlessScreen(std::move(target), std::move(*canvas)));
}

HeadlessScreen::HeadlessScreen(MemoryTarget target, std::unique_ptr<Canvas> canvas)
    : Screen(std::move(canvas)), target_(std::move(target)) {}

HeadlessScreen::~HeadlessScreen() {
  drop_canvas();
}

void HeadlessScreen::collect(std::vector<Input>&, std::size_t, Duration) {}

void HeadlessScreen::show() {
  SDL_RenderPresent(target_.renderer.get());
}

}  // namespace tutti::play
