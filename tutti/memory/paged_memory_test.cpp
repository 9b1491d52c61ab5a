#include "tutti/memory/paged_memory.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/random.hpp"

namespace tutti::memory {
namespace {

std::vector<Tracking> available() {
  std::vector<Tracking> ways{Tracking::comparison, Tracking::marks};
  if (kernel_tracks_pages()) ways.push_back(Tracking::kernel);
  return ways;
}

/// A memory with a writer that marks, and its images.
struct Tracked {
  Tracked(Tracking tracking, std::size_t bytes_max, std::size_t plain_copy_max)
      : memory(pool, bytes_max, true, {.tracking = tracking, .plain_copy_bytes_max = plain_copy_max}) {}

  void write(std::size_t at, std::uint8_t value) {
    memory.data()[at] = static_cast<std::byte>(value);
    memory.marks()[at / page_bytes] = 1;
  }

  Image::Pool pool = std::make_shared<BlockPool>(page_bytes);
  PagedMemory memory;
  std::size_t used = 0;
  std::vector<Image> images;
};

/// Random writes, growth, images and returns, all tracked ways at once beside an array that is copied whole.
RC_GTEST_PROP(PagedMemory, gives_the_same_images_however_its_pages_are_tracked, ()) {
  constexpr std::size_t bytes_max = 40 * page_bytes;
  const auto plain_copy_max = *rc::gen::element<std::size_t>(0, 8 * page_bytes);
  std::vector<std::unique_ptr<Tracked>> memories;
  for (const auto way : available()) {
    memories.push_back(std::make_unique<Tracked>(way, bytes_max, plain_copy_max));
    RC_ASSERT(memories.back()->memory.tracking() == way);
  }
  std::vector<std::uint8_t> model(bytes_max);
  std::vector<std::vector<std::uint8_t>> kept;
  std::size_t used = 0;
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  const auto steps = *rc::gen::inRange(1, 60);
  for (int step = 0; step < steps; ++step) {
    const auto what = random.below(10);
    if (what < 6) {
      // A few pages or nearly all: both ways to look are taken.
      if (random.chance(0.3)) used = std::max<std::size_t>(used, random.below(bytes_max + 1));
      const auto writes = used == 0 ? 0 : random.chance(0.2) ? 300 : random.below(6);
      for (std::uint64_t i = 0; i < writes; ++i) {
        const std::size_t at = random.below(used);
        const auto value = static_cast<std::uint8_t>(random.below(3));
        model[at] = value;
        for (auto& tracked : memories) tracked->write(at, value);
      }
    } else if (what < 8) {
      kept.emplace_back(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(used));
      for (auto& tracked : memories) tracked->images.push_back(tracked->memory.image(used));
    } else if (!kept.empty()) {
      const std::size_t which = random.below(kept.size());
      for (auto& tracked : memories) tracked->memory.restore(tracked->images[which], used);
      used = kept[which].size();
      std::ranges::fill(model, std::uint8_t{0});
      std::ranges::copy(kept[which], model.begin());
    }
    for (auto& tracked : memories)
      RC_ASSERT(std::memcmp(tracked->memory.data(), model.data(), model.size()) == 0);
  }
  for (std::size_t i = 0; i < kept.size(); ++i) {
    for (auto& tracked : memories) {
      std::vector<std::uint8_t> content(kept[i].size());
      tracked->images[i].copy_to(reinterpret_cast<std::byte*>(content.data()));
      RC_ASSERT(content == kept[i]);
      RC_ASSERT(tracked->images[i].hash() == memories.front()->images[i].hash());
    }
  }
}

TEST(PagedMemory, an_image_shares_every_page_that_was_not_written) {
  for (const auto way : available()) {
    Tracked tracked(way, 64 * page_bytes, 0);
    for (std::size_t page = 0; page < 64; ++page) tracked.write(page * page_bytes, 1);
    const Image first = tracked.memory.image(64 * page_bytes);
    tracked.write(7 * page_bytes + 9, 2);
    const Image second = tracked.memory.image(64 * page_bytes);
    EXPECT_EQ(tracked.pool->bytes_held(), 65 * page_bytes);
    EXPECT_EQ(differing_pages(first, second), (std::vector<std::uint32_t>{7}));
  }
}

TEST(PagedMemory, that_is_written_all_over_is_not_tracked_for_a_while) {
  constexpr std::size_t bytes = 64 * page_bytes;
  // Where the kernel tracks no pages, nothing does: all of them are looked at each time.
  const bool tracked = kernel_tracks_pages();
  PagedMemory memory(std::make_shared<BlockPool>(page_bytes), bytes, false, {.plain_copy_bytes_max = 0});
  EXPECT_EQ(memory.tracking(), tracked ? Tracking::kernel : Tracking::comparison);
  Image image = memory.image(bytes);
  EXPECT_EQ(memory.looks_at_everything(bytes), !tracked);
  for (std::size_t page = 0; page < 64; ++page) memory.data()[page * page_bytes] = std::byte{1};
  image = memory.image(bytes);
  EXPECT_TRUE(memory.looks_at_everything(bytes));
  for (int i = 0; i < 30; ++i) image = memory.image(bytes);
  EXPECT_EQ(memory.looks_at_everything(bytes), !tracked);
}

TEST(PagedMemory, small_ones_are_copied_whole) {
  const auto pool = std::make_shared<BlockPool>(page_bytes);
  PagedMemory memory(pool, plain_copy_bytes_max, true);
  EXPECT_EQ(memory.tracking(), Tracking::comparison);
}

}  // namespace
}  // namespace tutti::memory
