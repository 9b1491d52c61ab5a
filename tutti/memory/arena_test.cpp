#include "tutti/memory/arena.hpp"

#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <string>
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

/// A struct may hold containers of itself.
struct Tree {
  arena::Vector<Tree> children{};
  std::uint64_t leaf = 0;
};
struct Padded {
  arena::Vector<int> numbers;
  bool flag = false;
};
struct Pointing {
  arena::Vector<int> numbers;
  int* number = nullptr;
};
struct Foreign {
  arena::Vector<int> numbers;
  std::string text;
};
/// Types that cannot be made without arguments.
struct MadeOf {
  explicit MadeOf(int* place) : number(place) {}
  int* number;
};
struct PaddedInside {
  explicit PaddedInside(int of) : number(of) {}
  int number;
  bool flag = false;
};
static_assert(storable<Random> && !storable<MadeOf> && !storable<PaddedInside>);
static_assert(storable<World> && storable<Tree> && storable<double> && storable<std::array<Player, 3>>);
static_assert(!storable<Padded> && !storable<Pointing> && !storable<Foreign> && !storable<int*> &&
              !storable<std::string>);

RC_GTEST_PROP(Arena, containers_do_what_those_of_the_standard_library_do, ()) {
  Home home;
  Model model;
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  const ArenaAtWork work(home.arena);
  const auto steps = *rc::gen::inRange(0, 600);
  for (int i = 0; i < steps; ++i) step(home.world(), model, random);
  expect_equal(home.world(), model);
}

/// One lives all along; the other moves to another arena, maybe in another place of memory, time and again.
RC_GTEST_PROP(Arena, the_same_operations_give_the_same_bytes_at_every_address, ()) {
  auto ways = std::vector{Tracking::comparison, Tracking::marks};
  if (kernel_tracks_pages()) ways.push_back(Tracking::kernel);
  Home stays(1 << 20, {.tracking = *rc::gen::elementOf(ways), .plain_copy_bytes_max = 0});
  auto moves = std::make_unique<Home>();
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  Random random(seed);
  Random other_random(seed);
  Model model, other_model;
  const auto rounds = *rc::gen::inRange(1, 12);
  for (int round = 0; round < rounds; ++round) {
    {
      const ArenaAtWork work(stays.arena);
      for (int i = 0; i < 40; ++i) step(stays.world(), model, random);
    }
    {
      const ArenaAtWork work(moves->arena);
      for (int i = 0; i < 40; ++i) step(moves->world(), other_model, other_random);
    }
    const Image image = stays.arena.image();
    const Image moved = moves->arena.image();
    RC_ASSERT(differing_pages(image, moved).empty());
    RC_ASSERT(image.hash() == moved.hash());
    expect_equal(std::as_const(*moves).world(), other_model);

    auto next = std::make_unique<Home>();
    std::vector<std::byte> bytes(moved.pages() * page_bytes);
    moved.copy_to(bytes.data());
    next->arena.restore(Image(next->arena.memory().pool(), bytes.data(), moved.bytes()));
    moves = std::move(next);
  }
}

RC_GTEST_PROP(Arena, goes_back_to_any_image_and_on_from_there, ()) {
  auto ways = std::vector{Tracking::comparison, Tracking::marks};
  if (kernel_tracks_pages()) ways.push_back(Tracking::kernel);
  Home home(1 << 20, {.tracking = *rc::gen::elementOf(ways), .plain_copy_bytes_max = 0});
  struct Moment {
    Image image;
    Model model;
    Random random;
  };
  Model model;
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  std::vector<Moment> moments{{home.arena.image(), model, random}};
  const auto rounds = *rc::gen::inRange(1, 30);
  for (int round = 0; round < rounds; ++round) {
    {
      const ArenaAtWork work(home.arena);
      for (int i = 0; i < 15; ++i) step(home.world(), model, random);
    }
    expect_equal(std::as_const(home).world(), model);
    moments.push_back({home.arena.image(), model, random});
    if (*rc::gen::inRange(0, 3) == 0) {
      const auto& moment = moments[*rc::gen::inRange<std::size_t>(0, moments.size())];
      home.arena.restore(moment.image);
      model = moment.model;
      random = moment.random;
      expect_equal(std::as_const(home).world(), model);
      RC_ASSERT(home.arena.image().hash() == moment.image.hash());
    }
  }
}

TEST(Arena, holds_containers_of_themselves) {
  Home home;
  const ArenaAtWork work(home.arena);
  Tree tree;
  tree.children.resize(3);
  tree.children[1].children.push_back(Tree{.leaf = 5});
  const Tree copy = tree;
  tree.children.clear();
  EXPECT_EQ(copy.children[1].children[0].leaf, 5u);
}

