// A canvas is what views draw on: a fixed number of units wide and high, whatever the size of the window, so
// that a view never asks for it. Units are scaled to the window's pixels as a whole; text, discs and rounded
// corners are made at the window's own resolution and stay sharp.
//
// Drawing never stops half way: a call that fails draws nothing, the first failure since the last present()
// is kept, and present() and save_png() report it. What was made for text and round shapes is kept for the
// next frame, within a budget of memory.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tutti/play/colour.hpp"

struct SDL_Renderer;

namespace tutti::play {

inline constexpr int default_canvas_width = 640;
inline constexpr int default_canvas_height = 480;
/// Text is cut after this many bytes: what a peer calls itself is not ours to choose.
inline constexpr std::size_t text_bytes_max = 512;
/// Sizes of text, in units, outside these are taken as the nearest of them.
inline constexpr int text_size_min = 6;
inline constexpr int text_size_max = 96;
/// The greatest radius of a disc, a circle or a corner, in units.
inline constexpr int radius_max = 256;

/// From (x, y) at its top left; the right and lower edges are outside.
struct Rect {
  int x = 0;
  int y = 0;
  int width = 0;
  int height = 0;

  bool operator==(const Rect&) const = default;
};

enum class Align : std::uint8_t { left, centre, right };

class Canvas {
 public:
  /// A canvas on somebody's renderer, which must outlive it. Fails when there is no font.
  static std::expected<std::unique_ptr<Canvas>, std::string> on(SDL_Renderer& renderer, int width,
                                                                int height);
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  /// Of the area that is drawn on: the whole canvas, or the part of it that within() gave.
  [[nodiscard]] int width() const;
  [[nodiscard]] int height() const;

  void clear(Colour colour);
  /// `corner` rounds the corners by that radius.
  void fill(Rect rect, Colour colour, int corner = 0);
  /// Inside the rectangle's edges.
  void outline(Rect rect, Colour colour, int corner = 0, int stroke = 1);
  void line(int x1, int y1, int x2, int y2, Colour colour, int stroke = 1);
  void disc(int x, int y, int radius, Colour colour);
  void circle(int x, int y, int radius, Colour colour, int stroke = 1);

  /// One line of UTF-8 text, `size` units high, whose top is at `y` and which starts, is centred or ends at
  /// `x`. What is not UTF-8 shows as a replacement sign.
  void text(int x, int y, int size, std::string_view text, Colour colour, Align align = Align::left);
  [[nodiscard]] int text_width(int size, std::string_view text);
  /// From the top of one line to the top of the next.
  [[nodiscard]] int text_height(int size);

  /// Calls `draw` with the canvas confined to `area`: its origin moves there and nothing outside is touched.
  void within(Rect area, const std::function<void(Canvas&)>& draw);

  /// Writes what has been drawn since the last present(), in the window's pixels.
  std::expected<void, std::string> save_png(const std::filesystem::path& path);
  /// Draws a PNG file into `rect`, stretched. Reads the file at every call: not for frames.
  std::expected<void, std::string> picture(const std::filesystem::path& path, Rect rect);

  /// The first drawing that failed since the last call. For screens; a view has no use for it.
  std::optional<std::string> take_problem();

 private:
  struct Parts;
  explicit Canvas(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace tutti::play
