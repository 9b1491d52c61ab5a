// SDL's objects with owners. Only for the sources of this floor: no header that an application includes may
// include this one.
#pragma once

#include <memory>

#include <SDL.h>
#include <SDL_image.h>
#include <SDL_ttf.h>

namespace tutti::play {

struct SdlDelete {
  void operator()(SDL_Window* window) const { SDL_DestroyWindow(window); }
  void operator()(SDL_Renderer* renderer) const { SDL_DestroyRenderer(renderer); }
  void operator()(SDL_Texture* texture) const { SDL_DestroyTexture(texture); }
  void operator()(SDL_Surface* surface) const { SDL_FreeSurface(surface); }
  void operator()(TTF_Font* font) const { TTF_CloseFont(font); }
};
template <typename T>
using Sdl = std::unique_ptr<T, SdlDelete>;

/// The font library, for as long as this lives. SDL_ttf counts its users.
class FontLibrary {
 public:
  FontLibrary() : ready_(TTF_Init() == 0) {}
  ~FontLibrary() {
    if (ready_) TTF_Quit();
  }
  FontLibrary(const FontLibrary&) = delete;
  FontLibrary& operator=(const FontLibrary&) = delete;
  [[nodiscard]] bool ready() const { return ready_; }

 private:
  bool ready_;
};

/// A picture in memory and a renderer that draws on it: needs no display.
struct MemoryTarget {
  Sdl<SDL_Surface> surface;
  Sdl<SDL_Renderer> renderer;

  MemoryTarget(int width, int height)
      : surface(SDL_CreateRGBSurfaceWithFormat(0, width, height, 32, SDL_PIXELFORMAT_ARGB8888)),
        renderer(surface ? SDL_CreateSoftwareRenderer(surface.get()) : nullptr) {}
};

}  // namespace tutti::play
