#include "tutti/play/canvas.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "tutti/base/require.hpp"
#include "tutti/play/sprite_cache.hpp"

namespace tutti::play {

namespace {

constexpr const char* font_file = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
// A window can be enlarged without limit; sprites are not made larger than this many times their units.
constexpr float sprite_scale_max = 4;
// A line of text is cut at this many pixels: what every renderer takes as one texture.
constexpr int text_pixels_max = 4096;

SDL_Color plain(Colour colour) {
  return {colour.red, colour.green, colour.blue, colour.alpha};
}

SDL_Rect plain(Rect rect) {
  return {rect.x, rect.y, rect.width, rect.height};
}

// How much of the pixel whose centre is `distance` from the middle lies inside `radius`.
double coverage(double radius, double distance) {
  return std::clamp(radius - distance + 0.5, 0.0, 1.0);
}

// A white disc of `radius` pixels, less a hole that leaves a ring of `stroke` pixels (0: no hole).
Sdl<SDL_Surface> draw_round(int radius, int stroke) {
  const int side = 2 * radius;
  Sdl<SDL_Surface> surface(SDL_CreateRGBSurfaceWithFormat(0, side, side, 32, SDL_PIXELFORMAT_ARGB8888));
  if (!surface) return surface;
  auto* row = static_cast<std::uint8_t*>(surface->pixels);
  for (int y = 0; y < side; ++y, row += surface->pitch) {
    auto* pixels = reinterpret_cast<std::uint32_t*>(row);
    for (int x = 0; x < side; ++x) {
      const double distance = std::hypot(x + 0.5 - radius, y + 0.5 - radius);
      const double hole = stroke == 0 ? 0 : coverage(radius - stroke, distance);
      const auto alpha = static_cast<std::uint32_t>(std::lround(255 * (coverage(radius, distance) - hole)));
      pixels[x] = alpha << 24 | 0x00ffffffu;
    }
  }
  return surface;
}

}  // namespace

struct Canvas::Parts {
  SDL_Renderer* renderer;
  int width;
  int height;
  Rect area;  // what within() confines drawing to
  FontLibrary fonts{};
  Sdl<TTF_Font> font{};
  int font_size = 0;
  SpriteCache sprites{};
  std::optional<std::string> problem{};

  Parts(SDL_Renderer& its_renderer, int its_width, int its_height)
      : renderer(&its_renderer), width(its_width), height(its_height), area{0, 0, its_width, its_height} {}

  void check(bool fine, const char* what) {
    if (!fine && !problem) problem = fmt::format("{}: {}", what, SDL_GetError());
  }

  [[nodiscard]] float scale() const {
    float across = 1;
    float down = 1;
    SDL_RenderGetScale(renderer, &across, &down);
    return std::clamp(across, 0.25f, sprite_scale_max);
  }

  void fill(Rect rect, Colour colour) {
    if (rect.width <= 0 || rect.height <= 0) return;
    const auto target = plain(Rect{rect.x + area.x, rect.y + area.y, rect.width, rect.height});
    check(SDL_SetRenderDrawColor(renderer, colour.red, colour.green, colour.blue, colour.alpha) == 0 &&
              SDL_RenderFillRect(renderer, &target) == 0,
          "filling a rectangle");
  }

  /// `part` of the sprite in its pixels, at (x, y) in units. Placed on whole pixels, or text would blur.
  void copy(const Sprite& sprite, SDL_Rect part, int x, int y, Colour colour) {
    const float units = 1 / scale();
    const auto snap = [units](int unit) { return std::round(static_cast<float>(unit) / units) * units; };
    const SDL_FRect target{snap(x + area.x), snap(y + area.y), static_cast<float>(part.w) * units,
                           static_cast<float>(part.h) * units};
    auto* texture = sprite.texture.get();
    check(SDL_SetTextureColorMod(texture, colour.red, colour.green, colour.blue) == 0 &&
              SDL_SetTextureAlphaMod(texture, colour.alpha) == 0 &&
              SDL_RenderCopyF(renderer, texture, &part, &target) == 0,
          "drawing a sprite");
  }

  const Sprite* keep(SpriteKey key, const Sdl<SDL_Surface>& surface) {
    check(surface != nullptr, "making a sprite");
    if (!surface) return nullptr;
    Sdl<SDL_Texture> texture(SDL_CreateTextureFromSurface(renderer, surface.get()));
    check(texture && SDL_SetTextureBlendMode(texture.get(), SDL_BLENDMODE_BLEND) == 0 &&
              SDL_SetTextureScaleMode(texture.get(), SDL_ScaleModeLinear) == 0,
          "keeping a sprite");
    if (!texture) return nullptr;
    return &sprites.put(std::move(key), Sprite{std::move(texture), surface->w, surface->h});
  }

