// arena::Vector: std::vector in an arena.
//
// 16 bytes: the distance from itself to its first element, its size, and its capacity. The memory between
// size and capacity is always zero. Elements that are reached through a vector that is not const count as
// written (Arena::mark), so who only reads takes a const reference, as with any container that copies on
// write: `for (const auto& player : state.players)`.
//
// References and iterators are valid until the vector grows or the function of the application that asked for
// them returns.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <memory>
#include <new>
#include <ranges>
#include <type_traits>
#include <utility>

#include "tutti/base/require.hpp"
#include "tutti/memory/arena.hpp"
#include "tutti/memory/storable.hpp"
#include "tutti/memory/unstorable.hpp"

namespace tutti::arena {

template <typename T>
class Vector {
 public:
  static constexpr bool lies_in_an_arena = true;
  using value_type = T;

  Vector() = default;
  Vector(std::initializer_list<T> elements) { assign(elements); }
  explicit Vector(std::size_t count) { resize(count); }
  Vector(const Vector& other) { assign(other); }
  Vector(Vector&& other) noexcept { take(other); }
  Vector& operator=(const Vector& other) {
    if (this != &other) assign(other);
    return *this;
  }
  Vector& operator=(Vector&& other) noexcept {
    if (this != &other) {
      release();
      take(other);
    }
    return *this;
  }
  ~Vector() { release(); }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

  [[nodiscard]] const T* data() const { return place(); }
  [[nodiscard]] const T* begin() const { return place(); }
  [[nodiscard]] const T* end() const { return place() + size_; }
  [[nodiscard]] const T& operator[](std::size_t index) const {
    require(index < size_, "a vector is asked for elements that it has");
    return place()[index];
  }
  [[nodiscard]] const T& front() const { return (*this)[0]; }
  [[nodiscard]] const T& back() const { return (*this)[std::size_t{size_} - 1]; }

  [[nodiscard]] T* data() { return written(0, size_); }
  [[nodiscard]] T* begin() { return written(0, size_); }
  [[nodiscard]] T* end() { return place() + size_; }
  [[nodiscard]] T& operator[](std::size_t index) {
    require(index < size_, "a vector is asked for elements that it has");
    return *written(index, 1);
  }
  [[nodiscard]] T& front() { return (*this)[0]; }
  [[nodiscard]] T& back() { return (*this)[std::size_t{size_} - 1]; }

  void reserve(std::size_t count) {
    if (count > capacity_) grow_to(count);
  }
  /// New elements are T{}.
  void resize(std::size_t count) {
    if (count < size_) return drop(count);
    reserve(count);
    std::uninitialized_value_construct_n(written(size_, count - size_), count - size_);
    size_ = static_cast<std::uint32_t>(count);
  }
  void clear() { drop(0); }

  void push_back(const T& element) { emplace_back(element); }
  void push_back(T&& element) { emplace_back(std::move(element)); }
  template <typename... Arguments>
  T& emplace_back(Arguments&&... arguments) {
    // Made first: the arguments may be elements of this vector.
    T element = T(std::forward<Arguments>(arguments)...);
    if (size_ == capacity_) grow_to(std::size_t{size_} + 1);
    T* const last = std::construct_at(written(size_, 1), std::move(element));
    ++size_;
    return *last;
  }
  void pop_back() {
    require(size_ > 0, "what is empty has no last element");
    drop(std::size_t{size_} - 1);
  }

  T* insert(const T* before, T element) {
    const auto at = static_cast<std::size_t>(before - place());
    emplace_back(std::move(element));
    T* const first = written(at, size_ - at);
    std::rotate(first, place() + size_ - 1, place() + size_);
    return first;
  }
  T* erase(const T* element) { return erase(element, element + 1); }
  T* erase(const T* first, const T* last) {
    const auto at = static_cast<std::size_t>(first - place());
    const auto count = static_cast<std::size_t>(last - first);
    T* const gap = written(at, size_ - at);
    if (count > 0) {
      std::move(gap + count, place() + size_, gap);
      drop(size_ - count);
    }
    return gap;
  }

