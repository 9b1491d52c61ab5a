// What may lie in an arena: things whose bytes mean the same everywhere and are equal for equal values.
//
//   numbers, enums, and trivially copyable structs and std::arrays of them: no padding, no pointers;
//   the containers of tutti::arena;
//   aggregates of such things, without padding.
//
// The compiler proves it, by examining the bytes of plain types and the fields of aggregates (Boost.PFR).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <boost/pfr/core.hpp>

#include "tutti/base/c_array.hpp"

namespace tutti::memory {

/// Types up to this size are examined byte by byte during compilation; larger ones would make it slow.
inline constexpr std::size_t examined_bytes_max = 65'536;

/// A Plain{}, or, of a type that cannot be made without arguments, one of zeros.
template <typename Plain>
consteval Plain some_plain() {
  if constexpr (std::is_default_constructible_v<Plain>)
    return Plain{};
  else
    return std::bit_cast<Plain>(std::array<unsigned char, sizeof(Plain)>{});
}
/// A constant expression only if every byte of it has one value that is known before the program runs:
/// std::bit_cast refuses pointers, references and unions, and reads no byte that nobody wrote.
template <typename Plain>
consteval std::uint32_t sum_of_bytes() {
  std::uint32_t sum = 0;
  for (const unsigned char byte :
       std::bit_cast<std::array<unsigned char, sizeof(Plain)>>(some_plain<Plain>()))
    sum += byte;
  return sum;
}
/// Of a trivially copyable type.
template <typename Plain>
concept known_bytes = sizeof(Plain) > examined_bytes_max ||
                      requires { typename std::integral_constant<std::uint32_t, sum_of_bytes<Plain>()>; };

/// A container that lies in an arena says so in a member, and vouches for its elements itself, when it is
/// filled: so a struct may hold containers of itself.
template <typename T>
concept arena_container = requires { requires T::lies_in_an_arena; };

template <typename T>
inline constexpr bool is_array = false;
template <typename T, std::size_t count>
inline constexpr bool is_array<std::array<T, count>> = true;

template <typename T>
consteval bool fields_are_storable();

/// Whether T may be an element of a container in an arena, or a state.
template <typename T>
consteval bool can_be_stored() {
  if constexpr (arena_container<T>)
    return true;
  else if constexpr (std::is_trivially_copyable_v<T>)
    return !std::is_pointer_v<T> && known_bytes<T>;
  else if constexpr (is_array<T>)
    return can_be_stored<typename T::value_type>();
  else if constexpr (!std::is_aggregate_v<T>)
    return false;
  else
    return fields_are_storable<T>();
}

template <typename T>
consteval bool fields_are_storable() {
  if constexpr (has_c_array<T>())
    return false;
  else
    return []<std::size_t... fields>(std::index_sequence<fields...>) {
      return (can_be_stored<boost::pfr::tuple_element_t<fields, T>>() && ...) &&
             (sizeof(boost::pfr::tuple_element_t<fields, T>) + ... + 0) == sizeof(T);
    }(std::make_index_sequence<boost::pfr::tuple_size_v<T>>{});
}

template <typename T>
concept storable = can_be_stored<T>();

/// Tells `layout` (arena_layout.hpp) of the containers in `value`, and not of those that lie in their memory.
template <typename T, typename Layout>
void find_containers(const T& value, Layout& layout) {
  if constexpr (arena_container<T>)
    value.tell(layout);
  else if constexpr (is_array<T>)
    for (const auto& element : value) find_containers(element, layout);
  else if constexpr (!std::is_trivially_copyable_v<T>)
    boost::pfr::for_each_field(value, [&](const auto& field) { find_containers(field, layout); });
}

}  // namespace tutti::memory
