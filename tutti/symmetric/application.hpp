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
// What it does to the world outside, such as a sound, goes through a further parameter of tick() or apply(),
// which an application has that names its effects (effects.hpp):
//
//     using Effect = std::variant<Ring, Won>;
//     static void apply(State&, PeerId who, const Event&, Effects<Effect>& effects);
//
// The middleware runs these functions many times over, forth and back in time, on every peer. So they may
// look at nothing but their arguments and change nothing but the state: no clock, no random source of their
// own, no globals, no drawing. A State starts as `State{}`: zero, except where it names another initial value
// itself; then start() makes the rest.
//
// States are copied, kept, hashed and compared as bytes. There are three ways to have such a state, chosen by
// its type (docs/state.md explains them):
//
//   a trivially copyable struct;
//   an aggregate with containers of tutti::arena (tutti/memory/containers.hpp), which lie in one arena and
//   mean the same wherever it is copied to;
//   anything, if the application writes and reads it itself:
//     static void save(const State&, Bytes& out);      // appends; equal bytes for equal states
//     static bool load(State&, ByteView bytes);        // of a State{}; false if the bytes are none of
//     save()'s
//
// The latter two may say how large they get, `static constexpr std::size_t state_bytes_max`, and end their
// application when they get larger.
//
// Peers meet only if their programs are the same file, too: another compiler, or a change that was forgotten,
// makes another program. An application that computes alike wherever it is built, as with integers only, may
// name its build itself, and meets whoever names the same:
//
//   static constexpr std::string_view build = "2026-11";
//
// In the first two, equal states have equal bytes on every peer, so there is no padding (its bytes are
// whatever was there before) and no pointer (it differs from process to process). The compiler proves the
// absence of padding for integers, enums and what is made of them. It cannot for floating-point members of a
// plain struct, since -0.0 and 0.0, or two NaNs, are equal with different bytes; this does no harm here,
// where bytes are all that counts, so such a state says `static constexpr bool state_has_no_padding = true`
// beside its State and takes care of it. Its calculations must then be the same on all platforms that meet: +
// - * / and sqrt are, the library's sin or exp are not.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "tutti/base/bytes.hpp"
#include "tutti/base/ids.hpp"
#include "tutti/memory/arena.hpp"
#include "tutti/memory/storable.hpp"
#include "tutti/memory/unstorable.hpp"
#include "tutti/symmetric/effects.hpp"
#include "tutti/wire/can_travel.hpp"
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

inline constexpr std::size_t state_bytes_max_default = std::size_t{64} << 20;

/// How large a state in an arena, or a saved one, may get: what its application says, or the default.
template <typename App>
consteval std::size_t state_bytes_max() {
  if constexpr (requires { App::state_bytes_max; })
    return App::state_bytes_max;
  else
    return state_bytes_max_default;
}

/// So long an application's name may be.
inline constexpr std::size_t application_name_bytes_max = 64;
/// So long the build may be that it names.
inline constexpr std::size_t build_name_bytes_max = 16;

/// What the application says of its build, or nothing: then the file of its program says it.
template <typename App>
consteval std::string_view build_name() {
  if constexpr (requires { App::build; })
    return App::build;
  else
    return {};
}

