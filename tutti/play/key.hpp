// The keys a person can press, named so that a script, a message and a test can name them too. A Key is a
// place of meaning on the keyboard, not a character: capital letters and accents are text, not keys.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace tutti::play {

/// Those from comma on write a character, and so does space.
enum class Key : std::uint8_t {
  left,
  right,
  up,
  down,
  space,
  enter,  ///< "return"; the keypad's too
  escape,
  backspace,
  tab,
  page_up,
  page_down,
  home,
  end,
  comma,
  period,
  minus,
  plus,
  slash,
  digit_0,
  digit_1,
  digit_2,
  digit_3,
  digit_4,
  digit_5,
  digit_6,
  digit_7,
  digit_8,
  digit_9,
  a,
  b,
  c,
  d,
  e,
  f,
  g,
  h,
  i,
  j,
  k,
  l,
  m,
  n,
  o,
  p,
  q,
  r,
  s,
  t,
  u,
  v,
  w,
  x,
  y,
  z,
};
inline constexpr std::size_t key_count = static_cast<std::size_t>(Key::z) + 1;

/// Whether the key, alone or with others, writes a character.
bool writes(Key key);

/// How scripts and messages write the key: "left", "return", "page_up", "7", "a".
std::string_view text(Key key);

/// The inverse of text(). The error quotes what was not a key.
std::expected<Key, std::string> parse_key(std::string_view text);

/// What a keycap shows: "←", "Return", "7", "A".
std::string_view symbol(Key key);

}  // namespace tutti::play
