// Whether an aggregate has a C array among its members. Boost.PFR cannot tell the fields of such a one apart,
// and the compiler says so in a hundred lines about something else; who asks first can say it in one.
#pragma once

#include <cstddef>
#include <utility>

#include <boost/pfr/tuple_size.hpp>

namespace tutti {

namespace detail {

/// Initializes any member.
template <std::size_t>
struct Anything {
  template <typename T>
  operator T&() const;  // NOLINT(google-explicit-constructor)
};

/// The elements of an array are counted as members, since their initializers need no braces of their own. One
/// between braces is for a whole member: if then as many as before are too many, that member took the place
/// of several.
template <typename T, std::size_t... before, std::size_t... after>
consteval bool is_array_after(std::index_sequence<before...> /*deduces*/,
                              std::index_sequence<after...> /*deduces*/) {
  return requires { T{Anything<before>{}..., {Anything<0>{}}}; } &&
         !requires { T{Anything<before>{}..., {Anything<0>{}}, Anything<after>{}...}; };
}

}  // namespace detail

/// Of a copyable aggregate. An array of one element is not found, and harms nobody.
template <typename T>
consteval bool has_c_array() {
  constexpr std::size_t count = boost::pfr::tuple_size_v<T>;
  return []<std::size_t... at>(std::index_sequence<at...>) {
    return (detail::is_array_after<T>(std::make_index_sequence<at>{},
                                      std::make_index_sequence<count - at - 1>{}) ||
            ...);
  }(std::make_index_sequence<count>{});
}

}  // namespace tutti