  /// Takes copies of elements that are not this vector's own; so does assign().
  template <std::ranges::sized_range Range>
  void append(const Range& elements) {
    const std::size_t count = std::ranges::size(elements);
    if (count > capacity_ - size_) grow_to(size_ + count);
    std::ranges::uninitialized_copy(elements,
                                    std::ranges::subrange(written(size_, count), place() + capacity_));
    size_ += static_cast<std::uint32_t>(count);
  }
  template <std::ranges::sized_range Range>
  void assign(const Range& elements) {
    clear();
    append(elements);
  }

  /// What it finds in itself: for memory::find_containers().
  template <typename Layout>
  void tell(Layout& layout) const {
    using Elements = void (*)(const void*, std::size_t, Layout&);
    Elements elements = nullptr;
    if constexpr (!std::is_trivially_copyable_v<T>)
      elements = [](const void* first, std::size_t size, Layout& inner) {
        for (std::size_t i = 0; i < size; ++i)
          memory::find_containers(static_cast<const T*>(first)[i], inner);
      };
    layout.found(this, place(), size_, capacity_, sizeof(T), elements);
  }

  friend bool operator==(const Vector& one, const Vector& other) { return std::ranges::equal(one, other); }

 private:
  static constexpr std::size_t size_max = std::numeric_limits<std::uint32_t>::max();

  [[nodiscard]] T* place() const {
    if (offset_ == 0) return nullptr;
    return reinterpret_cast<T*>(reinterpret_cast<std::uintptr_t>(this) +
                                static_cast<std::uintptr_t>(offset_));
  }
  // The element at `index`; it and those after it are about to be written, `count` in all.
  T* written(std::size_t index, std::size_t count) {
    if (count == 0) return place() + index;
    T* const first = place() + index;
    memory::ArenaAtWork::get().mark(first, count * sizeof(T));
    return first;
  }
  void point_to(const T* first) {
    offset_ = first == nullptr ? 0
                               : static_cast<std::int64_t>(reinterpret_cast<std::uintptr_t>(first) -
                                                           reinterpret_cast<std::uintptr_t>(this));
  }

  void take(Vector& other) {
    point_to(other.place());
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    other.offset_ = 0;
  }
  void release() {
    if (capacity_ == 0) return;
    drop(0);
    memory::ArenaAtWork::get().free(place(), capacity_ * sizeof(T));
    offset_ = 0;
    capacity_ = 0;
  }

  void drop(std::size_t count) {
    if (count == size_) return;
    T* const first = written(count, size_ - count);
    std::destroy_n(first, size_ - count);
    std::memset(static_cast<void*>(first), 0, (size_ - count) * sizeof(T));
    size_ = static_cast<std::uint32_t>(count);
  }

  void grow_to(std::size_t count) {
    memory::refuse_unstorable<T>();
    static_assert(alignof(T) <= 16, "an arena aligns to 16 bytes");
    auto& arena = memory::ArenaAtWork::get();
    const std::size_t wanted = std::max(count, std::size_t{capacity_} * 2);
    const std::size_t capacity = memory::Arena::block_bytes(wanted * sizeof(T)) / sizeof(T);
    require(capacity <= size_max, "a vector has fewer than 2^32 elements");
    auto* const target = static_cast<T*>(arena.allocate(capacity * sizeof(T)));
    arena.mark(target, size_ * sizeof(T));
    if (capacity_ > 0) {
      T* const source = written(0, size_);
      std::uninitialized_move_n(source, size_, target);
      std::destroy_n(source, size_);
      arena.free(place(), capacity_ * sizeof(T));
    }
    point_to(target);
    capacity_ = static_cast<std::uint32_t>(capacity);
  }

  std::int64_t offset_ = 0;  // from this to the first element; 0: none
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

/// Removes the elements for which `condition` holds; returns how many they were.
template <typename T, typename Condition>
std::size_t erase_if(Vector<T>& vector, Condition condition) {
  const T* const last = vector.end();
  const T* const kept = std::remove_if(vector.begin(), vector.end(), condition);
  const auto count = static_cast<std::size_t>(last - kept);
  vector.erase(kept, last);
  return count;
}

}  // namespace tutti::arena
