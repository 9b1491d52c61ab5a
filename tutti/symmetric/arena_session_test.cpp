// Sessions of an application whose state grows and shrinks in an arena.
#include <algorithm>
#include <cstdint>
#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "tutti/memory/containers.hpp"
#include "tutti/symmetric/session_test_world.hpp"

namespace tutti::symmetric::session_test {
namespace {

/// Everybody writes into one book. What is written fades; its order, place and length depend on everything.
struct Notebook {
  static constexpr std::string_view name = "notebook";
  static constexpr std::uint32_t version = 1;
  static constexpr std::size_t state_bytes_max = std::size_t{4} << 20;
  struct Note {
    arena::String text;
    PeerId author;
    std::uint64_t ticks_left = 0;
  };
  struct State {
    std::uint64_t value = 0;
    arena::Vector<Note> notes;
    arena::Map<std::uint64_t, arena::Vector<std::uint32_t>> index;
    arena::FlatMap<arena::String, std::uint64_t> words;
  };
  struct Stroke {
    std::uint32_t number = 0;
  };
  using Event = std::variant<Stroke>;

  static void start(State& state) { state.value = 1; }
  static void tick(State& state) {
    state.value = mix(state.value + 1);
    for (auto& note : state.notes) --note.ticks_left;
    arena::erase_if(state.notes, [](const Note& note) { return note.ticks_left == 0; });
    if (state.value % 16 == 0) state.index[state.value / 16 % 100].push_back(1);
    if (state.value % 64 == 1) state.index.erase(state.value / 64 % 100);
  }
  static void apply(State& state, PeerId who, const Event& event) {
    const auto number = std::get<Stroke>(event).number;
    state.value = mix(state.value ^ number ^ who.bytes[0]);
    const std::string word(number % 50, static_cast<char>('a' + number % 26));
    const auto place = state.value % (state.notes.size() + 1);
    state.notes.insert(std::as_const(state.notes).begin() + place,
                       {.text = word, .author = who, .ticks_left = 1 + state.value % 2000});
    state.index[number % 100].push_back(number);
    ++state.words[word];
  }
};
static_assert(Application<Notebook>);

/// Fills up to its limit and is emptied, again and again, each time with things of another size.
struct Tide {
  static constexpr std::string_view name = "tide";
  static constexpr std::uint32_t version = 1;
  static constexpr std::size_t state_bytes_max = std::size_t{256} << 10;
  static constexpr std::uint64_t ticks_each = 100;
  struct State {
    std::uint64_t value = 0;
    std::uint64_t ticks = 0;
    std::uint64_t held = 0;            // bytes, in `things`
    std::uint64_t least_high = ~0ull;  // of what it held when it was emptied, the least
    arena::Vector<arena::String> things;
  };
  struct Stroke {
    std::uint32_t number = 0;
  };
  using Event = std::variant<Stroke>;

  static void start(State& state) { state.value = 1; }
  static void tick(State& state) {
    state.value = mix(state.value + 1);
    if (++state.ticks % ticks_each == 0) {
      state.least_high = std::min(state.least_high, state.held);
      state.things.clear();
      state.held = 0;
    }
    const auto size = 17 * (1 + state.ticks / ticks_each % 60);
    for (std::size_t bytes = 0; bytes < 8000; bytes += size) add(state, size);
  }
  static void apply(State& state, PeerId who, const Event& event) {
    state.value = mix(state.value ^ std::get<Stroke>(event).number ^ who.bytes[0]);
    add(state, state.value % 300);
  }

 private:
  static void add(State& state, std::size_t size) {
    if (arena::room() < 4 * state.things.size() * sizeof(arena::String) + 4096) return;
    state.things.push_back(std::string(size, static_cast<char>('a' + state.value % 26)));
    state.held += size;
  }
};
static_assert(Application<Tide>);

TEST(ArenaSession, a_state_that_comes_and_goes_always_has_room_again) {
  TimeMachine<Tide> machine;
  machine.advance(Tick(20'000), 20'000);
  EXPECT_GT(machine.state().least_high, 30'000u);
}

TEST(ArenaSession, states_that_come_and_go_are_equal_after_healing_in_random_worlds) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const WorldOf<Tide> world(seed);
    const auto trace = world.run();
    EXPECT_TRUE(trace.has_value()) << world.describe() << "\n" << (trace ? "" : trace.error());
  }
}

TEST(ArenaSession, all_states_are_equal_after_churn_and_healing_in_random_worlds) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const WorldOf<Notebook> world(seed);
    const auto trace = world.run();
    EXPECT_TRUE(trace.has_value()) << world.describe() << "\n" << (trace ? "" : trace.error());
  }
}

TEST(ArenaSession, a_random_world_repeats_exactly_encoded_or_not) {
  WorldOf<Notebook> world(77);
  const auto trace = world.run();
  ASSERT_TRUE(trace.has_value()) << trace.error();
  world.wire = !world.wire;
  EXPECT_EQ(world.run(), trace);
}

}  // namespace
}  // namespace tutti::symmetric::session_test
