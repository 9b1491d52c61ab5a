// Numbers that mean different things have different types: a Tick never passes for a Sequence.
#pragma once

#include <compare>
#include <functional>

namespace tutti {

/// A number of kind `Tag`. Constructed and read explicitly; ordered; steps by whole numbers of its
/// representation.
template <typename Tag, typename Rep>
class Strong {
 public:
  using rep = Rep;

  constexpr Strong() = default;
  constexpr explicit Strong(Rep value) : value_(value) {}

  [[nodiscard]] constexpr Rep value() const { return value_; }

  constexpr auto operator<=>(const Strong&) const = default;

  constexpr Strong& operator++() {
    ++value_;
    return *this;
  }
  constexpr Strong operator+(Rep step) const { return Strong(static_cast<Rep>(value_ + step)); }
  constexpr Strong operator-(Rep step) const { return Strong(static_cast<Rep>(value_ - step)); }
  /// The distance between two, in steps.
  constexpr Rep operator-(Strong other) const { return static_cast<Rep>(value_ - other.value_); }

 private:
  Rep value_{};
};

}  // namespace tutti

template <typename Tag, typename Rep>
struct std::hash<tutti::Strong<Tag, Rep>> {
  std::size_t operator()(tutti::Strong<Tag, Rep> id) const noexcept { return std::hash<Rep>{}(id.value()); }
};
