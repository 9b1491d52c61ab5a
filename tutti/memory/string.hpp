// arena::String: text in an arena. It is read as a std::string_view, and takes one wherever it is set.
#pragma once

#include <algorithm>
#include <compare>
#include <concepts>
#include <cstddef>
#include <string_view>

#include "tutti/memory/vector.hpp"

namespace tutti::arena {

class String {
 public:
  static constexpr bool lies_in_an_arena = true;
  /// What a map with such keys is asked for.
  using View = std::string_view;

  String() = default;
  template <typename Text>
    requires(std::convertible_to<const Text&, std::string_view> && !std::same_as<Text, String>)
  String(const Text& text) {  // NOLINT(google-explicit-constructor)
    characters_.assign(std::string_view(text));
  }

  [[nodiscard]] std::string_view view() const { return {characters_.data(), characters_.size()}; }
  operator std::string_view() const { return view(); }  // NOLINT(google-explicit-constructor)
  [[nodiscard]] std::size_t size() const { return characters_.size(); }
  [[nodiscard]] bool empty() const { return characters_.empty(); }
  [[nodiscard]] char operator[](std::size_t index) const { return characters_[index]; }

  void clear() { characters_.clear(); }
  /// `text` is not part of this string; nor is it below.
  void append(std::string_view text) { characters_.append(text); }
  String& operator+=(std::string_view text) {
    append(text);
    return *this;
  }
  void push_back(char character) { characters_.push_back(character); }
  /// What is behind the end is cut off.
  void replace(std::size_t first, std::size_t count, std::string_view text) {
    require(first <= size(), "text is replaced where there is some");
    const std::size_t last = first + std::min(count, size() - first);
    Vector<char> rest;
    rest.assign(view().substr(last));
    characters_.resize(first);
    append(text);
    append({rest.data(), rest.size()});
  }

  /// What it finds in itself: for memory::find_containers().
  template <typename Layout>
  void tell(Layout& layout) const {
    characters_.tell(layout);
  }

  friend bool operator==(const String& one, const String& other) { return one.view() == other.view(); }
  template <std::convertible_to<std::string_view> Text>
  friend bool operator==(const String& one, const Text& other) {
    return one.view() == std::string_view(other);
  }
  friend std::strong_ordering operator<=>(const String& one, const String& other) {
    return one.view() <=> other.view();
  }
  template <std::convertible_to<std::string_view> Text>
  friend std::strong_ordering operator<=>(const String& one, const Text& other) {
    return one.view() <=> std::string_view(other);
  }

 private:
  Vector<char> characters_;
};

}  // namespace tutti::arena
