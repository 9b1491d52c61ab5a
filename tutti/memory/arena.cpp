#include "tutti/memory/arena.hpp"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tutti::memory {

Arena::Arena(std::string name, Image::Pool pool, std::size_t bytes_max, std::size_t root_bytes,
             const PagedMemoryOptions& options)
    : name_(std::move(name)),
      bytes_max_(bytes_max),
      fixed_bytes_(fixed_bytes(root_bytes)),
      memory_(std::move(pool), bytes_max, true, options),
      marks_(memory_.marks().data()) {
  require(bytes_max >= arena_bytes_min && bytes_max <= arena_bytes_max, "an arena has a sensible limit");
  if (fixed_bytes_ > bytes_max_) refuse(root_bytes);
  header().used = fixed_bytes_;
}

std::size_t Arena::class_of(std::size_t bytes) {
  if (bytes <= 64) return (std::max<std::size_t>(bytes, 1) - 1) / 16;
  const auto shift = static_cast<std::size_t>(std::bit_width(bytes - 1)) - 3;  // 4 from 65 to 128
  const std::size_t quarters = ((bytes - 1) >> shift) + 1;                     // 5 to 8
  return 4 + (shift - 4) * 4 + (quarters - 5);
}

std::size_t Arena::bytes_of(std::size_t size_class) {
  if (size_class < 4) return (size_class + 1) * 16;
  return (5 + (size_class - 4) % 4) << (4 + (size_class - 4) / 4);
}

std::size_t Arena::block_bytes(std::size_t bytes) {
  return bytes > arena_bytes_max / 2 ? bytes : bytes_of(class_of(bytes));
}

void* Arena::allocate(std::size_t bytes) {
  if (bytes > bytes_max_) refuse(bytes);
  const std::size_t size_class = class_of(bytes);
  const std::size_t block_bytes = bytes_of(size_class);
  auto& first_free = header().free[size_class];
  if (first_free != 0) {
    std::byte* const block = memory_.data() + first_free;
    mark(block, sizeof first_free);
    std::memcpy(&first_free, block, sizeof first_free);
    std::memset(block, 0, sizeof first_free);
    header().free_bytes -= block_bytes;
    return block;
  }
  if (block_bytes > bytes_max_ - header().used) refuse(bytes);
  const std::size_t at = header().used;
  header().used += block_bytes;
  return memory_.data() + at;  // never used, hence zero
}

void Arena::free(void* block, std::size_t bytes) {
  const std::size_t at = offset_of(block);
  require(at >= fixed_bytes_ && at < bytes_in_use(), "a container's memory belongs to the arena at work");
  const std::size_t size_class = class_of(bytes);
  mark(block, bytes_of(size_class));
  std::memset(block, 0, bytes_of(size_class));
  auto& first_free = header().free[size_class];
  std::memcpy(block, &first_free, sizeof first_free);
  first_free = at;
  header().free_bytes += bytes_of(size_class);
}

void Arena::take_over(const Arena& other) {
  const std::size_t before = bytes_in_use();
  const std::size_t after = other.bytes_in_use();
  require(after <= before, "a state that is laid out anew needs no more than before");
  mark(memory_.data(), before);
  std::memcpy(memory_.data(), other.memory_.data(), after);
  std::memset(memory_.data() + after, 0, before - after);
}

Image Arena::image() {
  mark_fixed();
  return memory_.image(bytes_in_use());
}

bool Arena::fits(const Image& image, std::size_t bytes_max, std::size_t root_bytes) {
  if (image.bytes() < fixed_bytes(root_bytes) || image.bytes() > bytes_max) return false;
  std::uint64_t used = 0;
  static_assert(offsetof(Header, used) == 0);
  std::memcpy(&used, image.page(0).data(), sizeof used);
  return used == image.bytes();
}

void Arena::restore(const Image& image) {
  require(image.bytes() >= fixed_bytes_, "an arena goes back to images of arenas");
  mark_fixed();
  memory_.restore(image, bytes_in_use());
}

void Arena::refuse(std::size_t bytes) const {
  std::fprintf(stderr,
               "%s: the state has outgrown its arena: it needs %zu bytes more and has used %zu of %zu; raise "
               "the application's state_bytes_max, or let it refuse what does not fit (arena::room())\n",
               name_.c_str(), bytes, bytes_in_use(), bytes_max_);
  std::abort();
}

}  // namespace tutti::memory
