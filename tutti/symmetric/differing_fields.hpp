// Where two states of an application differ, in the words of its author: which fields, and the values of
// both.
//
// One state is this program's own. The other may be bytes that came from a peer nobody vouches for: so it is
// only ever looked at as bytes, at the places where the fields of one's own lie. A number, an enum or an id
// is told by its value, an std::array by its elements that differ, any other struct by its bytes. Of a
// container in an arena it is told that it differs if its place or its size does; what it holds lies
// elsewhere.
//
// An application can give its fields names:
//
//     static constexpr std::array<std::string_view, 3> field_names{"x", "y", "turns"};   // of State, all
//
// Without them the fields of arenas' states are counted from 1. Plain states are not looked at then: they may
// hold C arrays, which the compiler cannot tell from several fields.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/pfr/core.hpp>
#include <fmt/format.h>

#include "tutti/base/bytes.hpp"
#include "tutti/base/ids.hpp"
#include "tutti/memory/image.hpp"
#include "tutti/memory/storable.hpp"
#include "tutti/symmetric/application.hpp"
#include "tutti/symmetric/state_memory.hpp"
#include "tutti/wire/codec.hpp"
#include "tutti/wire/text_form.hpp"

namespace tutti::symmetric {

/// Bytes of an image, `end` not included.
struct ByteRange {
  std::size_t begin = 0;
  std::size_t end = 0;

  bool operator==(const ByteRange&) const = default;
};
inline constexpr std::size_t byte_ranges_max = 8;

/// The first of them; bytes that only one has differ.
[[nodiscard]] std::vector<ByteRange> differing_ranges(const memory::Image& one, const memory::Image& other);
/// "8-11, 20", and that there may be more.
[[nodiscard]] std::string describe(const std::vector<ByteRange>& ranges);
/// "0, 3, more": the first of them.
[[nodiscard]] std::string describe_pages(const std::vector<std::uint32_t>& pages);

/// A field, or an element of one, that two states have different values of.
struct FieldDifference {
  std::string field;  ///< "balls[3] (int)": with its type
  std::string one;    ///< the values as text; both empty where there is none
  std::string other;
};
inline constexpr std::size_t field_differences_max = 16;

/// Finds them in one pass over a state.
class FieldComparison {
 public:
  /// `one` is the state and `other` its counterpart's bytes, of which the end may be missing.
  template <typename State>
  FieldComparison(const State& one, ByteView other) : begin_(address(one)), other_(other) {}

  template <typename Field>
  void compare(const Field& one, const std::string& name) {
    const auto offset = static_cast<std::size_t>(address(one) - begin_);
    if (full() || offset >= other_.size()) return;
    const ByteView ours(address(one), sizeof(Field));
    const auto theirs = other_.subspan(offset, std::min(sizeof(Field), other_.size() - offset));
    if (std::ranges::equal(ours.first(theirs.size()), theirs)) return;
    if constexpr (memory::is_array<Field> && !wire::is_byte_array<Field>) {
      for (std::size_t i = 0; i < one.size(); ++i) compare(one[i], fmt::format("{}[{}]", name, i));
    } else if (theirs.size() == sizeof(Field)) {
      auto field = fmt::format("{} ({})", name, brief_type_name<Field>());
      if constexpr (memory::arena_container<Field>)
        found_.push_back({std::move(field), {}, {}});
      else if constexpr (has_value<Field>)
        found_.push_back({std::move(field), value<Field>(ours), value<Field>(theirs)});
      else
        add_bytes(std::move(field), ours, theirs);
    }
  }

  [[nodiscard]] bool full() const { return found_.size() == field_differences_max; }
  /// The first of them, in the order of the fields.
  [[nodiscard]] std::vector<FieldDifference> take() && { return std::move(found_); }

 private:
  // What any bytes are a value of; of a bool they are not.
  template <typename Field>
  static constexpr bool has_value =
      std::is_arithmetic_v<Field> || std::is_enum_v<Field> || wire::is_strong<Field> ||
      wire::is_duration<Field> || wire::is_byte_array<Field> || std::same_as<Field, PeerId>;

  template <typename Object>
  static const std::uint8_t* address(const Object& object) {
    return reinterpret_cast<const std::uint8_t*>(&object);
  }
  template <typename Field>
  static std::string value(ByteView bytes) {
    constexpr std::size_t text_bytes_max = 80;
    if constexpr (std::same_as<Field, bool>) {
      return bytes[0] == 0 ? "false" : bytes[0] == 1 ? "true" : fmt::format("0x{:02x}", bytes[0]);
    } else {
      Field field{};
      std::memcpy(static_cast<void*>(&field), bytes.data(), sizeof(Field));
      return text_form(field, text_bytes_max);
    }
  }
  void add_bytes(std::string field, ByteView one, ByteView other);

  const std::uint8_t* begin_;
  ByteView other_;
  std::vector<FieldDifference> found_;
};

/// Of two states, the other as in an image from the place on where the state lies. Nothing for applications
/// that save their states themselves, and for plain states without names.
template <typename App>
[[nodiscard]] std::vector<FieldDifference> differing_fields(const typename App::State& one, ByteView other) {
  using State = App::State;
  FieldComparison comparison(one, other);
  if constexpr (!rules::has_save_and_load<App> &&
                (requires { App::field_names; } || !std::is_trivially_copyable_v<State>)) {
    [&]<std::size_t... fields>(std::index_sequence<fields...>) {
      const auto name = [](std::size_t field) {
        if constexpr (requires { App::field_names; }) {
          static_assert(std::size(App::field_names) == sizeof...(fields),
                        "field_names has a name for every field of State");
          return std::string(App::field_names[field]);
        } else {
          return fmt::format("field {}", field + 1);
        }
      };
      (comparison.compare(boost::pfr::get<fields>(one), name(fields)), ...);
    }(std::make_index_sequence<boost::pfr::tuple_size_v<State>>{});
  }
  return std::move(comparison).take();
}

/// Of two images, one of them of a state of this application, the other any bytes.
template <typename App>
[[nodiscard]] std::vector<FieldDifference> differing_fields(const memory::Image& one, ByteView other) {
  if constexpr (rules::has_save_and_load<App>) {
    return {};
  } else {
    const auto memory = memory_of<App>(one);
    return differing_fields<App>(memory.state(),
                                 other.subspan(std::min(StateMemory<App>::state_offset, other.size())));
  }
}

}  // namespace tutti::symmetric
