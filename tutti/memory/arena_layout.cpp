#include "tutti/memory/arena_layout.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

#include "tutti/base/require.hpp"
#include "tutti/base/shuffle.hpp"

namespace tutti::memory {
namespace {

constexpr std::size_t alignment = 16;

std::uint64_t read(std::span<const std::byte> bytes, std::size_t at) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}
void write(std::span<std::byte> bytes, std::size_t at, std::uint64_t number) {
  std::memcpy(bytes.data() + at, &number, sizeof number);
}

std::vector<std::size_t> indices(std::size_t count) {
  std::vector<std::size_t> indices(count);
  std::iota(indices.begin(), indices.end(), std::size_t{0});
  return indices;
}

}  // namespace

std::size_t ArenaLayout::offset_of(const void* pointer) const {
  return reinterpret_cast<std::uintptr_t>(pointer) - reinterpret_cast<std::uintptr_t>(bytes_.data());
}

bool ArenaLayout::take_block(const Block& block) {
  if (block.at < fixed_bytes_ || block.at >= bytes_.size() || block.at % alignment != 0 ||
      block.bytes > bytes_.size() - block.at || block.bytes > unaccounted_)
    return false;
  unaccounted_ -= block.bytes;
  return true;
}

bool ArenaLayout::begin() {
  if (bytes_.size() < fixed_bytes_ || read(bytes_, offsetof(Arena::Header, used)) != bytes_.size())
    return false;
  unaccounted_ -= fixed_bytes_;
  const std::size_t before = unaccounted_;
  for (std::size_t size_class = 0; size_class < Arena::classes; ++size_class) {
    std::size_t at = read(bytes_, offsetof(Arena::Header, free) + size_class * sizeof(std::uint64_t));
    for (; at != 0; at = read(bytes_, at)) {
      const Block block{at, Arena::bytes_of(size_class)};
      if (!take_block(block)) return false;
      free_.push_back({size_class, block});
    }
  }
  return read(bytes_, offsetof(Arena::Header, free_bytes)) == before - unaccounted_;
}

void ArenaLayout::found(const void* container, const void* block, std::size_t size, std::size_t capacity,
                        std::size_t element_bytes, Elements elements) {
  if (broken_ || (capacity == 0 && size == 0 && block == nullptr)) return;
  const std::size_t bytes = capacity * element_bytes;
  broken_ = capacity == 0 || size > capacity || bytes > bytes_.size();
  if (broken_) return;
  const Block taken{offset_of(block), Arena::block_bytes(bytes)};
  broken_ = !take_block(taken);
  if (!broken_) held_.push_back({offset_of(container), taken, size, elements});
}

bool ArenaLayout::complete() {
  for (std::size_t i = 0; i < held_.size() && !broken_; ++i)
    if (const Held held = held_[i]; held.elements != nullptr)
      held.elements(bytes_.data() + held.block.at, held.size, *this);
  if (broken_) return false;

  auto blocks = this->blocks();
  std::ranges::sort(blocks, {}, &Block::at);
  std::size_t end = fixed_bytes_;
  for (const auto& block : blocks)
    if (block.at != std::exchange(end, block.at + block.bytes)) return false;
  if (end != bytes_.size()) return false;

  by_at_ = indices(held_.size());
  std::ranges::sort(by_at_, {}, [&](std::size_t index) { return held_[index].block.at; });
  return std::ranges::all_of(expected_,
                             [](const Expected& expected) { return expected.check(expected.container); });
}

std::vector<ArenaLayout::Block> ArenaLayout::blocks() const {
  std::vector<Block> blocks;
  blocks.reserve(held_.size() + free_.size());
  for (const auto& held : held_) blocks.push_back(held.block);
  for (const auto& free : free_) blocks.push_back(free.block);
  return blocks;
}

std::size_t ArenaLayout::holder_of(std::size_t at) const {
  if (at < fixed_bytes_) return held_.size();
  const auto after =
      std::ranges::upper_bound(by_at_, at, {}, [&](std::size_t index) { return held_[index].block.at; });
  require(after != by_at_.begin(), "a container lies in the root or in a block");
  return *std::prev(after);
}

std::size_t ArenaLayout::place_of(const Held& held, std::span<const std::size_t> places) const {
  const std::size_t holder = holder_of(held.container_at);
  if (holder == held_.size()) return held.container_at;
  return places[holder] + (held.container_at - held_[holder].block.at);
}

Image ArenaLayout::shuffled(Random& random, const Image::Pool& pool) const {
  const auto blocks = this->blocks();
  auto order = indices(blocks.size());
  shuffle(order, random);
  std::vector<std::size_t> places(blocks.size());
  std::size_t end = fixed_bytes_;
  for (const auto index : order) places[index] = std::exchange(end, end + blocks[index].bytes);
  return with_blocks_at(places, pool);
}

Image ArenaLayout::like(const ArenaLayout& other, const Image::Pool& pool) const {
  return with_blocks_at(places_like(other), pool);
}

std::vector<std::size_t> ArenaLayout::places_like(const ArenaLayout& other) const {
  auto theirs = indices(other.held_.size());
  const auto container_at = [&](std::size_t index) { return other.held_[index].container_at; };
  std::ranges::sort(theirs, {}, container_at);

  std::size_t behind = other.bytes_.size();
  const auto place_behind = [&](const Block& block) { return std::exchange(behind, behind + block.bytes); };
  // What lies behind has been put there for lack of a counterpart, and so is what it holds.
  std::vector<std::size_t> places;
  for (const auto& held : held_) {
    const std::size_t at = place_of(held, places);
    const auto found = std::ranges::lower_bound(theirs, at, {}, container_at);
    const bool has_one = found != theirs.end() && container_at(*found) == at &&
                         other.held_[*found].block.bytes == held.block.bytes;
    places.push_back(has_one ? other.held_[*found].block.at : place_behind(held.block));
  }
  auto next = other.free_.begin();
  for (const auto& free : free_) {
    while (next != other.free_.end() && next->size_class < free.size_class) ++next;
    const bool has_one = next != other.free_.end() && next->size_class == free.size_class;
    places.push_back(has_one ? (next++)->block.at : place_behind(free.block));
  }
  return places;
}

Image ArenaLayout::with_blocks_at(std::span<const std::size_t> places, const Image::Pool& pool) const {
  const auto blocks = this->blocks();
  std::size_t end = fixed_bytes_;
  for (std::size_t i = 0; i < blocks.size(); ++i) end = std::max(end, places[i] + blocks[i].bytes);

  std::vector<std::byte> target(pages_of(end) * page_bytes);
  std::memcpy(target.data(), bytes_.data(), fixed_bytes_);
  for (std::size_t i = 0; i < blocks.size(); ++i)
    std::memcpy(target.data() + places[i], bytes_.data() + blocks[i].at, blocks[i].bytes);
  for (std::size_t i = 0; i < held_.size(); ++i) {
    const std::size_t at = place_of(held_[i], places);
    write(target, at, places[i] - at);
  }
  write(target, offsetof(Arena::Header, used), end);
  std::size_t link_at = 0;
  for (std::size_t i = 0; i < free_.size(); ++i) {
    const bool is_first = i == 0 || free_[i].size_class != free_[i - 1].size_class;
    if (is_first) link_at = offsetof(Arena::Header, free) + free_[i].size_class * sizeof(std::uint64_t);
    const std::size_t place = places[held_.size() + i];
    write(target, std::exchange(link_at, place), place);
    write(target, place, 0);
  }
  return {pool, target.data(), end};
}

}  // namespace tutti::memory
