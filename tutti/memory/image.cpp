#include "tutti/memory/image.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include "tutti/base/hash.hpp"
#include "tutti/base/require.hpp"

namespace tutti::memory {
namespace {

// Large blocks are made one by one: a slab of them would mostly be a waste.
constexpr unsigned slab_shift_small = 3;

ByteView view(const std::byte* content, std::size_t bytes) {
  return {reinterpret_cast<const std::uint8_t*>(content), bytes};
}

}  // namespace

BlockPool::BlockPool(std::size_t block_bytes)
    : block_bytes_(block_bytes), slab_shift_(block_bytes <= page_bytes ? slab_shift_small : 0) {
  require(block_bytes > 0, "a block holds something");
}

void BlockPool::grow() {
  const std::size_t first = holders_.size();
  const std::size_t count = blocks_per_slab();
  require(first <= std::numeric_limits<std::uint32_t>::max() - count, "blocks are counted in 32 bits");
  const std::size_t lines = (count * block_bytes_ + sizeof(Line) - 1) / sizeof(Line);
  slabs_.push_back(std::make_unique_for_overwrite<Line[]>(lines));
  holders_.resize(first + count);
  hashes_.resize(first + count);
  for (std::size_t i = first + count; i > first; --i) free_.push_back(static_cast<Block>(i - 1));
}

BlockPool::Block BlockPool::make(const std::byte* bytes) {
  if (free_.empty()) grow();
  const Block block = free_.back();
  free_.pop_back();
  std::memcpy(const_cast<std::byte*>(content(block)), bytes, block_bytes_);
  holders_[index(block)] = 1;
  hashes_[index(block)].reset();
  return block;
}

std::uint64_t BlockPool::hash(Block block) {
  auto& hash = hashes_[index(block)];
  if (!hash) hash = hash_bytes(view(content(block), block_bytes_));
  return *hash;
}

Image::Image(Pool pool, std::vector<Block> blocks, std::size_t bytes)
    : pool_(std::move(pool)), blocks_(std::move(blocks)), bytes_(bytes) {
  const std::size_t block_bytes = pool_->block_bytes();
  require(blocks_.size() == (bytes + block_bytes - 1) / block_bytes,
          "an image has the blocks its bytes need");
}

Image::Image(const Pool& pool, const std::byte* content, std::size_t bytes) : pool_(pool), bytes_(bytes) {
  const std::size_t block_bytes = pool->block_bytes();
  blocks_.reserve((bytes + block_bytes - 1) / block_bytes);
  for (std::size_t at = 0; at < bytes; at += block_bytes) blocks_.push_back(pool->make(content + at));
}

Image::Image(const Image& other) : pool_(other.pool_), blocks_(other.blocks_), bytes_(other.bytes_) {
  for (const Block block : blocks_) pool_->hold(block);
}

Image::~Image() {
  for (const Block block : blocks_) pool_->release(block);
}

ByteView Image::page(std::size_t index) const {
  require(index < pages(), "an image is asked for pages that it has");
  const std::size_t at = index * page_bytes;
  const std::size_t block_bytes = pool_->block_bytes();
  require(block_bytes % page_bytes == 0 || blocks_.size() == 1, "no page lies in two blocks");
  const std::byte* const content = pool_->content(blocks_[at / block_bytes]) + at % block_bytes;
  return view(content, std::min(page_bytes, bytes_ - at));
}

std::uint64_t Image::page_hash(std::size_t index) const {
  const ByteView content = page(index);
  if (content.size() == pool_->block_bytes()) return pool_->hash(blocks_[index]);
  return hash_bytes(content);
}

std::uint64_t Image::hash() const {
  std::vector<std::uint64_t> hashes(pages());
  for (std::size_t i = 0; i < hashes.size(); ++i) hashes[i] = page_hash(i);
  return hash_of_pages(hashes);
}

void Image::copy_to(std::byte* target) const {
  for (std::size_t at = 0; const Block block : blocks_) {
    const std::size_t bytes = std::min(pool_->block_bytes(), bytes_ - at);
    std::memcpy(target + at, pool_->content(block), bytes);
    at += bytes;
  }
}

Image image_like(const Image& older, const Image::Pool& pool, const std::byte* content, std::size_t bytes) {
  const std::size_t block_bytes = pool->block_bytes();
  std::vector<Image::Block> blocks;
  blocks.reserve((bytes + block_bytes - 1) / block_bytes);
  const bool related = older.pool() == pool;
  for (std::size_t at = 0; at < bytes; at += block_bytes) {
    const std::size_t i = blocks.size();
    if (related && i < older.blocks().size() &&
        std::memcmp(pool->content(older.blocks()[i]), content + at, block_bytes) == 0) {
      pool->hold(older.blocks()[i]);
      blocks.push_back(older.blocks()[i]);
    } else {
      blocks.push_back(pool->make(content + at));
    }
  }
  return {pool, std::move(blocks), bytes};
}

Image image_in(const Image::Pool& pool, const Image& image) {
  const std::size_t block_bytes = pool->block_bytes();
  std::vector<std::byte> content((image.bytes() + block_bytes - 1) / block_bytes * block_bytes);
  image.copy_to(content.data());
  return {pool, content.data(), image.bytes()};
}

std::vector<std::uint32_t> differing_pages(const Image& one, const Image& other) {
  const bool blocks_are_pages =
      one.pool() == other.pool() && one.pool() != nullptr && one.pool()->block_bytes() == page_bytes;
  std::vector<std::uint32_t> pages;
  const std::size_t count = std::max(one.pages(), other.pages());
  for (std::size_t i = 0; i < count; ++i) {
    if (i < one.pages() && i < other.pages()) {
      const bool shared = blocks_are_pages && one.blocks()[i] == other.blocks()[i];
      if ((shared && one.page(i).size() == other.page(i).size()) ||
          std::ranges::equal(one.page(i), other.page(i)))
        continue;
    }
    pages.push_back(static_cast<std::uint32_t>(i));
  }
  return pages;
}

std::uint64_t hash_of_pages(std::span<const std::uint64_t> page_hashes) {
  if (page_hashes.size() == 1) return page_hashes.front();
  return hash_bytes({reinterpret_cast<const std::uint8_t*>(page_hashes.data()), page_hashes.size_bytes()});
}

}  // namespace tutti::memory
