// A state with all kinds of containers, in an arena, and the same with the standard library's: for tests.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <rapidcheck.h>

#include "tutti/base/random.hpp"
#include "tutti/memory/arena.hpp"
#include "tutti/memory/containers.hpp"

namespace tutti::memory::arena_test {

struct Player {
  arena::String name{};
  arena::Vector<std::uint32_t> scores{};
  double speed = 0;
  std::int64_t place = 0;

  bool operator==(const Player&) const = default;
};
struct World {
  arena::Vector<Player> players;
  arena::Map<std::uint64_t, arena::String> notes;
  arena::FlatMap<arena::String, std::int64_t> marks;
  std::uint64_t steps = 7;
};
/// A world in an arena of its own.
struct Home {
  explicit Home(std::size_t bytes_max = 1 << 20, const PagedMemoryOptions& options = {})
      : arena("home", std::make_shared<BlockPool>(page_bytes), bytes_max, sizeof(World), options) {
    const ArenaAtWork work(arena);
    new (arena.root()) World{};
  }
  World& world() { return *static_cast<World*>(arena.root()); }
  [[nodiscard]] const World& world() const { return *static_cast<const World*>(arena.root()); }

  Arena arena;
};

/// The same with the standard library's containers.
struct Model {
  struct Player {
    std::string name;
    std::vector<std::uint32_t> scores{};
    std::int64_t place = 0;
  };
  std::vector<Player> players;
  std::map<std::uint64_t, std::string> notes;
  std::map<std::string, std::int64_t> marks;
};

inline std::string word(Random& random) {
  return std::string(random.below(40), static_cast<char>('a' + random.below(26)));
}

inline void step(World& world, Model& model, Random& random) {
  const auto what = random.below(12);
  const auto key = random.below(400);
  const auto some = [&](std::size_t size) { return random.below(size); };
  if (what == 0) {
    const auto name = word(random);
    world.players.push_back(Player{.name = name, .scores = {1, 2}, .place = 5});
    model.players.push_back({.name = name, .scores = {1, 2}, .place = 5});
  } else if (what == 1 && !model.players.empty()) {
    const auto at = some(model.players.size());
    world.players.erase(std::as_const(world.players).begin() + at);
    model.players.erase(model.players.begin() + static_cast<std::ptrdiff_t>(at));
  } else if (what == 2 && !model.players.empty()) {
    const auto at = some(model.players.size());
    const auto name = word(random);
    world.players.insert(std::as_const(world.players).begin() + at, Player{.name = name});
    model.players.insert(model.players.begin() + static_cast<std::ptrdiff_t>(at), {.name = name});
  } else if (what == 3 && !model.players.empty()) {
    const auto at = some(model.players.size());
    const auto score = static_cast<std::uint32_t>(random());
    world.players[at].scores.push_back(score);
    model.players[at].scores.push_back(score);
    world.players[at].name += "x";
    model.players[at].name += "x";
  } else if (what == 4) {
    std::size_t count = 0;
    for (auto& player : world.players) player.place = static_cast<std::int64_t>(++count);
    count = 0;
    for (auto& player : model.players) player.place = static_cast<std::int64_t>(++count);
  } else if (what < 9) {
    const auto text = word(random);
    world.notes[key] = text;
    model.notes[key] = text;
  } else if (what < 10) {
    RC_ASSERT(world.notes.erase(key) == (model.notes.erase(key) > 0));
  } else if (what < 11) {
    const auto text = word(random);
    world.marks[text] += 3;
    model.marks[text] += 3;
  } else {
    const auto text = word(random);
    RC_ASSERT(world.marks.erase(text) == (model.marks.erase(text) > 0));
  }
  ++world.steps;
}

inline void expect_equal(const World& world, const Model& model) {
  RC_ASSERT(world.players.size() == model.players.size());
  for (std::size_t i = 0; i < model.players.size(); ++i) {
    RC_ASSERT(world.players[i].name == model.players[i].name);
    RC_ASSERT(std::ranges::equal(world.players[i].scores, model.players[i].scores));
    RC_ASSERT(world.players[i].place == model.players[i].place);
  }
  RC_ASSERT(world.notes.size() == model.notes.size());
  auto note = model.notes.begin();
  for (const auto& [key, text] : world.notes) {
    RC_ASSERT(key == note->first);
    RC_ASSERT(text == note->second);
    RC_ASSERT(*world.notes.find(key) == note->second);
    ++note;
  }
  RC_ASSERT(world.marks.size() == model.marks.size());
  auto mark = model.marks.begin();
  for (const auto& [text, number] : world.marks) {
    RC_ASSERT(text == mark->first);
    RC_ASSERT(number == mark->second);
    ++mark;
  }
}

}  // namespace tutti::memory::arena_test
