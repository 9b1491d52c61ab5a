// Colours, and the few that give everything in tutti the same calm look.
#pragma once

#include <array>
#include <cstdint>

#include "tutti/base/hash.hpp"
#include "tutti/base/ids.hpp"

namespace tutti::play {

/// Red, green, blue and opacity, each from 0 to 255; not premultiplied.
struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
  std::uint8_t alpha = 255;

  bool operator==(const Colour&) const = default;

  [[nodiscard]] constexpr Colour with_alpha(std::uint8_t new_alpha) const {
    return {red, green, blue, new_alpha};
  }
};

/// 0xRRGGBB, opaque.
constexpr Colour colour(std::uint32_t rgb) {
  return {static_cast<std::uint8_t>(rgb >> 16), static_cast<std::uint8_t>(rgb >> 8),
          static_cast<std::uint8_t>(rgb), 255};
}

namespace palette {
inline constexpr Colour paper = colour(0x10141a);  ///< the ground of a canvas
inline constexpr Colour panel = colour(0x191e27);  ///< what stands on it
inline constexpr Colour edge = colour(0x2d3542);   ///< lines between the two
inline constexpr Colour ink = colour(0xe6eaf0);    ///< text to be read
inline constexpr Colour muted = colour(0x8b95a5);  ///< text to be found
inline constexpr Colour shadow = {0, 0, 0, 90};
inline constexpr Colour accent = colour(0x5aa9e6);   ///< what is going on
inline constexpr Colour warning = colour(0xf2b35d);  ///< what came late
inline constexpr Colour danger = colour(0xe8697a);   ///< what had to be undone
}  // namespace palette

/// A peer's own colour, the same on every screen. With more peers than colours some share one.
inline Colour peer_colour(const PeerId& peer) {
  constexpr std::array<std::uint32_t, 12> colours{0x5aa9e6, 0xf28f6b, 0x6bc48f, 0xb98ae8, 0xe6c75a, 0xe87aa6,
                                                  0x4fc4c4, 0xa3c95a, 0x8d9bf0, 0xd99a5b, 0xd67fd6, 0x7fb8a4};
  return colour(colours[hash_bytes(peer.bytes) % colours.size()]);
}

}  // namespace tutti::play
