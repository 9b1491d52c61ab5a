// Room at the end of its owner for what the owner makes: what is small lies there, so that all of it is found
// in a few cache lines and takes one allocation; what does not fit lies on the heap.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <utility>

namespace tutti {

/// For things derived from Base, which has a virtual destructor. Its owner destroys what it has made.
template <typename Base, std::size_t bytes>
class Ground {
 public:
  Ground() = default;
  Ground(const Ground&) = delete;
  Ground& operator=(const Ground&) = delete;

  template <std::derived_from<Base> T, typename... Arguments>
  T& make(Arguments&&... arguments) {
    void* place = room_.data() + used_;
    std::size_t left = bytes - used_;
    if (std::align(alignof(T), sizeof(T), place, left) == nullptr)
      return *new T(std::forward<Arguments>(arguments)...);
    used_ = bytes - left + sizeof(T);
    return *new (place) T(std::forward<Arguments>(arguments)...);
  }

  /// Its room is not used again.
  void destroy(Base& made) noexcept {
    const auto* place = reinterpret_cast<const std::byte*>(&made);
    if (!std::less{}(place, room_.data()) && std::less{}(place, room_.data() + bytes))
      std::destroy_at(&made);
    else
      delete &made;
  }

  /// The owner, whose last member this is, and what lies in the room.
  template <typename Owner>
  [[nodiscard]] std::span<const std::byte> together_with(const Owner& owner) const {
    return {reinterpret_cast<const std::byte*>(&owner), room_.data() + used_};
  }

 private:
  alignas(std::max_align_t) std::array<std::byte, bytes> room_;
  std::size_t used_ = 0;
};

}  // namespace tutti