TEST(Arena, what_is_freed_is_zero_but_for_the_list_of_the_free_and_used_again) {
  Home home;
  const ArenaAtWork work(home.arena);
  {
    arena::Vector<std::uint64_t> numbers;
    numbers.resize(100);
    for (auto& number : numbers) number = ~0ull;
  }
  const std::size_t in_use = home.arena.bytes_in_use();
  const Image image = home.arena.image();
  for (std::size_t page = 0; page < image.pages(); ++page)
    for (const auto byte : image.page(page)) EXPECT_NE(byte, 0xff);
  {
    arena::Vector<std::uint64_t> numbers;
    numbers.resize(100);
    for (const auto& number : std::as_const(numbers)) EXPECT_EQ(number, 0u);
  }
  EXPECT_EQ(home.arena.bytes_in_use(), in_use);
}

TEST(Arena, room_says_what_surely_fits) {
  Home home(64 * page_bytes);
  const ArenaAtWork work(home.arena);
  while (arena::room() >= 2000) home.world().players.emplace_back().scores.resize(100);
  EXPECT_LE(home.arena.bytes_in_use(), 64 * page_bytes);
  EXPECT_GT(home.world().players.size(), 100u);
}

TEST(Arena, an_image_fits_only_if_its_header_says_its_length) {
  Home home;
  const auto pool = home.arena.memory().pool();
  const Image image = home.arena.image();
  EXPECT_TRUE(Arena::fits(image, 1 << 20, sizeof(World)));
  EXPECT_FALSE(Arena::fits(image, image.bytes() - 1, sizeof(World)));
  EXPECT_FALSE(Arena::fits(image, 1 << 20, 2 * sizeof(World)));
  EXPECT_FALSE(Arena::fits({}, 1 << 20, sizeof(World)));
  std::vector<std::byte> bytes(2 * page_bytes);
  image.copy_to(bytes.data());
  EXPECT_FALSE(Arena::fits(Image(pool, bytes.data(), page_bytes + 16), 1 << 20, sizeof(World)));
}

void expect_room_again(Tracking tracking) {
  Home home(64 * page_bytes, {.tracking = tracking, .plain_copy_bytes_max = 0});
  // What has filled it once with small things, then with larger ones, and so on.
  for (std::size_t size = 1; size < 4000; size = size * 3 / 2 + 1) {
    if (home.arena.is_scattered()) home.arena.compact<World>();
    const ArenaAtWork work(home.arena);
    EXPECT_GE(arena::room(), 16 * page_bytes) << size;
    auto& players = home.world().players;
    while (arena::room() >= 8 * size + 3 * players.size() * sizeof(Player) + 1000)
      players.emplace_back().scores.resize(size);
    const auto full = home.arena.image();
    players = {};
    home.arena.restore(full);
    EXPECT_FALSE(players.empty()) << size;
    EXPECT_EQ(home.world().steps, 7u);
    players = {};
  }
}
TEST(Arena, that_was_full_has_room_again_for_things_of_any_size) {
  expect_room_again(Tracking::comparison);
  expect_room_again(Tracking::marks);
  if (kernel_tracks_pages()) expect_room_again(Tracking::kernel);
}

/// One lives all along; the other goes to each image of the first before it is compacted.
RC_GTEST_PROP(Arena, compacting_gives_the_same_bytes_everywhere_and_changes_no_content, ()) {
  auto ways = std::vector{Tracking::comparison, Tracking::marks};
  if (kernel_tracks_pages()) ways.push_back(Tracking::kernel);
  Home home(1 << 20, {.tracking = *rc::gen::elementOf(ways), .plain_copy_bytes_max = 0});
  Home other;
  Model model;
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  const auto rounds = *rc::gen::inRange(1, 12);
  for (int round = 0; round < rounds; ++round) {
    {
      const ArenaAtWork work(home.arena);
      for (int i = 0; i < 40; ++i) step(home.world(), model, random);
    }
    other.arena.restore(image_in(other.arena.memory().pool(), home.arena.image()));
    const auto before = home.arena.bytes_in_use();
    home.arena.compact<World>();
    other.arena.compact<World>();
    RC_ASSERT(home.arena.bytes_in_use() <= before);
    RC_ASSERT(differing_pages(home.arena.image(), other.arena.image()).empty());
    expect_equal(std::as_const(home).world(), model);
  }
}

TEST(ArenaDeathTest, a_state_that_outgrows_its_limit_ends_its_application_by_name) {
  Home home(16 * page_bytes);
  const ArenaAtWork work(home.arena);
  EXPECT_DEATH(
      for (;;) home.world().players.emplace_back().scores.resize(100),
      "home: the state has outgrown its arena: it needs .* bytes more and has used .* of 65536; raise the "
      "application's state_bytes_max");
}

TEST(ArenaDeathTest, containers_are_changed_only_where_an_arena_is_at_work) {
  Home home;
  EXPECT_DEATH(home.world().players.resize(1), "are changed in start\\(\\), tick\\(\\) and apply\\(\\) only");
}

}  // namespace
}  // namespace tutti::memory
