// Whether a type can be written and read, for whoever wants to refuse it in words of their own: as a
// compilation error that is a sentence about `Part`, which the compiler names beside it, with all that it is
// part of.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <boost/pfr/core.hpp>

#include "tutti/base/c_array.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti::wire {

template <typename T>
consteval bool can_travel();

template <typename T>
consteval bool fields_can_travel() {
  if constexpr (has_c_array<T>())
    return false;
  else
    return []<std::size_t... fields>(std::index_sequence<fields...>) {
      return (can_travel<boost::pfr::tuple_element_t<fields, T>>() && ...);
    }(std::make_index_sequence<boost::pfr::tuple_size_v<T>>{});
}
template <typename... Ts>
consteval bool alternatives_can_travel(const std::variant<Ts...>* /*deduces*/) {
  return (can_travel<Ts>() && ...);
}

/// Whether a T can be written and read.
template <typename T>
consteval bool can_travel() {
  if constexpr (std::is_enum_v<T>)
    return requires { WireEnum<T>::last; };
  else if constexpr (std::is_arithmetic_v<T> || is_strong<T> || is_duration<T> ||
                     std::same_as<T, std::string> || SelfWritten<T>)
    return true;
  else if constexpr (is_vector<T>)
    return !std::same_as<typename T::value_type, bool> && can_travel<typename T::value_type>();
  else if constexpr (is_array<T> || is_optional<T>)
    return can_travel<typename T::value_type>();
  else if constexpr (is_variant<T>)
    return alternatives_can_travel(static_cast<const T*>(nullptr));
  else if constexpr (!std::is_aggregate_v<T> || std::is_array_v<T> || std::is_union_v<T>)
    return false;
  else
    return fields_can_travel<T>();
}

template <typename Part>
consteval void refuse_to_carry();

template <typename... Parts>
consteval void refuse_to_carry_any(const std::variant<Parts...>* /*deduces*/) {
  (refuse_to_carry<Parts>(), ...);
}

/// Says nothing of what can travel.
template <typename Part>
consteval void refuse_to_carry() {
  if constexpr (can_travel<Part>()) {
    return;
  } else if constexpr (std::is_enum_v<Part>) {
    static_assert(can_travel<Part>(),
                  "Part cannot travel: an enum says what its greatest value is, since anybody may send any: "
                  "template <> struct tutti::WireEnum<Part> { static constexpr Part last = Part::...; };");
  } else if constexpr (is_variant<Part>) {
    refuse_to_carry_any(static_cast<const Part*>(nullptr));
  } else if constexpr ((is_vector<Part> && !std::same_as<Part, std::vector<bool>>) || is_array<Part> ||
                       is_optional<Part>) {
    refuse_to_carry<typename Part::value_type>();
  } else if constexpr (!std::is_aggregate_v<Part> || std::is_union_v<Part>) {
    static_assert(can_travel<Part>(),
                  "Part cannot travel: what can are numbers, enums, std::string, Bytes, std::array, "
                  "std::vector, std::optional, std::variant, and plain structs of such things; no pointers, "
                  "no maps or sets, no std::vector<bool>");
  } else if constexpr (has_c_array<Part>()) {
    static_assert(can_travel<Part>(), "Part cannot travel: it has a C array: use std::array");
  } else {
    []<std::size_t... fields>(std::index_sequence<fields...>) {
      (refuse_to_carry<boost::pfr::tuple_element_t<fields, Part>>(), ...);
    }(std::make_index_sequence<boost::pfr::tuple_size_v<Part>>{});
  }
}

}  // namespace tutti::wire
