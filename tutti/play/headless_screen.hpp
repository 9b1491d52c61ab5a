// A screen in memory: what is drawn can be saved, and keys come from scripts alone. Needs no display.
#pragma once

#include "tutti/play/screen.hpp"
#include "tutti/play/sdl.hpp"

namespace tutti::play {

class HeadlessScreen final : public Screen {
 public:
  static std::expected<std::unique_ptr<Screen>, std::string> open(const ScreenOptions& options);
  ~HeadlessScreen() override;

 private:
  HeadlessScreen(MemoryTarget target, std::unique_ptr<Canvas> canvas);
  void collect(std::vector<Input>& inputs, std::size_t room, Duration wait) override;
  void show() override;

  MemoryTarget target_;
};

}  // namespace tutti::play
