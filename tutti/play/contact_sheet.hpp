// Several pictures on one sheet, each with a caption: the screens of all peers of a session side by side, so
// that a person sees at a glance that they are the same.
#pragma once

#include <cstddef>
#include <expected>
#include <filesystem>
#include <span>
#include <string>

namespace tutti::play {

/// One picture of the sheet.
struct SheetTile {
  std::filesystem::path png;
  std::string caption;
};

/// Pixels. A sheet's side is columns (or rows) times the largest picture, each with `sheet_gap` before it and
/// one after the last; every row has a caption of `sheet_caption_height` above its pictures.
inline constexpr int sheet_gap = 16;
inline constexpr int sheet_caption_height = 26;
inline constexpr std::size_t sheet_tiles_max = 64;
inline constexpr int sheet_side_max = 16'384;

/// Writes `target`, a PNG file, from left to right and from top to bottom in `columns`. Fails with a sentence
/// for no tiles or too many, for a picture that cannot be read, and for a sheet beyond the limits.
std::expected<void, std::string> write_contact_sheet(const std::filesystem::path& target,
                                                     std::span<const SheetTile> tiles, int columns);

}  // namespace tutti::play
