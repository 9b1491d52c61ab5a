// An arena: the memory of a state whose containers grow and shrink.
//
// Everything the state consists of lies in one range of bytes: a header, the state's own struct, and what its
// containers have allocated. The containers (vector.hpp, string.hpp, flat_map.hpp, map.hpp) point at each
// other by distances, so the bytes mean the same at every address, in every process: a state is copied,
// hashed and sent as bytes, like a plain struct.
//
// The same operations give the same bytes everywhere. Blocks have sizes of few classes (at most a quarter is
// lost); a free one is taken before the arena grows, the last freed first; the lists of free blocks are in
// the arena's header, so that they travel through time with the state. What is free is zero.
//
// Containers take no allocator: they allocate in the arena that is at work, which is that of the state whose
// function runs (ArenaAtWork). It is an argument passed behind the application's back, on its own thread and
// for the length of that call only. Passing it openly was rejected: no state and none of its elements could
// be an aggregate then, and every temporary would need the arena. Finding it from the container's address was
// rejected too: temporaries are on the stack.
//
// Free blocks do not grow together, so a state that was full of one kind of thing has no room for another
// kind, even when it is empty again. Therefore who runs ticks looks before each of them whether little room
// is left and much is free, and then copies the whole state into one piece (compact()). That too gives the
// same bytes everywhere, since it depends on the state alone. To merge neighbouring free blocks was rejected:
// it needs a word or two beside each block, and leaves gaps all the same.
//
// Full is full: an application whose state outgrows its limit is ended with a sentence that names it. All
// peers have the same state, so it is the application that must refuse what does not fit, in apply(), by
// asking arena::room().
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "tutti/base/require.hpp"
#include "tutti/memory/paged_memory.hpp"

namespace tutti::memory {

/// An arena is at least this large: its header and a little more.
inline constexpr std::size_t arena_bytes_min = 2 * page_bytes;
/// And at most this large.
inline constexpr std::size_t arena_bytes_max = std::size_t{1} << 36;

class Arena {
  friend class ArenaLayout;

 public:
  /// With room for the root, of which all other things are reached, and zero. `name` is the application's,
  /// for errors.
  Arena(std::string name, Image::Pool pool, std::size_t bytes_max, std::size_t root_bytes,
        const PagedMemoryOptions& options = {});
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// Zeroed, aligned to 16 bytes, valid until it is freed or the arena restored.
  [[nodiscard]] void* allocate(std::size_t bytes);
  /// `bytes` as it was allocated with. Containers call this, with what they allocated here.
  void free(void* block, std::size_t bytes);
  /// How many bytes a block that is asked for with `bytes` really has.
  [[nodiscard]] static std::size_t block_bytes(std::size_t bytes);

  /// Whether it is time to compact(): less than a quarter of the limit is left, and at least a quarter of
  /// what is used is free. So what is copied is paid for by what was allocated since.
  [[nodiscard]] bool is_scattered() const {
    return bytes_max_ - bytes_in_use() < bytes_max_ / 4 && header().free_bytes >= bytes_in_use() / 4;
  }
  /// Lays out anew what is reached from the root, which is a Root: in one piece and without anything free.
  /// All references into the arena end.
  template <typename Root>
  void compact();

  /// Says that these bytes are about to be written. They lie in the arena, or all outside.
  void mark(const void* first, std::size_t bytes) {
    const std::size_t at = offset_of(first);
    if (bytes == 0 || at >= bytes_in_use()) return;
    for (std::size_t page = at / page_bytes; page <= (at + bytes - 1) / page_bytes; ++page) marks_[page] = 1;
  }

  [[nodiscard]] void* root() { return memory_.data() + root_offset; }
  [[nodiscard]] const void* root() const { return memory_.data() + root_offset; }
  /// Where it lies in an image.
  [[nodiscard]] static constexpr std::size_t root_at() { return root_offset; }
  [[nodiscard]] std::size_t bytes_in_use() const { return header().used; }
  /// Those in use: valid until it grows or shrinks.
  [[nodiscard]] std::span<const std::byte> bytes() const { return {memory_.data(), bytes_in_use()}; }
  [[nodiscard]] std::size_t bytes_max() const { return bytes_max_; }
  [[nodiscard]] const PagedMemory& memory() const { return memory_; }

  [[nodiscard]] Image image();
  /// `image` is that of an arena with the same root: fits() holds.
  void restore(const Image& image);
  /// Whether an image, of blocks of page_bytes, can be that of an arena with this root and limit, as far as
  /// its header tells; the rest does arena_layout.hpp.
  [[nodiscard]] static bool fits(const Image& image, std::size_t bytes_max, std::size_t root_bytes);

 private:
  // Sizes 16, 32, 48, 64, and then four for each doubling.
  static constexpr std::size_t classes = 4 + 4 * 30;
  struct Header {
    std::uint64_t used;                       // bytes, from the beginning
    std::array<std::uint64_t, classes> free;  // the first free block of each class, as an offset; 0: none
    std::uint64_t free_bytes;                 // of all free blocks
  };
  static constexpr std::size_t root_offset = (sizeof(Header) + 63) / 64 * 64;

  static constexpr std::size_t fixed_bytes(std::size_t root_bytes) {
    return (root_offset + root_bytes + 15) / 16 * 16;
  }
  static std::size_t class_of(std::size_t bytes);
  static std::size_t bytes_of(std::size_t size_class);

  [[nodiscard]] Header& header() { return *reinterpret_cast<Header*>(memory_.data()); }
  [[nodiscard]] const Header& header() const { return *reinterpret_cast<const Header*>(memory_.data()); }
  // Beyond every arena for what lies before this one.
  [[nodiscard]] std::size_t offset_of(const void* pointer) const {
    return reinterpret_cast<std::uintptr_t>(pointer) - reinterpret_cast<std::uintptr_t>(memory_.data());
  }
  void take_over(const Arena& other);
  void mark_fixed() { mark(memory_.data(), fixed_bytes_); }
  [[noreturn]] void refuse(std::size_t bytes) const;

  std::string name_;
  std::size_t bytes_max_;
  std::size_t fixed_bytes_;  // header and root: written at any time
  PagedMemory memory_;
  std::uint8_t* marks_;
};

/// While it lives, containers on this thread allocate in that arena. They nest.
class ArenaAtWork {
 public:
  explicit ArenaAtWork(Arena& arena) : before_(std::exchange(current, &arena)) {}
  ArenaAtWork(const ArenaAtWork&) = delete;
  ArenaAtWork& operator=(const ArenaAtWork&) = delete;
  ~ArenaAtWork() { current = before_; }

  [[nodiscard]] static Arena& get() {
    require(current != nullptr, "arena containers are changed in start(), tick() and apply() only");
    return *current;
  }

 private:
  static inline constinit thread_local Arena* current = nullptr;

  Arena* before_;
};

template <typename Root>
void Arena::compact() {
  Arena compacted(name_, memory_.pool(), bytes_max_, sizeof(Root), {.tracking = Tracking::comparison});
  {
    const ArenaAtWork work(compacted);
    ::new (compacted.root()) Root(*std::launder(static_cast<const Root*>(std::as_const(*this).root())));
  }
  take_over(compacted);
}

}  // namespace tutti::memory

namespace tutti::arena {

/// How many bytes the state at work can surely still take, in one piece or many small ones: the same number
/// on all peers. A container that grows needs its new memory while it has the old, and up to a quarter more.
[[nodiscard]] inline std::size_t room() {
  const auto& arena = memory::ArenaAtWork::get();
  return arena.bytes_max() - arena.bytes_in_use();
}

}  // namespace tutti::arena
