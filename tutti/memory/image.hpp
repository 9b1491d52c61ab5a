// What a memory was at one moment: its bytes, kept in blocks that images share.
//
// A block is written once, when it is made, and counted: an image that equals an older one in some blocks
// holds the older one's, so that many images of one memory cost their differences only. A pool makes blocks
// of one size and hands those that nobody holds any more out again, so that taking images allocates nothing
// once there are as many as there will be.
//
// Whatever the size of its blocks, an image is looked at in pages of 4096 bytes, the last of them maybe
// shorter. A page has a hash and the image's hash is made of its pages', so that a hash costs what has
// changed, and two peers whose hashes differ can tell which pages do. XXH3 guards against mistakes, not
// against forgers.
//
// Counts are plain numbers: images that share a pool belong to one thread. What crosses to another thread, to
// another process or to another peer is a manifest and pages (image_transfer.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "tutti/base/bytes.hpp"

namespace tutti::memory {

inline constexpr std::size_t page_bytes = 4096;

/// How many pages hold that many bytes.
constexpr std::size_t pages_of(std::size_t bytes) {
  return (bytes + page_bytes - 1) / page_bytes;
}

/// Makes and keeps blocks of one size.
class BlockPool {
 public:
  enum class Block : std::uint32_t {};

  explicit BlockPool(std::size_t block_bytes);

  /// A new block with the `block_bytes` bytes at `content`, held once.
  [[nodiscard]] Block make(const std::byte* content);
  void hold(Block block) { ++holders_[index(block)]; }
  void release(Block block) {
    if (--holders_[index(block)] == 0) free_.push_back(block);
  }

  [[nodiscard]] const std::byte* content(Block block) const {
    const std::size_t in_slab = index(block) & (blocks_per_slab() - 1);
    return reinterpret_cast<const std::byte*>(slabs_[index(block) >> slab_shift_].get()) +
           in_slab * block_bytes_;
  }
  /// XXH3 of the whole block, calculated when first asked for.
  [[nodiscard]] std::uint64_t hash(Block block);

  [[nodiscard]] std::size_t block_bytes() const { return block_bytes_; }
  /// Of the blocks that somebody holds.
  [[nodiscard]] std::size_t bytes_held() const { return (hashes_.size() - free_.size()) * block_bytes_; }

 private:
  static std::size_t index(Block block) { return static_cast<std::size_t>(block); }
  [[nodiscard]] std::size_t blocks_per_slab() const { return std::size_t{1} << slab_shift_; }
  void grow();

  // Where a cache line begins, copying is quickest.
  struct alignas(64) Line {
    std::array<std::byte, 64> bytes;
  };

  std::size_t block_bytes_;
  unsigned slab_shift_;  // a slab has this power of two blocks
  std::vector<std::unique_ptr<Line[]>> slabs_;
  std::vector<std::uint32_t> holders_;                // of each block
  std::vector<std::optional<std::uint64_t>> hashes_;  // of each block
  std::vector<Block> free_;
};

class Image {
 public:
  using Block = BlockPool::Block;
  using Pool = std::shared_ptr<BlockPool>;

  /// Of no bytes.
  Image() = default;
  /// Takes over one hold on each of the `blocks`, which are just as many as `bytes` need.
  Image(Pool pool, std::vector<Block> blocks, std::size_t bytes);
  /// A copy that shares with nobody yet. `content` is readable up to the end of the last block.
  Image(const Pool& pool, const std::byte* content, std::size_t bytes);
  Image(const Image& other);
  Image(Image&& other) noexcept
      : pool_(std::move(other.pool_)),
        blocks_(std::exchange(other.blocks_, {})),
        bytes_(std::exchange(other.bytes_, 0)) {}
  Image& operator=(Image other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(blocks_, other.blocks_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Image();

  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::size_t pages() const { return pages_of(bytes_); }
  /// Valid as long as this image, or another that shares the page.
  [[nodiscard]] ByteView page(std::size_t index) const;
  [[nodiscard]] std::uint64_t page_hash(std::size_t index) const;
  /// Equal for equal bytes, whatever the blocks.
  [[nodiscard]] std::uint64_t hash() const;

  [[nodiscard]] std::span<const Block> blocks() const { return blocks_; }
  /// Of the image's blocks; nothing for an image of no bytes.
  [[nodiscard]] const Pool& pool() const { return pool_; }
  /// Writes the image's bytes to `target`, which has room for them.
  void copy_to(std::byte* target) const;

 private:
  Pool pool_;
  std::vector<Block> blocks_;
  std::size_t bytes_ = 0;
};

/// The image of `bytes` at `content`, sharing with `older`, if that is of the same pool, the blocks that are
/// equal. `content` is readable up to the end of the last block.
[[nodiscard]] Image image_like(const Image& older, const Image::Pool& pool, const std::byte* content,
                               std::size_t bytes);
/// The same image in blocks of another pool.
[[nodiscard]] Image image_in(const Image::Pool& pool, const Image& image);

/// The pages in which two images differ, among them those that only one has.
[[nodiscard]] std::vector<std::uint32_t> differing_pages(const Image& one, const Image& other);

/// The hash of an image whose pages have these hashes: that of the one page, or XXH3 of them all.
[[nodiscard]] std::uint64_t hash_of_pages(std::span<const std::uint64_t> page_hashes);

}  // namespace tutti::memory
