#include "tutti/play/screen.hpp"

#include <utility>

#include <fmt/format.h>

#include "tutti/play/headless_screen.hpp"
#include "tutti/play/window_screen.hpp"

namespace tutti::play {

std::expected<std::unique_ptr<Screen>, std::string> Screen::open(const ScreenOptions& options) {
  const auto fits = [](int side) { return side > 0 && side <= side_max; };
  if (!fits(options.width) || !fits(options.height))
    return std::unexpected(fmt::format("a screen of {} x {}: each side is from 1 to {}", options.width,
                                       options.height, side_max));
  if (options.headless) return HeadlessScreen::open(options);
  return WindowScreen::open(options);
}

std::vector<Input> Screen::poll(Duration wait) {
  std::vector<Input> inputs(injected_.begin(), injected_.end());
  injected_.clear();
  collect(inputs, inputs_max - inputs.size(), inputs.empty() ? wait : Duration{});
  return inputs;
}

bool Screen::inject(Input input) {
  if (injected_.size() == inputs_max) return false;
  injected_.push_back(std::move(input));
  return true;
}

std::expected<void, std::string> Screen::present() {
  show();
  if (auto problem = canvas_->take_problem()) return std::unexpected(std::move(*problem));
  return {};
}

}  // namespace tutti::play
