// Where the blocks of an arena lie: whether some bytes are an arena's at all, and its images if its blocks
// lay elsewhere.
//
// A state that comes from another peer is bytes of which nothing is known. Its containers are followed from
// the root: each is looked at only once it is known where it lies, and what lies where is compared in the
// end, so that bytes that anybody made up are told from an arena's, and cost no more time than those. What is
// an arena's can be read and changed like any other; what its numbers mean is the application's matter.
//
// Nothing that an application does should depend on where in the arena its containers' blocks lie: addresses
// that are compared, reading or writing beyond an end. On all peers they lie alike, so it does not show,
// until a later version lays them out in another way. Who looks for it runs the same functions on a shuffled
// arena (symmetric/selftest.hpp). There the blocks have changed places, those that are free included. They
// are as many as before, of the same sizes: capacities and arena::room(), which an application may ask for,
// stay what they are, whatever it allocates and frees from then on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <span>
#include <vector>

#include "tutti/base/random.hpp"
#include "tutti/memory/arena.hpp"
#include "tutti/memory/storable.hpp"

namespace tutti::memory {

/// Valid as long as the bytes do not change.
class ArenaLayout {
 public:
  /// Nothing if the bytes, aligned like an arena, are none that an arena with this root can have while no
  /// temporary is alive: if a block is not where it can be, lies in another, or is neither free nor reached
  /// from the root, or if a container's parts do not fit together.
  template <typename Root>
  [[nodiscard]] static std::optional<ArenaLayout> of(std::span<const std::byte> bytes) {
    ArenaLayout layout(bytes, Arena::fixed_bytes(sizeof(Root)));
    if (!layout.begin()) return std::nullopt;
    find_containers(*std::launder(reinterpret_cast<const Root*>(bytes.data() + Arena::root_offset)), layout);
    if (!layout.complete()) return std::nullopt;
    return layout;
  }

  /// The arena's image, had its blocks changed places at random.
  [[nodiscard]] Image shuffled(Random& random, const Image::Pool& pool) const;
  /// The arena's image, had each block the place that its counterpart has in another arena: what the same
  /// container has allocated there, with the same size. Those without counterparts lie behind all others. So
  /// the images are equal if the arenas differ only in where their blocks lie, and else differ in the
  /// containers that do.
  [[nodiscard]] Image like(const ArenaLayout& other, const Image::Pool& pool) const;

  // Containers tell what they find in themselves, whether it can be or not (find_containers()).

  using Elements = void (*)(const void* first, std::size_t size, ArenaLayout& layout);
  using Check = bool (*)(const void* container);
  /// A container, whose first word is its distance to the block. `elements` finds containers in its elements;
  /// nullptr where they can hold none.
  void found(const void* container, const void* block, std::size_t size, std::size_t capacity,
             std::size_t element_bytes, Elements elements);
  /// What must hold of a container, asked when everything can be looked at.
  void expect(const void* container, Check check) { expected_.push_back({container, check}); }

 private:
  struct Block {
    std::size_t at;
    std::size_t bytes;
  };
  /// What a container has allocated.
  struct Held {
    std::size_t container_at;  // in the root, or in another block
    Block block;
    std::size_t size;
    Elements elements;
  };
  struct Free {
    std::size_t size_class;
    Block block;
  };
  struct Expected {
    const void* container;
    Check check;
  };

  ArenaLayout(std::span<const std::byte> bytes, std::size_t fixed_bytes)
      : bytes_(bytes), fixed_bytes_(fixed_bytes), unaccounted_(bytes.size()) {}
  [[nodiscard]] bool begin();
  [[nodiscard]] bool complete();
  [[nodiscard]] bool take_block(const Block& block);
  [[nodiscard]] std::size_t offset_of(const void* pointer) const;
  [[nodiscard]] std::vector<Block> blocks() const;  // the held ones and then the free ones, in their orders

  // The block in which a byte lies, as an index into held_; held_.size() for the root.
  [[nodiscard]] std::size_t holder_of(std::size_t at) const;
  // Where a container lies if the blocks lie there.
  [[nodiscard]] std::size_t place_of(const Held& held, std::span<const std::size_t> places) const;
  [[nodiscard]] std::vector<std::size_t> places_like(const ArenaLayout& other) const;
  [[nodiscard]] Image with_blocks_at(std::span<const std::size_t> places, const Image::Pool& pool) const;

  std::span<const std::byte> bytes_;
  std::size_t fixed_bytes_;
  std::size_t unaccounted_;  // of the bytes, so many are in no block that was found
  bool broken_ = false;
  std::vector<Held> held_;          // each after the one in which its container lies
  std::vector<Free> free_;          // by class, and as they will be handed out
  std::vector<std::size_t> by_at_;  // indices into held_, by the place of the block
  std::vector<Expected> expected_;
};

}  // namespace tutti::memory
