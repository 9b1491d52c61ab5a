// What a symmetric application is: three pure functions over one plain state.
//
//   struct Rectangle {
//     static constexpr std::string_view name = "rectangle";
//     static constexpr std::uint32_t version = 1;   // peers meet only if name and version are equal
//     static constexpr int ticks_per_second = 50;   // may be left out: 50
//
//     struct State { std::int32_t x, y, dx, dy; };  // everything the simulation may remember
//     struct Turn { std::int32_t dx, dy; };         // what users do
//     struct Pause {};
//     using Event = std::variant<Turn, Pause>;      // of what wire/codec.hpp can write and read
//
//     static void start(State&);                                   // once, before tick 0
//     static void tick(State&);                                    // every tick but tick 0
//     static void apply(State&, PeerId who, const Event&);         // after tick(), for each event of that
//     tick
//   };
//
// The middleware runs these functions many times over, forth and back in time, on every peer. So they may
// look at nothing but their arguments and change nothing but the state: no clock, no random source of their
// own, no globals, no drawing. A State starts as `State{}`: zero, except where it names another initial value
// itself; then start() makes the rest.
//
// States are copied, kept, hashed and compared as bytes. Hence the rules below: trivially copyable, and equal
// states have equal bytes on every peer, so there is no padding (its bytes are whatever was there before) and
// no pointer (it differs from process to process). The compiler proves the absence of padding for integers,
// enums and what is made of them. It cannot for floating-point members, since -0.0 and 0.0, or two NaNs, are
// equal with different bytes; this does no harm here, where bytes are all that counts, so a state with floats
// says `static constexpr bool state_has_no_padding = true` beside its State and takes care of it. Its
// calculations must then be the same on all platforms that meet: + - * / and sqrt are, the library's sin or
// exp are not.
#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

#include "tutti/base/ids.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti::symmetric {

inline constexpr int ticks_per_second_default = 50;
inline constexpr int ticks_per_second_max = 1000;

/// The pace of an application: what it says, or the default.
template <typename App>
consteval int ticks_per_second() {
  if constexpr (requires { App::ticks_per_second; })
    return App::ticks_per_second;
  else
    return ticks_per_second_default;
}

namespace rules {

/// States up to this size are examined byte by byte during compilation; larger ones would make it slow.
inline constexpr std::size_t examined_bytes_max = 65'536;

template <typename App>
concept has_name = requires {
  { App::name } -> std::convertible_to<std::string_view>;
  requires !std::string_view(App::name).empty();
};
template <typename App>
concept has_version = requires { requires std::same_as<decltype(App::version), const std::uint32_t>; };
template <typename App>
concept has_sane_pace =
    requires { requires ticks_per_second<App>() >= 1 && ticks_per_second<App>() <= ticks_per_second_max; };
template <typename App>
concept has_state = requires { typename App::State; };
template <typename App>
concept has_event = requires { typename App::Event; };

template <typename State>
concept plain = std::is_trivially_copyable_v<State> && std::copyable<State>;

/// A variant, so that a kind of event that is added later changes none of those that are there.
template <typename Event>
concept choice = wire::is_variant<Event> && std::copyable<Event> && std::default_initializable<Event>;
template <typename Event>
concept travels = choice<Event> && wire::can_travel<Event>();

template <typename App>
consteval bool promises_no_padding() {
  if constexpr (requires { App::state_has_no_padding; })
    return App::state_has_no_padding;
  else
    return false;
}
template <typename App>
concept without_padding =
    std::has_unique_object_representations_v<typename App::State> || promises_no_padding<App>();

/// A constant expression only if every byte of State{} has one value that is known before the program runs:
/// std::bit_cast refuses pointers, references and unions, and reads no byte that nobody wrote.
template <typename State>
consteval std::uint32_t sum_of_bytes() {
  std::uint32_t sum = 0;
  for (const unsigned char byte : std::bit_cast<std::array<unsigned char, sizeof(State)>>(State{}))
    sum += byte;
  return sum;
}
template <typename State>
concept known_bytes = sizeof(State) > examined_bytes_max ||
                      requires { typename std::integral_constant<std::uint32_t, sum_of_bytes<State>()>; };

// A function that takes its state by value, or const, would compile and do nothing: it must refuse a const
// State.
template <typename App>
concept has_start = requires(App::State& state) {
  { App::start(state) } -> std::same_as<void>;
} && !requires(const App::State& state) { App::start(state); };
template <typename App>
concept has_tick = requires(App::State& state) {
  { App::tick(state) } -> std::same_as<void>;
} && !requires(const App::State& state) { App::tick(state); };
template <typename App>
concept has_apply = requires(App::State& state, PeerId who, const App::Event& event) {
  { App::apply(state, who, event) } -> std::same_as<void>;
} && !requires(const App::State& state, PeerId who, const App::Event& event) {
  App::apply(state, who, event);
};

}  // namespace rules