  /// A disc, or a ring if `stroke` is above 0, in units.
  const Sprite* round(int radius, int stroke) {
    const auto pixels = [this](int units) {
      return std::max(1, static_cast<int>(std::lround(static_cast<float>(units) * scale())));
    };
    SpriteKey key{stroke > 0 ? SpriteKey::Kind::ring : SpriteKey::Kind::disc,
                  pixels(std::min(radius, radius_max)), stroke > 0 ? pixels(stroke) : 0};
    if (const auto* sprite = sprites.find(key)) return sprite;
    const auto surface = draw_round(key.size, key.stroke);
    return keep(std::move(key), surface);
  }

  /// The four quarters of a disc or ring at the corners of `rect`.
  void corners(Rect rect, int radius, int stroke, Colour colour) {
    const auto* sprite = round(radius, stroke);
    if (!sprite) return;
    const int half = sprite->width / 2;
    for (const int right : {0, 1})
      for (const int lower : {0, 1})
        copy(*sprite, {right * half, lower * half, half, half}, rect.x + right * (rect.width - radius),
             rect.y + lower * (rect.height - radius), colour);
  }

  void set_font_size(int pixels) {
    if (pixels == font_size) return;
    check(TTF_SetFontSize(font.get(), pixels) == 0, "setting the font's size");
    font_size = pixels;
  }

  [[nodiscard]] int text_pixels(int size) const {
    return std::max(1, static_cast<int>(std::lround(
                           static_cast<float>(std::clamp(size, text_size_min, text_size_max)) * scale())));
  }

