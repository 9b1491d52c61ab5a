#include "tutti/memory/image.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/hash.hpp"
#include "tutti/base/random.hpp"
#include "tutti/memory/image_transfer.hpp"

namespace tutti::memory {
namespace {

std::vector<std::byte> random_bytes(std::size_t bytes, std::uint64_t seed) {
  std::vector<std::byte> content((bytes + page_bytes - 1) / page_bytes * page_bytes);
  Random random(seed);
  for (std::size_t i = 0; i < bytes; ++i) content[i] = static_cast<std::byte>(random.below(256));
  return content;
}
Image::Pool page_pool() {
  return std::make_shared<BlockPool>(page_bytes);
}

TEST(Image, of_one_page_has_the_hash_of_its_bytes_whatever_its_blocks) {
  const auto content = random_bytes(100, 1);
  const Image paged(page_pool(), content.data(), 100);
  const Image whole(std::make_shared<BlockPool>(100), content.data(), 100);
  const auto hash = hash_bytes({reinterpret_cast<const std::uint8_t*>(content.data()), 100});
  EXPECT_EQ(paged.hash(), hash);
  EXPECT_EQ(whole.hash(), hash);
}

TEST(Image, of_many_pages_has_the_same_hash_in_one_block_or_many) {
  constexpr std::size_t bytes = 5 * page_bytes + 17;
  const auto content = random_bytes(bytes, 2);
  const Image paged(page_pool(), content.data(), bytes);
  const Image whole(std::make_shared<BlockPool>(bytes), content.data(), bytes);
  EXPECT_EQ(paged.hash(), whole.hash());
  EXPECT_TRUE(differing_pages(paged, whole).empty());
  auto other = content;
  other[3 * page_bytes] ^= std::byte{1};
  const Image changed(page_pool(), other.data(), bytes);
  EXPECT_NE(paged.hash(), changed.hash());
  EXPECT_EQ(differing_pages(paged, changed), (std::vector<std::uint32_t>{3}));
  EXPECT_EQ(differing_pages(paged, {}).size(), 6u);
}

TEST(Image, copies_share_blocks_that_are_used_again_when_the_last_is_gone) {
  const auto pool = page_pool();
  const auto content = random_bytes(2 * page_bytes, 3);
  {
    Image first(pool, content.data(), 2 * page_bytes);
    const Image second = first;
    EXPECT_EQ(pool->bytes_held(), 2 * page_bytes);
    first = Image();
    EXPECT_EQ(pool->bytes_held(), 2 * page_bytes);
    std::array<std::byte, 2 * page_bytes> back{};
    second.copy_to(back.data());
    EXPECT_EQ(std::memcmp(back.data(), content.data(), back.size()), 0);
  }
  EXPECT_EQ(pool->bytes_held(), 0u);
}

RC_GTEST_PROP(ImageTransfer, gives_back_the_image_from_its_pages_in_any_order, ()) {
  const auto bytes = *rc::gen::inRange<std::size_t>(0, 6 * page_bytes);
  const auto content = random_bytes(bytes, *rc::gen::arbitrary<std::uint64_t>());
  const Image image(page_pool(), content.data(), bytes);
  // What the receiver still has differs in some pages and in length.
  auto old = content;
  old.resize(7 * page_bytes);
  for (const auto at :
       *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, old.size())))
    old[at] ^= std::byte{0x55};
  const auto pool = page_pool();
  const Image known(pool, old.data(), *rc::gen::inRange<std::size_t>(0, old.size()));
  auto assembly = Assembly::begin(manifest_of(image), 6 * page_bytes, pool, known);
  RC_ASSERT(assembly.has_value());
  auto missing = assembly->missing(100);
  std::size_t differing = 0;
  for (const auto page : differing_pages(image, known)) differing += page < image.pages() ? 1 : 0;
  RC_ASSERT(missing.size() == differing);
  std::ranges::reverse(missing);
  for (const auto page : missing) {
    RC_ASSERT(!assembly->complete());
    RC_ASSERT(assembly->add(page, image.page(page)).has_value());
    RC_ASSERT(assembly->add(page, image.page(page)).has_value());
  }
  RC_ASSERT(assembly->complete());
  RC_ASSERT(differing_pages(assembly->image(), image).empty());
  RC_ASSERT(assembly->image().hash() == hash_of(manifest_of(image)));
}

TEST(ImageTransfer, refuses_what_the_manifest_does_not_promise) {
  const auto content = random_bytes(page_bytes + 10, 4);
  const Image image(page_pool(), content.data(), page_bytes + 10);
  const auto manifest = manifest_of(image);
  EXPECT_EQ(Assembly::begin(manifest, page_bytes, page_pool(), {}).error(), TransferError::too_large);
  auto short_of_one = manifest;
  short_of_one.page_hashes.pop_back();
  EXPECT_EQ(Assembly::begin(short_of_one, 1 << 20, page_pool(), {}).error(), TransferError::wrong_manifest);
  auto assembly = Assembly::begin(manifest, 1 << 20, page_pool(), {});
  ASSERT_TRUE(assembly);
  EXPECT_EQ(assembly->add(2, image.page(0)).error(), TransferError::no_such_page);
  EXPECT_EQ(assembly->add(1, image.page(0)).error(), TransferError::wrong_length);
  auto forged = Bytes(image.page(1).begin(), image.page(1).end());
  forged[3] ^= 1;
  EXPECT_EQ(assembly->add(1, forged).error(), TransferError::wrong_hash);
  EXPECT_EQ(assembly->missing(9), (std::vector<std::uint32_t>{0, 1}));
}

}  // namespace
}  // namespace tutti::memory
