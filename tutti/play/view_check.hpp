// Says in a sentence what is wrong with a View. A function that may be left out and has a wrong signature
// would otherwise be left out: it would compile, and never be called.
#pragma once

#include "tutti/play/effect_stage.hpp"
#include "tutti/play/view.hpp"

namespace tutti::play {

/// True, or a compilation error with one sentence per mistake.
template <typename V, typename App>
consteval bool check_view() {
  static_assert(
      rules::draws<V, App> || rules::draws<V, App, Company>,
      "the View needs static void draw(Canvas&, const State&), or with a const Company& at the end");
  static_assert(rules::takes_keys<V, App> || rules::takes_keys<V, App, Company>,
                "the View needs static std::optional<Event> key(const State&, Key), or with a const Company& "
                "at the end");
  static_assert(
      rules::takes_text<V, App> || rules::takes_text<V, App, Company> || !requires { &V::text; },
      "the View's text must be static std::optional<Event> text(const State&, std::string_view), or "
      "with a const Company& at the end");
  static_assert(
      rules::takes_clicks<V, App> || rules::takes_clicks<V, App, Company> || !requires { &V::click; },
      "the View's click must be static std::optional<Event> click(const State&, int x, int y), or "
      "with a const Company& at the end");
  static_assert(
      SoundingView<V, App> || !requires { &V::tone; },
      "the View's tone must be static std::optional<Tone> tone(const Effect&), of the application's "
      "Effect");
  static_assert(
      NoticingView<V, App> || !requires { &V::notice; },
      "the View's notice must be static std::optional<std::string> notice(const Effect&), of the "
      "application's Effect");
  return true;
}

}  // namespace tutti::play
