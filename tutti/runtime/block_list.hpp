// A list whose elements never move, in blocks: an element is found by a shift and a mask. (std::deque divides
// by the size of its elements, and Boost's by that of its blocks: at every step of a simulation.)
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace tutti {

template <typename T>
class BlockList {
 public:
  BlockList() = default;
  BlockList(const BlockList&) = delete;
  BlockList& operator=(const BlockList&) = delete;
  ~BlockList() {
    while (size_ > 0) std::destroy_at(&(*this)[--size_]);
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] T& operator[](std::size_t index) {
    return *reinterpret_cast<T*>(&blocks_[index / block_size]->room[index % block_size * sizeof(T)]);
  }
  [[nodiscard]] const T& operator[](std::size_t index) const {
    return *reinterpret_cast<const T*>(&blocks_[index / block_size]->room[index % block_size * sizeof(T)]);
  }
  template <typename... Arguments>
  T& emplace_back(Arguments&&... arguments) {
    if (size_ == blocks_.size() * block_size) blocks_.push_back(std::make_unique<Block>());
    T* made = std::construct_at(&(*this)[size_], std::forward<Arguments>(arguments)...);
    ++size_;
    return *made;
  }

 private:
  static constexpr std::size_t block_size = 1024;
  struct Block {
    alignas(T) std::array<std::byte, block_size * sizeof(T)> room;
  };

  std::vector<std::unique_ptr<Block>> blocks_;
  std::size_t size_ = 0;
};

}  // namespace tutti
