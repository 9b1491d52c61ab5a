// arena::FlatMap: a map in two vectors, of its keys in order and of their values. Small, and quick to look
// into and to walk through; to insert or erase moves what comes after. For more than some hundred keys there
// is arena::Map.
//
// Keys and values are apart, so that no padding stands between them.
//
//   for (const auto& [key, value] : state.scores) ...     of a const map
//   for (auto&& [key, value] : state.scores) value += 1;
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <utility>

#include "tutti/memory/vector.hpp"

namespace tutti::arena {

/// How a map's functions take a key: by reference, or as the key says, a String as a std::string_view.
template <typename Key>
struct KeyArgument {
  using Type = const Key&;
};
template <typename Key>
  requires requires { typename Key::View; }
struct KeyArgument<Key> {
  using Type = Key::View;
};

template <typename Key, typename Value>
class FlatMap {
 public:
  static constexpr bool lies_in_an_arena = true;
  using K = KeyArgument<Key>::Type;

  template <typename V>
  struct Entry {
    const Key& key;
    V& value;
  };
  template <typename V>
  class Iterator {
   public:
    using value_type = Entry<V>;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    Iterator(const Key* key, V* value) : key_(key), value_(value) {}
    Entry<V> operator*() const { return {*key_, *value_}; }
    Iterator& operator++() {
      ++key_;
      ++value_;
      return *this;
    }
    Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const { return key_ == other.key_; }

   private:
    const Key* key_ = nullptr;
    V* value_ = nullptr;
  };

  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] bool empty() const { return keys_.empty(); }

  [[nodiscard]] Iterator<const Value> begin() const { return {keys_.begin(), values_.begin()}; }
  [[nodiscard]] Iterator<const Value> end() const { return {keys_.end(), values_.end()}; }
  [[nodiscard]] Iterator<Value> begin() { return {std::as_const(keys_).begin(), values_.begin()}; }
  [[nodiscard]] Iterator<Value> end() { return {std::as_const(keys_).end(), values_.end()}; }

  /// The value of `key`, or nullptr.
  [[nodiscard]] const Value* find(K key) const {
    const std::size_t at = place_of(key);
    return is_at(at, key) ? &values_[at] : nullptr;
  }
  [[nodiscard]] Value* find(K key) {
    const std::size_t at = place_of(key);
    return is_at(at, key) ? &values_[at] : nullptr;
  }
  [[nodiscard]] bool contains(K key) const { return is_at(place_of(key), key); }

  /// The value of `key`, which is made as Value{} if there is none.
  Value& operator[](K key) {
    const std::size_t at = place_of(key);
    if (!is_at(at, key)) {
      keys_.insert(keys_cbegin() + at, Key(key));
      values_.insert(std::as_const(values_).begin() + at, Value{});
    }
    return values_[at];
  }
  void insert_or_assign(K key, Value value) { (*this)[key] = std::move(value); }
  /// Whether there was one.
  bool erase(K key) {
    const std::size_t at = place_of(key);
    if (!is_at(at, key)) return false;
    keys_.erase(keys_cbegin() + at);
    values_.erase(std::as_const(values_).begin() + at);
    return true;
  }
  void clear() {
    keys_.clear();
    values_.clear();
  }

  /// In order; of what is not empty.
  [[nodiscard]] const Key& first_key() const { return keys_.front(); }
  [[nodiscard]] const Key& last_key() const { return keys_.back(); }
  /// Moves the upper half to an empty map.
  void split(FlatMap& upper) {
    const std::size_t half = size() / 2;
    upper.keys_.reserve(size());
    upper.values_.reserve(size());
    for (std::size_t i = half; i < size(); ++i) {
      upper.keys_.push_back(std::move(keys_[i]));
      upper.values_.push_back(std::move(values_[i]));
    }
    keys_.erase(keys_cbegin() + half, std::as_const(keys_).end());
    values_.erase(std::as_const(values_).begin() + half, std::as_const(values_).end());
  }

  /// What it finds in itself: for memory::find_containers().
  template <typename Layout>
  void tell(Layout& layout) const {
    keys_.tell(layout);
    values_.tell(layout);
    layout.expect(this, [](const void* map) { return static_cast<const FlatMap*>(map)->is_in_order(); });
  }

  friend bool operator==(const FlatMap&, const FlatMap&) = default;

 private:
  [[nodiscard]] bool is_in_order() const {
    const auto not_before = [](const Key& one, const Key& other) { return !(one < other); };
    return keys_.size() == values_.size() &&
           std::adjacent_find(keys_.begin(), keys_.end(), not_before) == keys_.end();
  }
  [[nodiscard]] const Key* keys_cbegin() const { return keys_.begin(); }
  // Of the first key that is not before `key`.
  [[nodiscard]] std::size_t place_of(K key) const {
    const Key* const place = std::lower_bound(keys_.begin(), keys_.end(), key,
                                              [](const Key& one, K other) { return one < other; });
    return static_cast<std::size_t>(place - keys_.begin());
  }
  [[nodiscard]] bool is_at(std::size_t at, K key) const { return at < keys_.size() && keys_[at] == key; }

  Vector<Key> keys_;
  Vector<Value> values_;
};

}  // namespace tutti::arena
