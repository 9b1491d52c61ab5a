// arena::Map: an ordered map for many keys. A vector of flat maps of at most 64 keys each, the last of one
// before the first of the next: to insert or erase moves a part of one of them, and now and then, when one is
// full or empty, the vector's 32 bytes for each after it. Up to a million keys that is quicker than a tree,
// and its pages hold keys instead of pointers.
//
// It is used like FlatMap.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "tutti/memory/flat_map.hpp"

namespace tutti::arena {

template <typename Key, typename Value>
class Map {
  using Part = FlatMap<Key, Value>;

 public:
  static constexpr bool lies_in_an_arena = true;
  using K = Part::K;
  static constexpr std::size_t part_keys_max = 64;

  /// Through all parts, one after the other.
  template <typename P, typename InPart>
  class Iterator {
   public:
    using value_type = typename InPart::value_type;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    Iterator(P* part, P* last) : part_(part), last_(last) { enter(); }
    value_type operator*() const { return *at_; }
    Iterator& operator++() {
      if (++at_ == end_) {
        ++part_;
        enter();
      }
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return part_ == other.part_ && at_ == other.at_; }

   private:
    void enter() {
      at_ = part_ == last_ ? InPart{} : part_->begin();
      end_ = part_ == last_ ? InPart{} : part_->end();
    }
    P* part_ = nullptr;
    P* last_ = nullptr;
    InPart at_, end_;
  };
  using ConstIterator = Iterator<const Part, typename Part::template Iterator<const Value>>;
  using MutableIterator = Iterator<Part, typename Part::template Iterator<Value>>;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  [[nodiscard]] ConstIterator begin() const { return {parts_.begin(), parts_.end()}; }
  [[nodiscard]] ConstIterator end() const { return {parts_.end(), parts_.end()}; }
  [[nodiscard]] MutableIterator begin() { return {parts_.begin(), parts_.end()}; }
  [[nodiscard]] MutableIterator end() { return {parts_.end(), parts_.end()}; }

  [[nodiscard]] const Value* find(K key) const { return empty() ? nullptr : parts_[part_of(key)].find(key); }
  [[nodiscard]] Value* find(K key) { return empty() ? nullptr : parts_[part_of(key)].find(key); }
  [[nodiscard]] bool contains(K key) const { return find(key) != nullptr; }

  Value& operator[](K key) {
    if (parts_.empty()) parts_.emplace_back();
    std::size_t at = empty() ? 0 : part_of(key);
    if (parts_[at].size() >= part_keys_max && !std::as_const(parts_)[at].contains(key)) {
      Part upper;
      parts_[at].split(upper);
      parts_.insert(std::as_const(parts_).begin() + at + 1, std::move(upper));
      at = part_of(key);
    }
    Part& part = parts_[at];
    const std::size_t before = part.size();
    Value& value = part[key];
    size_ += part.size() - before;
    return value;
  }
  void insert_or_assign(K key, Value value) { (*this)[key] = std::move(value); }
  /// Whether there was one.
  bool erase(K key) {
    if (empty()) return false;
    const std::size_t at = part_of(key);
    if (!parts_[at].erase(key)) return false;
    if (parts_[at].empty()) parts_.erase(std::as_const(parts_).begin() + at);
    --size_;
    return true;
  }
  void clear() {
    parts_.clear();
    size_ = 0;
  }

  /// What it finds in itself: for memory::find_containers().
  template <typename Layout>
  void tell(Layout& layout) const {
    parts_.tell(layout);
    layout.expect(this, [](const void* map) { return static_cast<const Map*>(map)->is_in_order(); });
  }

  /// Equal entries, however they are parted.
  friend bool operator==(const Map& one, const Map& other) {
    if (one.size() != other.size()) return false;
    auto theirs = other.begin();
    for (const auto& [key, value] : one) {
      const auto entry = *theirs;
      if (!(key == entry.key) || !(value == entry.value)) return false;
      ++theirs;
    }
    return true;
  }

 private:
  [[nodiscard]] bool is_in_order() const {
    std::uint64_t size = 0;
    for (const Part& part : parts_) {
      if (part.empty() || (&part != parts_.begin() && !((&part - 1)->last_key() < part.first_key())))
        return false;
      size += part.size();
    }
    return size == size_;
  }
  // The part that holds `key`, or would: the last that begins at or before it. None of them is empty.
  [[nodiscard]] std::size_t part_of(K key) const {
    const Part* const after = std::upper_bound(
        parts_.begin(), parts_.end(), key, [](K one, const Part& other) { return one < other.first_key(); });
    return after == parts_.begin() ? 0 : static_cast<std::size_t>(after - parts_.begin()) - 1;
  }

  Vector<Part> parts_;
  std::uint64_t size_ = 0;
};

}  // namespace tutti::arena
