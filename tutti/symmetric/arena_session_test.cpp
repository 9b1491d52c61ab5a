// Sessions of an application whose state grows and shrinks in an arena.
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
