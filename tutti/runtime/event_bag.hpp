// Scheduled events in no order, in chunks that all bags of a queue take from one store: so a thousand bags
// need little more room than what is in them, and a chunk that is taken was mostly used a moment ago and is
// still in the processor's cache.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

#include "tutti/runtime/event.hpp"

namespace tutti {

class EventBag {
  struct Chunk;

 public:
  /// Keeps the chunks that no bag needs at present.
  class Store {
   public:
    Store() = default;
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;

   private:
    friend EventBag;
    std::deque<Chunk> chunks_;
    Chunk* idle_ = nullptr;
  };

  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  [[nodiscard]] std::size_t size() const {
    std::size_t sum = 0;
    for_each_chunk([&](const Chunk&, std::size_t used) { sum += used; });
    return sum;
  }

  /// Where it is now: until another is taken out.
  EventEntry* add(const EventEntry& entry, Store& store) {
    if (first_ == nullptr || used_ == chunk_entries) add_chunk(store);
    auto* place = &first_->entries[used_++];
    *place = entry;
    return place;
  }

  /// Takes out what is at `place`; the entry that is put there instead, if there is one.
  EventEntry* remove(EventEntry* place, Store& store) {
    const EventEntry& last = first_->entries[--used_];
    auto* moved = place == &last ? nullptr : place;
    if (moved != nullptr) *moved = last;
    if (used_ == 0) drop_chunk(store);
    return moved;
  }

  [[nodiscard]] EventEntry* find(const Event& event) {
    EventEntry* found = nullptr;
    for_each_chunk([&](Chunk& chunk, std::size_t used) {
      for (std::size_t i = 0; i < used; ++i)
        if (chunk.entries[i].event == &event) found = &chunk.entries[i];
    });
    return found;
  }

  template <typename Use>
  void for_each(Use use) const {
    for_each_chunk([&](const Chunk& chunk, std::size_t used) {
      for (std::size_t i = 0; i < used; ++i) use(chunk.entries[i]);
    });
  }

  /// Afterwards it is empty.
  template <typename Use>
  void take_each(Store& store, Use use) {
    for_each(use);
    while (first_ != nullptr) drop_chunk(store);
  }

  /// Asks the processor for some of what is in it, for it will soon be taken.
  void prefetch() const {
    if (first_ == nullptr) return;
    for (std::size_t i = 0; i < used_; i += 2) __builtin_prefetch(&first_->entries[i]);
    __builtin_prefetch(&first_->next);
  }

 private:
  static constexpr std::uint32_t chunk_entries = 10;
  struct Chunk {
    std::array<EventEntry, chunk_entries> entries;
    Chunk* next = nullptr;
  };

  template <typename Use>
  void for_each_chunk(Use use) const {
    std::size_t used = used_;
    for (auto* chunk = first_; chunk != nullptr; chunk = chunk->next) {
      use(*chunk, used);
      used = chunk_entries;
    }
  }
  void add_chunk(Store& store) {
    Chunk* chunk = store.idle_;
    if (chunk != nullptr)
      store.idle_ = chunk->next;
    else
      chunk = &store.chunks_.emplace_back();
    chunk->next = std::exchange(first_, chunk);
    used_ = 0;
  }
  void drop_chunk(Store& store) {
    Chunk* chunk = std::exchange(first_, first_->next);
    chunk->next = std::exchange(store.idle_, chunk);
    used_ = chunk_entries;
  }

  Chunk* first_ = nullptr;
  std::uint32_t used_ = 0;  // of the first chunk; all others are full
};

}  // namespace tutti