/// Whether `App` is an application. Templates that take one do not constrain themselves with it, but begin
/// with `static_assert(check_application<App>())`, which says in a sentence what is wrong.
template <typename App>
concept Application = rules::has_name<App> && rules::has_version<App> && rules::has_sane_pace<App> &&
                      rules::has_state<App> && rules::has_event<App> && rules::plain<typename App::State> &&
                      std::default_initializable<typename App::State> && rules::without_padding<App> &&
                      rules::known_bytes<typename App::State> && rules::travels<typename App::Event> &&
                      rules::has_start<App> && rules::has_tick<App> && rules::has_apply<App>;

/// True, or a compilation error with one sentence per mistake.
template <typename App>
consteval bool check_application() {
  using namespace rules;
  static_assert(has_name<App>,
                "the application needs a name: static constexpr std::string_view name = \"...\"; not empty");
  static_assert(has_version<App>,
                "the application needs a version: static constexpr std::uint32_t version = 1;");
  static_assert(has_sane_pace<App>, "ticks_per_second must be from 1 to 1000");
  static_assert(has_state<App>,
                "the application needs a State: struct State { ... }; with everything it remembers");
  static_assert(has_event<App>, "the application needs an Event: using Event = std::variant<...>;");
  if constexpr (has_state<App>) {
    using State = App::State;
    static_assert(std::is_trivially_copyable_v<State>,
                  "State must be trivially copyable: plain numbers, enums, structs and arrays of fixed size; "
                  "no std::string, no containers, no virtual functions");
    static_assert(std::copyable<State>, "State must be assignable: no const members and no references");
    static_assert(std::default_initializable<State>, "State{} must compile: give State no constructors");
    if constexpr (plain<State> && std::default_initializable<State>) {
      static_assert(
          without_padding<App>,
          "State has padding: reorder or add explicit fields so that equal states have equal bytes; "
          "if it has floating-point members and truly no padding, add "
          "static constexpr bool state_has_no_padding = true; beside State");
      if constexpr (without_padding<App>)
        static_assert(known_bytes<State>,
                      "State holds a pointer, a union, padding, or a member without initial value: its bytes "
                      "would differ from peer to peer");
    }
    static_assert(has_start<App>,
                  "the application needs static void start(State&), which changes its argument");
    static_assert(has_tick<App>,
                  "the application needs static void tick(State&), which changes its argument");
    if constexpr (has_event<App>)
      static_assert(
          has_apply<App>,
          "the application needs static void apply(State&, PeerId who, const Event&), which changes "
          "its first argument");
  }
  if constexpr (has_event<App>) {
    using Event = App::Event;
    static_assert(choice<Event>,
                  "Event must be a std::variant of plain structs, one for each thing that users do");
    if constexpr (choice<Event>)
      static_assert(
          travels<Event>,
          "Event holds what cannot travel: its structs may hold numbers, enums with a WireEnum, "
          "std::string, Bytes, std::array, std::vector, std::optional and such structs; no pointers, "
          "no maps or sets");
  }
  return true;
}

/// What peers of an application call their network: only equals link.
template <typename App>
[[nodiscard]] std::string network_name() {
  return fmt::format("{} {}", App::name, App::version);
}

/// The state every session of `App` begins with.
template <typename App>
[[nodiscard]] typename App::State started_state() {
  static_assert(check_application<App>());
  typename App::State state{};
  App::start(state);
  return state;
}

}  // namespace tutti::symmetric
