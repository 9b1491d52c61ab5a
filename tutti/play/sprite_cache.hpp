// Pictures that were costly to make, kept for the next frame: lines of text, discs and rings. They are white
// and get their colour when drawn, so that a text that fades is one sprite. Who was used least recently goes
// first when the budget is spent.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <utility>

#include "tutti/play/sdl.hpp"

namespace tutti::play {

/// What a sprite shows. Sizes are in pixels, for the window may grow.
struct SpriteKey {
  enum class Kind : std::uint8_t { text, disc, ring };
  Kind kind{};
  int size = 0;    ///< of the text, or the radius
  int stroke = 0;  ///< of a ring
  std::string text{};

  auto operator<=>(const SpriteKey&) const = default;
};

struct Sprite {
  Sdl<SDL_Texture> texture;
  int width = 0;
  int height = 0;
};

class SpriteCache {
 public:
  /// Four million pixels are 16 MiB. A sprite counts at least `sprite_cost_least`, which bounds their number.
  static constexpr std::size_t pixels_max = 4u << 20;
  static constexpr std::size_t sprite_cost_least = 1024;

  /// Valid until the next put().
  const Sprite* find(const SpriteKey& key) {
    const auto found = index_.find(key);
    if (found == index_.end()) return nullptr;
    order_.splice(order_.begin(), order_, found->second);
    return &found->second->second;
  }

  /// `key` must not be there. The new sprite stays even if it exceeds the budget alone.
  const Sprite& put(SpriteKey key, Sprite sprite) {
    pixels_ += cost(sprite);
    order_.emplace_front(std::move(key), std::move(sprite));
    index_.emplace(order_.front().first, order_.begin());
    while (pixels_ > pixels_max && order_.size() > 1) {
      pixels_ -= cost(order_.back().second);
      index_.erase(order_.back().first);
      order_.pop_back();
    }
    return order_.front().second;
  }

  [[nodiscard]] std::size_t pixels() const { return pixels_; }
  [[nodiscard]] std::size_t size() const { return order_.size(); }

 private:
  static std::size_t cost(const Sprite& sprite) {
    return sprite_cost_least +
           static_cast<std::size_t>(sprite.width) * static_cast<std::size_t>(sprite.height);
  }

  std::list<std::pair<SpriteKey, Sprite>> order_;  // most recently used first
  std::map<SpriteKey, std::list<std::pair<SpriteKey, Sprite>>::iterator> index_;
  std::size_t pixels_ = 0;
};

}  // namespace tutti::play
