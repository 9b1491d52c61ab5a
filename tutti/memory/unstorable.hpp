// Why something may not lie in an arena, as a compilation error: a sentence about `Part`, which the compiler
// names beside it, with all that it is part of.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <boost/pfr/core.hpp>

#include "tutti/base/c_array.hpp"
#include "tutti/memory/storable.hpp"

namespace tutti::memory {

/// Says nothing of what is storable.
template <typename Part>
consteval void refuse_unstorable() {
  if constexpr (storable<Part>) {
    return;
  } else if constexpr (requires { typename Part::hasher; }) {
    static_assert(storable<Part>,
                  "a State cannot hold Part, an unordered container, whose order differs from peer to peer: "
                  "use arena::Map or arena::FlatMap (tutti/memory/containers.hpp)");
  } else if constexpr (requires { typename Part::allocator_type; }) {
    static_assert(storable<Part>,
                  "a State cannot hold Part, a string or container of the standard library, whose memory "
                  "lies elsewhere: use arena::String, arena::Vector, arena::FlatMap or arena::Map "
                  "(tutti/memory/containers.hpp), or give the application save() and load()");
  } else if constexpr (std::is_pointer_v<Part> || std::is_union_v<Part>) {
    static_assert(storable<Part>,
                  "a State cannot hold Part, a pointer or a union, whose bytes would differ from peer to "
                  "peer: name things by numbers or keys");
  } else if constexpr (is_array<Part>) {
    refuse_unstorable<typename Part::value_type>();
  } else if constexpr (!std::is_trivially_copyable_v<Part> && !std::is_aggregate_v<Part>) {
    static_assert(storable<Part>,
                  "a State cannot hold Part: it must be trivially copyable, or an aggregate of plain things "
                  "and containers of tutti::arena: no constructors, destructors, private members or virtual "
                  "functions");
  } else if constexpr (std::is_trivially_copyable_v<Part> &&
                       (!std::is_aggregate_v<Part> || has_c_array<Part>())) {
    static_assert(storable<Part>,
                  "a State cannot hold Part: it has a pointer, a union, padding, or a member without initial "
                  "value, whose bytes would differ from peer to peer");
  } else if constexpr (has_c_array<Part>()) {
    static_assert(storable<Part>,
                  "a State cannot hold Part: it has a C array beside its arena containers: use std::array");
  } else {
    constexpr bool fields_are_storable = []<std::size_t... fields>(std::index_sequence<fields...>) {
      (refuse_unstorable<boost::pfr::tuple_element_t<fields, Part>>(), ...);
      return (storable<boost::pfr::tuple_element_t<fields, Part>> && ...);
    }(std::make_index_sequence<boost::pfr::tuple_size_v<Part>>{});
    static_assert(!fields_are_storable,
                  "a State cannot hold Part: it has padding, or a plain field without initial value, whose "
                  "bytes would differ from peer to peer: reorder or add explicit fields");
  }
}

}  // namespace tutti::memory
