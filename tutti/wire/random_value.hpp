// Any value that can travel, drawn at random: what a hostile or a clumsy peer might say.
//
// Numbers are mostly small, sometimes at the ends of their range, sometimes anything; texts and lists are
// short. A type that writes itself stays as it is made.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <boost/pfr/core.hpp>

#include "tutti/base/random.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti {

inline constexpr std::size_t random_elements_max = 12;

template <typename T>
[[nodiscard]] T random_value(Random& random);

namespace wire {

template <typename Integer>
Integer random_integer(Random& random) {
  using Limits = std::numeric_limits<Integer>;
  switch (random.below(8)) {
    case 0:
      return Limits::max();
    case 1:
      return Limits::min();
    case 2:
      return static_cast<Integer>(random());
    default:  // around zero
      return static_cast<Integer>(static_cast<std::int64_t>(random.below(9)) -
                                  (std::signed_integral<Integer> ? 4 : 0));
  }
}

template <typename Variant, std::size_t... indices>
Variant random_alternative(Random& random, std::index_sequence<indices...>) {
  const auto index = random.below(sizeof...(indices));
  Variant value;
  const auto draw = [&]<std::size_t candidate>() {
    if (index == candidate)
      value.template emplace<candidate>(random_value<std::variant_alternative_t<candidate, Variant>>(random));
  };
  (draw.template operator()<indices>(), ...);
  return value;
}

}  // namespace wire

template <typename T>
T random_value(Random& random) {
  T value{};
  if constexpr (std::same_as<T, bool>) {
    value = random.below(2) == 0;
  } else if constexpr (std::integral<T>) {
    value = wire::random_integer<T>(random);
  } else if constexpr (std::floating_point<T>) {
    value = static_cast<T>((random.uniform() - 0.5) * 1000);
  } else if constexpr (std::is_enum_v<T>) {
    value = static_cast<T>(random.below(static_cast<std::uint64_t>(WireEnum<T>::last) + 1));
  } else if constexpr (wire::is_strong<T> || wire::is_duration<T>) {
    value = T(random_value<typename T::rep>(random));
  } else if constexpr (std::same_as<T, std::string>) {
    for (auto left = random.below(random_elements_max); left > 0; --left)
      value.push_back(static_cast<char>(' ' + random.below(95)));
  } else if constexpr (wire::is_vector<T>) {
    for (auto left = random.below(random_elements_max); left > 0; --left)
      value.push_back(random_value<typename T::value_type>(random));
  } else if constexpr (wire::is_array<T>) {
    for (auto& element : value) element = random_value<typename T::value_type>(random);
  } else if constexpr (wire::is_optional<T>) {
    if (random.below(2) == 0) value = random_value<typename T::value_type>(random);
  } else if constexpr (wire::is_variant<T>) {
    value = wire::random_alternative<T>(random, std::make_index_sequence<std::variant_size_v<T>>{});
  } else if constexpr (wire::SelfWritten<T>) {
    return value;
  } else {
    boost::pfr::for_each_field(
        value, [&](auto& field) { field = random_value<std::remove_reference_t<decltype(field)>>(random); });
  }
  return value;
}

}  // namespace tutti
