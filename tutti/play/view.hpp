// A View ties an application to a person: it draws a State and turns keys, text and clicks into events. It
// lives outside the application because time travel runs the application's functions many times, and none of
// those runs may draw. A View is a struct of static functions and remembers nothing:
//
//   struct LampsView {
//     static void draw(Canvas&, const State&);                        // each frame
//     static std::optional<Event> key(const State&, Key);             // a key was pressed
//
//     // What follows may be left out.
//     static std::optional<Event> text(const State&, std::string_view);
//     static std::optional<Event> click(const State&, int x, int y);
//     static std::optional<Tone> tone(const Effect&);                 // as is told in effect_stage.hpp
//     static std::optional<std::string> notice(const Effect&);
//   };
//
// No event means that the input says nothing here. draw, key, text and click may take one parameter more, a
// `const Company&`: who sits here and who else is there. The state is the same for all, so this alone tells
// a person what is theirs.
//
// What is typed comes first as the keys that were pressed, then as text. In a View with text(), keys that
// write something do not travel through time, so that a person can type a minus.
#pragma once

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "tutti/base/ids.hpp"
#include "tutti/play/canvas.hpp"
#include "tutti/play/input.hpp"

namespace tutti::play {

/// Who looks at a screen, and who takes part.
struct Company {
  std::optional<PeerId> self;           ///< who sits here; nobody, where a recording is played
  std::map<PeerId, std::string> names;  ///< of all who are there now, this peer too, as they call themselves

  /// What a peer calls itself; eight digits of its id if it is not there.
  [[nodiscard]] std::string name_of(const PeerId& peer) const {
    const auto found = names.find(peer);
    return found == names.end() ? peer.brief() : found->second;
  }
};

namespace rules {

template <typename V, typename App, typename... More>
concept draws = requires(Canvas& canvas, const typename App::State& state, const More&... more) {
  { V::draw(canvas, state, more...) } -> std::same_as<void>;
};
template <typename V, typename App, typename... More>
concept takes_keys = requires(const typename App::State& state, Key key, const More&... more) {
  { V::key(state, key, more...) } -> std::same_as<std::optional<typename App::Event>>;
};
template <typename V, typename App, typename... More>
concept takes_text = requires(const typename App::State& state, std::string_view text, const More&... more) {
  { V::text(state, text, more...) } -> std::same_as<std::optional<typename App::Event>>;
};
template <typename V, typename App, typename... More>
concept takes_clicks = requires(const typename App::State& state, int x, int y, const More&... more) {
  { V::click(state, x, y, more...) } -> std::same_as<std::optional<typename App::Event>>;
};

}  // namespace rules

/// What a person must be able to do: see the state, and press keys.
template <typename V, typename App>
concept View = (rules::draws<V, App> || rules::draws<V, App, Company>) &&
               (rules::takes_keys<V, App> || rules::takes_keys<V, App, Company>);

/// A View that is told what was typed.
template <typename V, typename App>
concept TextView = View<V, App> && (rules::takes_text<V, App> || rules::takes_text<V, App, Company>);

/// A View that also understands clicks, in coordinates of the canvas it draws on.
template <typename V, typename App>
concept ClickView = View<V, App> && (rules::takes_clicks<V, App> || rules::takes_clicks<V, App, Company>);

template <typename App, View<App> V>
void draw_view(Canvas& canvas, const typename App::State& state, const Company& company) {
  if constexpr (rules::draws<V, App, Company>)
    V::draw(canvas, state, company);
  else
    V::draw(canvas, state);
}

/// The application event that an input means in this state, if any. Repeated keys, releases of the button and
/// quitting mean none.
template <typename App, View<App> V>
std::optional<typename App::Event> event_of(const typename App::State& state, const Input& input,
                                            const Company& company) {
  if (const auto* press = std::get_if<KeyPress>(&input); press && !press->repeated) {
    if constexpr (rules::takes_keys<V, App, Company>)
      return V::key(state, press->key, company);
    else
      return V::key(state, press->key);
  }
  if (const auto* typed = std::get_if<Typed>(&input)) {
    if constexpr (rules::takes_text<V, App, Company>)
      return V::text(state, typed->text, company);
    else if constexpr (rules::takes_text<V, App>)
      return V::text(state, typed->text);
  }
  if (const auto* pointer = std::get_if<Pointer>(&input); pointer && pointer->pressed) {
    if constexpr (rules::takes_clicks<V, App, Company>)
      return V::click(state, pointer->x, pointer->y, company);
    else if constexpr (rules::takes_clicks<V, App>)
      return V::click(state, pointer->x, pointer->y);
  }
  return std::nullopt;
}

}  // namespace tutti::play
