// For tests: an application whose state grows and shrinks in an arena, and tells how often each thing was
// done, and in which order things were.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "tutti/base/hash.hpp"
#include "tutti/memory/containers.hpp"
#include "tutti/symmetric/application.hpp"

namespace tutti::symmetric::session_test {

/// What is written fades, the count of what was done does not. A day costs little.
struct Chronicle {
  static constexpr std::string_view name = "chronicle";
  static constexpr std::uint32_t version = 1;
  static constexpr int ticks_per_second = 10;
  static constexpr std::size_t state_bytes_max = std::size_t{1} << 20;
  struct Entry {
    arena::String text;
    PeerId author;
    std::uint64_t ticks_left = 0;
  };
  struct State {
    std::uint64_t order = 0;
    arena::Vector<Entry> entries;
    arena::Map<std::uint32_t, std::uint64_t> done;  // how often, by thing
    arena::FlatMap<arena::String, std::uint64_t> words;
  };
  struct Deed {
    std::uint32_t thing = 0;
  };
  using Event = std::variant<Deed>;

  static void start(State& state) { state.order = 1; }
  static void tick(State& state) {
    state.order = state.order * 6364136223846793005u + 1;
    if (state.entries.empty()) return;
    for (auto& entry : state.entries) --entry.ticks_left;
    arena::erase_if(state.entries, [](const Entry& entry) { return entry.ticks_left == 0; });
  }
  static void apply(State& state, PeerId who, const Event& event) {
    const auto thing = std::get<Deed>(event).thing;
    state.order = mix(state.order ^ thing ^ who.bytes[0]);
    const std::string word(1 + thing % 40, static_cast<char>('a' + thing % 26));
    const auto place = state.order % (state.entries.size() + 1);
    state.entries.insert(std::as_const(state.entries).begin() + place,
                         {.text = word, .author = who, .ticks_left = 1 + state.order % 600});
    ++state.done[thing];
    ++state.words[word];
    if (state.words.size() > 20) state.words.clear();
  }

  static std::uint64_t times_done(const State& state, std::uint32_t thing) {
    const auto* const times = state.done.find(thing);
    return times == nullptr ? 0 : *times;
  }
};

}  // namespace tutti::symmetric::session_test