namespace rules {

template <typename App>
concept has_name = requires {
  { App::name } -> std::convertible_to<std::string_view>;
  requires !std::string_view(App::name).empty();
  requires std::string_view(App::name).size() <= application_name_bytes_max;
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

/// An application may have none.
template <typename App>
concept has_effects = requires { typename App::Effect; };
template <typename App>
concept names_its_effects = requires { requires !has_effects<App> || travels<typename App::Effect>; };

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

template <typename App>
concept has_save_and_load =
    requires(typename App::State& state, const typename App::State& saved, Bytes& out, ByteView bytes) {
      { App::save(saved, out) } -> std::same_as<void>;
      { App::load(state, bytes) } -> std::same_as<bool>;
    };
/// Has one of them, or one that is wrong.
template <typename App>
concept tries_to_save = !has_save_and_load<App> && (requires { &App::save; } || requires { &App::load; });
template <typename App>
concept has_sane_limit = requires {
  requires state_bytes_max<App>() >= memory::arena_bytes_min&& state_bytes_max<App>() <=
               memory::arena_bytes_max;
};

/// A plain struct's rules, or an arena's, or none.
template <typename App>
concept keeps_its_bytes =
    has_save_and_load<App> ||
    (plain<typename App::State> && without_padding<App> && memory::known_bytes<typename App::State>) ||
    (!std::is_trivially_copyable_v<typename App::State> && memory::storable<typename App::State>);

// A function that takes its state by value, or const, would compile and do nothing: it must refuse a const
// State.
template <typename App>
concept has_start = requires(App::State& state) {
  { App::start(state) } -> std::same_as<void>;
} && !requires(const App::State& state) { App::start(state); };
template <typename App>
concept has_plain_tick = requires(App::State& state) {
  { App::tick(state) } -> std::same_as<void>;
} && !requires(const App::State& state) { App::tick(state); };
template <typename App>
concept has_plain_apply = requires(App::State& state, PeerId who, const App::Event& event) {
  { App::apply(state, who, event) } -> std::same_as<void>;
} && !requires(const App::State& state, PeerId who, const App::Event& event) {
  App::apply(state, who, event);
};

template <typename App>
concept has_tick_with_effects =
    has_effects<App> && requires(App::State& state, Effects<typename App::Effect>& effects) {
      { App::tick(state, effects) } -> std::same_as<void>;
    } && !requires(const App::State& state, Effects<typename App::Effect>& effects) {
      App::tick(state, effects);
    };
template <typename App>
concept has_apply_with_effects =
    has_effects<App> &&
    requires(App::State& state, PeerId who, const App::Event& event, Effects<typename App::Effect>& effects) {
      { App::apply(state, who, event, effects) } -> std::same_as<void>;
    } &&
    !requires(const App::State& state, PeerId who, const App::Event& event,
              Effects<typename App::Effect>& effects) { App::apply(state, who, event, effects); };

template <typename App>
concept has_tick = has_plain_tick<App> || has_tick_with_effects<App>;
template <typename App>
concept has_apply = has_plain_apply<App> || has_apply_with_effects<App>;
/// Somebody must say them.
template <typename App>
concept uses_its_effects = !has_effects<App> || has_tick_with_effects<App> || has_apply_with_effects<App>;

/// One without a name of its build has that of its program's file.
template <typename App>
concept has_sane_build = !requires { App::build; } || requires {
  requires !build_name<App>().empty() && build_name<App>().size() <= build_name_bytes_max;
};

}  // namespace rules

/// Whether `App` is an application. Templates that take one do not constrain themselves with it, but begin
/// with `static_assert(check_application<App>())`, which says in a sentence what is wrong.
template <typename App>
concept Application = rules::has_name<App> && rules::has_version<App> && rules::has_sane_build<App> &&
                      rules::has_sane_pace<App> && rules::has_state<App> && rules::has_event<App> &&
                      std::default_initializable<typename App::State> && !rules::tries_to_save<App> &&
                      rules::has_sane_limit<App> && rules::keeps_its_bytes<App> &&
                      rules::travels<typename App::Event> && rules::has_start<App> && rules::has_tick<App> &&
                      rules::has_apply<App> && rules::names_its_effects<App> && rules::uses_its_effects<App>;

/// The same for its State alone.
template <typename App>
consteval void check_state() {
  using namespace rules;
  using State = App::State;
  static_assert(!tries_to_save<App>,
                "save and load come together: static void save(const State&, Bytes& out), which appends, and "
                "static bool load(State&, ByteView bytes)");
  static_assert(has_sane_limit<App>, "state_bytes_max must be from 8 KiB to 64 GiB");
  static_assert(std::default_initializable<State>, "State{} must compile: give State no constructors");
  if constexpr (has_save_and_load<App> || tries_to_save<App> || !std::default_initializable<State>) {
    return;  // it is known already what is wrong, or that nothing is
  } else if constexpr (std::is_trivially_copyable_v<State>) {
    static_assert(std::copyable<State>, "State must be assignable: no const members and no references");
    if constexpr (plain<State>) {
      static_assert(
          without_padding<App>,
          "State has padding: reorder or add explicit fields so that equal states have equal bytes; "
          "if it has floating-point members and truly no padding, add "
          "static constexpr bool state_has_no_padding = true; beside State");
      // In a class with a constructor that only runs at run time, nothing can be known of its bytes.
      if constexpr (without_padding<App> && !memory::known_bytes<State>) {
        static_assert(std::is_aggregate_v<State>,
                      "State has a constructor: give it none, and its members initial values, or make it "
                      "constexpr");
        static_assert(!std::is_aggregate_v<State>,
                      "State holds a pointer, a union, padding, or a member without initial value: its bytes "
                      "would differ from peer to peer");
      }
    }
  } else {
    memory::refuse_unstorable<State>();
  }
}

/// True, or a compilation error with one sentence per mistake.
template <typename App>
consteval bool check_application() {
  using namespace rules;
  static_assert(
      has_name<App>,
      "the application needs a name: static constexpr std::string_view name = \"...\"; not empty, and "
      "at most 64 bytes");
  static_assert(has_version<App>,
                "the application needs a version: static constexpr std::uint32_t version = 1;");
  static_assert(has_sane_build<App>,
                "the build, if it is named, has a name of 1 to 16 bytes: static constexpr std::string_view "
                "build = \"...\";");
  static_assert(has_sane_pace<App>, "ticks_per_second must be from 1 to 1000");
  static_assert(has_state<App>,
                "the application needs a State: struct State { ... }; with everything it remembers");
  static_assert(has_event<App>, "the application needs an Event: using Event = std::variant<...>;");
  if constexpr (has_state<App>) {
    check_state<App>();
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
  static_assert(names_its_effects<App>,
                "Effect must be a std::variant of plain structs, of the kinds that an Event may hold");
  if constexpr (names_its_effects<App>)
    static_assert(uses_its_effects<App>,
                  "the application has effects, but neither tick(State&, Effects<Effect>&) nor "
                  "apply(State&, PeerId who, const Event&, Effects<Effect>&) that could have them");
  if constexpr (has_event<App>) {
    using Event = App::Event;
    static_assert(choice<Event>,
                  "Event must be a std::variant of plain structs, one for each thing that users do");
    if constexpr (choice<Event>) wire::refuse_to_carry<Event>();
  }
  return true;
}

/// The effects of an application; of one without, a kind that never occurs.
template <typename App>
struct EffectsOf {
  using Type = std::variant<std::monostate>;
};
template <rules::has_effects App>
struct EffectsOf<App> {
  using Type = App::Effect;
};
template <typename App>
using EffectOf = EffectsOf<App>::Type;

// For who runs an application, whether it has effects or not.

template <typename App>
void run_tick(typename App::State& state, Effects<EffectOf<App>>& effects) {
  if constexpr (rules::has_tick_with_effects<App>)
    App::tick(state, effects);
  else
    App::tick(state);
}
template <typename App>
void run_apply(typename App::State& state, PeerId who, const typename App::Event& event,
               Effects<EffectOf<App>>& effects) {
  if constexpr (rules::has_apply_with_effects<App>)
    App::apply(state, who, event, effects);
  else
    App::apply(state, who, event);
}

/// What peers of an application call their network: only equals link.
template <typename App>
[[nodiscard]] std::string network_name() {
  return fmt::format("{} {}", App::name, App::version);
}

}  // namespace tutti::symmetric
