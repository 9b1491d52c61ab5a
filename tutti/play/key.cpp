#include "tutti/play/key.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "tutti/base/require.hpp"

namespace tutti::play {

namespace {

struct Name {
  Key key;
  std::string_view text;
  std::string_view symbol;
};

constexpr std::array names{
    Name{Key::left, "left", "←"},
    Name{Key::right, "right", "→"},
    Name{Key::up, "up", "↑"},
    Name{Key::down, "down", "↓"},
    Name{Key::space, "space", "Space"},
    Name{Key::enter, "return", "Return"},
    Name{Key::escape, "escape", "Esc"},
    Name{Key::backspace, "backspace", "Backspace"},
    Name{Key::tab, "tab", "Tab"},
    Name{Key::page_up, "page_up", "Page up"},
    Name{Key::page_down, "page_down", "Page down"},
    Name{Key::home, "home", "Home"},
    Name{Key::end, "end", "End"},
    Name{Key::comma, "comma", ","},
    Name{Key::period, "period", "."},
    Name{Key::minus, "minus", "−"},
    Name{Key::plus, "plus", "+"},
    Name{Key::slash, "slash", "/"},
};
static_assert(names.size() == static_cast<std::size_t>(Key::digit_0));
static_assert(std::ranges::is_sorted(names, {}, &Name::key), "a key's name is found at the key's number");

constexpr std::string_view digits = "0123456789";
constexpr std::string_view lower_case = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view upper_case = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

Name name_of(Key key) {
  const auto index = static_cast<std::size_t>(key);
  require(index < key_count, "a key is one of the enumerated ones");
  if (key >= Key::a) {
    const auto letter = index - static_cast<std::size_t>(Key::a);
    return {key, lower_case.substr(letter, 1), upper_case.substr(letter, 1)};
  }
  if (key >= Key::digit_0) {
    const auto digit = digits.substr(index - static_cast<std::size_t>(Key::digit_0), 1);
    return {key, digit, digit};
  }
  return names[index];
}

}  // namespace

bool writes(Key key) {
  return key == Key::space || key >= Key::comma;
}

std::string_view text(Key key) {
  return name_of(key).text;
}

std::string_view symbol(Key key) {
  return name_of(key).symbol;
}

std::expected<Key, std::string> parse_key(std::string_view text) {
  for (std::size_t index = 0; index < key_count; ++index) {
    const auto name = name_of(static_cast<Key>(index));
    if (name.text == text) return name.key;
  }
  return std::unexpected(
      fmt::format("'{}' is no key: keys are left, right, up, down, space, return, page_up, 7, a...", text));
}

}  // namespace tutti::play