  /// Nothing if the text has no width, or on a problem.
  const Sprite* line_of(int size, std::string_view text) {
    SpriteKey key{SpriteKey::Kind::text, text_pixels(size), 0, std::string(text.substr(0, text_bytes_max))};
    if (const auto* sprite = sprites.find(key)) return sprite;
    set_font_size(key.size);
    int extent = 0;
    int characters = 0;
    if (TTF_MeasureUTF8(font.get(), key.text.c_str(), text_pixels_max, &extent, &characters) != 0) {
      check(false, "measuring text");
      return nullptr;
    }
    std::string shown(key.text, 0, key.text.find('\0'));  // up to a zero byte, as SDL reads it
    std::size_t cut = 0;
    for (int left = characters; cut < shown.size(); ++cut)
      if ((static_cast<std::uint8_t>(shown[cut]) & 0xc0u) != 0x80u && left-- == 0) break;
    shown.resize(cut);
    int across = 0;
    int down = 0;
    if (shown.empty() || TTF_SizeUTF8(font.get(), shown.c_str(), &across, &down) != 0 || across == 0)
      return nullptr;
    const Sdl<SDL_Surface> surface(TTF_RenderUTF8_Blended(font.get(), shown.c_str(), {255, 255, 255, 255}));
    return keep(std::move(key), surface);
  }
};

std::expected<std::unique_ptr<Canvas>, std::string> Canvas::on(SDL_Renderer& renderer, int width,
                                                               int height) {
  require(width > 0 && height > 0, "a canvas has a size");
  auto parts = std::make_unique<Parts>(renderer, width, height);
  if (!parts->fonts.ready()) return std::unexpected(fmt::format("text cannot be drawn: {}", TTF_GetError()));
  parts->font_size = 12;
  parts->font.reset(TTF_OpenFont(font_file, parts->font_size));
  if (!parts->font)
    return std::unexpected(
        fmt::format("text cannot be drawn: {} (Debian's package fonts-dejavu-core has it)", TTF_GetError()));
  TTF_SetFontHinting(parts->font.get(), TTF_HINTING_LIGHT);
  if (SDL_RenderSetLogicalSize(&renderer, width, height) != 0 ||
      SDL_SetRenderDrawBlendMode(&renderer, SDL_BLENDMODE_BLEND) != 0)
    return std::unexpected(fmt::format("no canvas on this renderer: {}", SDL_GetError()));
  return std::unique_ptr<Canvas>(new Canvas(std::move(parts)));
}

Canvas::Canvas(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Canvas::~Canvas() = default;

int Canvas::width() const {
  return parts_->area.width;
}

int Canvas::height() const {
  return parts_->area.height;
}

void Canvas::clear(Colour colour) {
  const bool whole = parts_->area == Rect{0, 0, parts_->width, parts_->height};
  if (!whole) return parts_->fill({0, 0, width(), height()}, colour.with_alpha(255));
  // Also the margins of a window that has other proportions than the canvas.
  parts_->check(SDL_SetRenderDrawColor(parts_->renderer, colour.red, colour.green, colour.blue, 255) == 0 &&
                    SDL_RenderClear(parts_->renderer) == 0,
                "clearing the canvas");
}

void Canvas::fill(Rect rect, Colour colour, int corner) {
  const int radius = std::min({corner, rect.width / 2, rect.height / 2, radius_max});
  if (radius <= 0) return parts_->fill(rect, colour);
  parts_->corners(rect, radius, 0, colour);
  // Three pieces that do not overlap, or a translucent colour would show their seams.
  parts_->fill({rect.x + radius, rect.y, rect.width - 2 * radius, rect.height}, colour);
  parts_->fill({rect.x, rect.y + radius, radius, rect.height - 2 * radius}, colour);
  parts_->fill({rect.x + rect.width - radius, rect.y + radius, radius, rect.height - 2 * radius}, colour);
}

void Canvas::outline(Rect rect, Colour colour, int corner, int stroke) {
  const int thick = std::clamp(stroke, 1, std::max(1, std::min(rect.width, rect.height) / 2));
  const int radius = std::min({corner, rect.width / 2, rect.height / 2, radius_max});
  const int inset = std::max(radius, 0);
  if (radius > 0) parts_->corners(rect, radius, thick, colour);
  const int across = rect.width - 2 * inset;
  const int side = inset > 0 ? inset : thick;  // without round corners the sides end where the top begins
  parts_->fill({rect.x + inset, rect.y, across, thick}, colour);
  parts_->fill({rect.x + inset, rect.y + rect.height - thick, across, thick}, colour);
  parts_->fill({rect.x, rect.y + side, thick, rect.height - 2 * side}, colour);
  parts_->fill({rect.x + rect.width - thick, rect.y + side, thick, rect.height - 2 * side}, colour);
}

void Canvas::line(int x1, int y1, int x2, int y2, Colour colour, int stroke) {
  const int thick = std::max(stroke, 1);
  if (x1 == x2) return parts_->fill({x1 - thick / 2, std::min(y1, y2), thick, std::abs(y2 - y1) + 1}, colour);
  if (y1 == y2) return parts_->fill({std::min(x1, x2), y1 - thick / 2, std::abs(x2 - x1) + 1, thick}, colour);
  // A strip whose rims fade out over one unit: smooth at any slope.
  const double length = std::hypot(x2 - x1, y2 - y1);
  const double across_x = -(y2 - y1) / length;
  const double across_y = (x2 - x1) / length;
  const std::array<std::pair<double, std::uint8_t>, 4> rims{{{-(thick + 1) / 2.0, std::uint8_t{0}},
                                                             {-(thick - 1) / 2.0, colour.alpha},
                                                             {(thick - 1) / 2.0, colour.alpha},
                                                             {(thick + 1) / 2.0, std::uint8_t{0}}}};
  std::array<SDL_Vertex, 8> vertices{};
  for (std::size_t rim = 0; rim < rims.size(); ++rim) {
    const double offset = rims[rim].first;
    const std::uint8_t alpha = rims[rim].second;
    const auto vertex = [&](int x, int y) {
      return SDL_Vertex{{static_cast<float>(x + parts_->area.x + 0.5 + across_x * offset),
                         static_cast<float>(y + parts_->area.y + 0.5 + across_y * offset)},
                        plain(colour.with_alpha(alpha)),
                        {0, 0}};
    };
    vertices[2 * rim] = vertex(x1, y1);
    vertices[2 * rim + 1] = vertex(x2, y2);
  }
  constexpr std::array<int, 18> triangles{0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5, 4, 5, 6, 5, 6, 7};
  parts_->check(
      SDL_RenderGeometry(parts_->renderer, nullptr, vertices.data(), static_cast<int>(vertices.size()),
                         triangles.data(), static_cast<int>(triangles.size())) == 0,
      "drawing a line");
}

void Canvas::disc(int x, int y, int radius, Colour colour) {
  if (radius <= 0) return;
  if (const auto* sprite = parts_->round(radius, 0))
    parts_->copy(*sprite, {0, 0, sprite->width, sprite->height}, x - radius, y - radius, colour);
}

void Canvas::circle(int x, int y, int radius, Colour colour, int stroke) {
  if (radius <= 0) return;
  if (const auto* sprite = parts_->round(radius, std::clamp(stroke, 1, radius)))
    parts_->copy(*sprite, {0, 0, sprite->width, sprite->height}, x - radius, y - radius, colour);
}

void Canvas::text(int x, int y, int size, std::string_view text, Colour colour, Align align) {
  const auto* sprite = parts_->line_of(size, text);
  if (!sprite) return;
  const int across = static_cast<int>(std::lround(static_cast<float>(sprite->width) / parts_->scale()));
  const int start = align == Align::left ? x : align == Align::centre ? x - across / 2 : x - across;
  parts_->copy(*sprite, {0, 0, sprite->width, sprite->height}, start, y, colour);
}

int Canvas::text_width(int size, std::string_view text) {
  const auto* sprite = parts_->line_of(size, text);
  return sprite ? static_cast<int>(std::lround(static_cast<float>(sprite->width) / parts_->scale())) : 0;
}

int Canvas::text_height(int size) {
  parts_->set_font_size(parts_->text_pixels(size));
  return static_cast<int>(
      std::lround(static_cast<float>(TTF_FontHeight(parts_->font.get())) / parts_->scale()));
}

void Canvas::within(Rect area, const std::function<void(Canvas&)>& draw) {
  const auto outer = parts_->area;
  const auto confine = [this](Rect to) {
    const auto clip = plain(to);
    parts_->check(SDL_RenderSetClipRect(parts_->renderer, &clip) == 0, "confining drawing to an area");
    parts_->area = to;
  };
  const int left = outer.x + std::clamp(area.x, 0, outer.width);
  const int top = outer.y + std::clamp(area.y, 0, outer.height);
  confine({left, top, std::clamp(area.width, 0, outer.x + outer.width - left),
           std::clamp(area.height, 0, outer.y + outer.height - top)});
  draw(*this);
  if (outer == Rect{0, 0, parts_->width, parts_->height}) {
    parts_->check(SDL_RenderSetClipRect(parts_->renderer, nullptr) == 0, "ending an area");
    parts_->area = outer;
  } else {
    confine(outer);
  }
}

std::expected<void, std::string> Canvas::save_png(const std::filesystem::path& path) {
  if (parts_->problem) return std::unexpected(*parts_->problem);
  auto* renderer = parts_->renderer;
  const auto fail = [&path] {
    return std::unexpected(fmt::format("{}: not written: {}", path.string(), SDL_GetError()));
  };
  int across = 0;
  int down = 0;
  if (SDL_GetRendererOutputSize(renderer, &across, &down) != 0) return fail();
  const Sdl<SDL_Surface> shot(SDL_CreateRGBSurfaceWithFormat(0, across, down, 24, SDL_PIXELFORMAT_RGB24));
  if (!shot) return fail();
  // While a logical size is set SDL reads back less than the whole window.
  const bool read =
      SDL_RenderSetLogicalSize(renderer, 0, 0) == 0 &&
      SDL_RenderReadPixels(renderer, nullptr, SDL_PIXELFORMAT_RGB24, shot->pixels, shot->pitch) == 0;
  if (SDL_RenderSetLogicalSize(renderer, parts_->width, parts_->height) != 0 || !read) return fail();
  if (IMG_SavePNG(shot.get(), path.c_str()) != 0) return fail();
  return {};
}

std::expected<void, std::string> Canvas::picture(const std::filesystem::path& path, Rect rect) {
  const Sdl<SDL_Surface> image(IMG_Load(path.c_str()));
  if (!image) return std::unexpected(fmt::format("{}: not a picture: {}", path.string(), IMG_GetError()));
  const Sdl<SDL_Texture> texture(SDL_CreateTextureFromSurface(parts_->renderer, image.get()));
  const auto target = plain(Rect{rect.x + parts_->area.x, rect.y + parts_->area.y, rect.width, rect.height});
  if (!texture || SDL_RenderCopy(parts_->renderer, texture.get(), nullptr, &target) != 0)
    return std::unexpected(fmt::format("{}: not drawn: {}", path.string(), SDL_GetError()));
  return {};
}

std::optional<std::string> Canvas::take_problem() {
  return std::exchange(parts_->problem, std::nullopt);
}

}  // namespace tutti::play
