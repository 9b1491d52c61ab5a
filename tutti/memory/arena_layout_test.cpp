#include "tutti/memory/arena_layout.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/random.hpp"
#include "tutti/memory/arena_test_world.hpp"

namespace tutti::memory {
namespace {

using namespace arena_test;

ArenaLayout layout_of(const Home& home) {
  return ArenaLayout::of<World>(home.arena.bytes()).value();
}

/// One lives all along, the other is shuffled time and again.
RC_GTEST_PROP(ArenaLayout, a_shuffled_arena_goes_on_alike, ()) {
  Home stays;
  Home shuffled;
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  Random random(seed);
  Random other_random(seed);
  Random order = Random::keyed({seed, 1});
  Model model, other_model;
  const auto rounds = *rc::gen::inRange(1, 12);
  for (int round = 0; round < rounds; ++round) {
    {
      const ArenaAtWork work(stays.arena);
      for (int i = 0; i < 40; ++i) step(stays.world(), model, random);
    }
    {
      shuffled.arena.restore(layout_of(shuffled).shuffled(order, shuffled.arena.memory().pool()));
      const ArenaAtWork work(shuffled.arena);
      for (int i = 0; i < 40; ++i) step(shuffled.world(), other_model, other_random);
    }
    expect_equal(std::as_const(shuffled).world(), other_model);
    RC_ASSERT(shuffled.arena.bytes_in_use() == stays.arena.bytes_in_use());
    RC_ASSERT(shuffled.arena.is_scattered() == stays.arena.is_scattered());
    const auto laid_back = layout_of(shuffled).like(layout_of(stays), stays.arena.memory().pool());
    RC_ASSERT(differing_pages(laid_back, stays.arena.image()).empty());
    RC_ASSERT(laid_back.bytes() == stays.arena.image().bytes());
  }
}

TEST(ArenaLayout, a_shuffled_arena_has_its_blocks_elsewhere) {
  Home home;
  Model model;
  Random random(1);
  {
    const ArenaAtWork work(home.arena);
    for (int i = 0; i < 200; ++i) step(home.world(), model, random);
  }
  const auto before = home.arena.image();
  const auto* const players = std::as_const(home).world().players.data();
  int moved = 0;
  for (int i = 0; i < 10; ++i) {
    home.arena.restore(layout_of(home).shuffled(random, home.arena.memory().pool()));
    EXPECT_NE(home.arena.image().hash(), before.hash());
    if (std::as_const(home).world().players.data() != players) ++moved;
  }
  EXPECT_GE(moved, 8);
}

TEST(ArenaLayout, what_differs_is_found_where_it_is) {
  Home home;
  Home other;
  for (auto* const one : {&home, &other}) {
    const ArenaAtWork work(one->arena);
    one->world().notes[1] = "one";
    one->world().marks["far away"] = 3;
    for (int i = 0; i < 100; ++i) one->world().players.emplace_back().scores.resize(100);
  }
  Random random(2);
  other.arena.restore(layout_of(other).shuffled(random, other.arena.memory().pool()));
  const ArenaAtWork work(other.arena);
  other.world().players[50].scores[7] = 1;
  EXPECT_EQ(
      differing_pages(layout_of(other).like(layout_of(home), home.arena.memory().pool()), home.arena.image())
          .size(),
      1u);

  // What has grown has no counterpart, and what it holds has none: all else lies where it was.
  other.world().players[50].scores.resize(1000);
  const auto grown = layout_of(other).like(layout_of(home), home.arena.memory().pool());
  EXPECT_GT(grown.bytes(), home.arena.bytes_in_use());
  EXPECT_LE(differing_pages(grown, home.arena.image()).size(), 4u);
}

/// The bytes of an arena with all kinds of things in it, some of them freed.
std::vector<std::byte> some_bytes(std::uint64_t seed) {
  Home home;
  Model model;
  Random random(seed);
  const ArenaAtWork work(home.arena);
  for (int i = 0; i < 300; ++i) step(home.world(), model, random);
  return {home.arena.bytes().begin(), home.arena.bytes().end()};
}
bool is_whole(std::span<const std::byte> bytes) {
  return ArenaLayout::of<World>(bytes).has_value();
}

TEST(ArenaLayout, knows_a_block_that_the_root_does_not_reach) {
  Home home;
  const ArenaAtWork work(home.arena);
  EXPECT_TRUE(is_whole(home.arena.bytes()));
  const arena::Vector<int> elsewhere(5);
  EXPECT_FALSE(is_whole(home.arena.bytes()));
}

TEST(ArenaLayout, bytes_that_are_too_few_are_no_arena) {
  const auto bytes = some_bytes(1);
  EXPECT_TRUE(is_whole(bytes));
  for (std::size_t size = 0; size < bytes.size(); size += 16)
    EXPECT_FALSE(is_whole(std::span(bytes).first(size)));
}

/// With any words of it changed, an arena is either refused, or all that can be done with it can be done.
RC_GTEST_PROP(ArenaLayout, what_is_not_refused_can_be_read_and_changed, (std::uint64_t seed)) {
  auto bytes = some_bytes(seed);
  const auto changes = *rc::gen::inRange(1, 4);
  for (int i = 0; i < changes; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size() / 4) * 4;
    const auto value =
        *rc::gen::oneOf(rc::gen::arbitrary<std::uint32_t>(), rc::gen::inRange<std::uint32_t>(0, 200),
                        rc::gen::cast<std::uint32_t>(rc::gen::inRange<std::size_t>(0, bytes.size())));
    std::memcpy(bytes.data() + at, &value, sizeof value);
  }
  RC_CLASSIFY(is_whole(bytes), "whole");
  if (!is_whole(bytes)) return;

  Home home;
  const std::size_t size = bytes.size();
  bytes.resize(pages_of(size) * page_bytes);
  home.arena.restore(Image(home.arena.memory().pool(), bytes.data(), size));
  const ArenaAtWork work(home.arena);
  auto& world = home.world();
  for (auto& player : world.players) {
    player.name += "y";
    player.scores.push_back(3);
  }
  for (std::uint64_t key = 0; key < 400; key += 3) world.notes[key] = "new";
  for (std::uint64_t key = 0; key < 400; key += 2) (void)world.notes.erase(key);
  for (auto&& [mark, number] : world.marks) number += 1;
  world.marks["new"] = 1;
  RC_ASSERT(is_whole(home.arena.bytes()));
  home.arena.compact<World>();
  RC_ASSERT(is_whole(home.arena.bytes()));
  home.world() = World{};
  RC_ASSERT(is_whole(home.arena.bytes()));
}

}  // namespace
}  // namespace tutti::memory
