#include "tutti/play/contact_sheet.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "tutti/play/canvas.hpp"
#include "tutti/play/sdl.hpp"

namespace tutti::play {

namespace {

struct Size {
  int width = 0;
  int height = 0;
};

std::expected<Size, std::string> size_of(const std::filesystem::path& png) {
  const Sdl<SDL_Surface> image(IMG_Load(png.c_str()));
  if (!image) return std::unexpected(fmt::format("{}: not a picture: {}", png.string(), IMG_GetError()));
  return Size{image->w, image->h};
}

}  // namespace

std::expected<void, std::string> write_contact_sheet(const std::filesystem::path& target,
                                                     std::span<const SheetTile> tiles, int columns) {
  if (tiles.empty() || tiles.size() > sheet_tiles_max)
    return std::unexpected(
        fmt::format("a contact sheet of {} pictures: it takes 1 to {}", tiles.size(), sheet_tiles_max));
  const int count = static_cast<int>(tiles.size());
  if (columns < 1 || columns > count)
    return std::unexpected(
        fmt::format("a contact sheet of {} columns: {} pictures take 1 to {}", columns, count, count));
  std::vector<Size> sizes;
  Size cell;
  for (const auto& tile : tiles) {
    const auto size = size_of(tile.png);
    if (!size) return std::unexpected(size.error());
    sizes.push_back(*size);
    cell = {std::max(cell.width, size->width), std::max(cell.height, size->height)};
  }
  if (cell.width > sheet_side_max || cell.height > sheet_side_max)
    return std::unexpected(
        fmt::format("a picture of {} x {} is too large for a sheet", cell.width, cell.height));

  const int rows = (count + columns - 1) / columns;
  const int across = sheet_gap + columns * (cell.width + sheet_gap);
  const int down = sheet_gap + rows * (sheet_caption_height + cell.height + sheet_gap);
  if (across > sheet_side_max || down > sheet_side_max)
    return std::unexpected(fmt::format("a contact sheet of {} x {} pixels: each side is at most {}", across,
                                       down, sheet_side_max));
  const MemoryTarget sheet(across, down);
  if (!sheet.renderer) return std::unexpected(fmt::format("no memory for the sheet: {}", SDL_GetError()));
  const auto canvas = Canvas::on(*sheet.renderer, across, down);
  if (!canvas) return std::unexpected(canvas.error());

  (*canvas)->clear(palette::paper);
  for (int i = 0; i < count; ++i) {
    const auto& tile = tiles[static_cast<std::size_t>(i)];
    const auto& size = sizes[static_cast<std::size_t>(i)];
    const int x = sheet_gap + i % columns * (cell.width + sheet_gap);
    const int y = sheet_gap + i / columns * (sheet_caption_height + cell.height + sheet_gap);
    (*canvas)->within({x, y, cell.width, sheet_caption_height},
                      [&tile](Canvas& line) { line.text(2, 2, 14, tile.caption, palette::ink); });
    const Rect place{x, y + sheet_caption_height, size.width, size.height};
    if (const auto drawn = (*canvas)->picture(tile.png, place); !drawn) return drawn;
    (*canvas)->outline({place.x - 1, place.y - 1, place.width + 2, place.height + 2}, palette::edge);
  }
  return (*canvas)->save_png(target);
}

}  // namespace tutti::play
