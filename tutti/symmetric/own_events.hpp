// What this peer's own user did, in this life and those before, for as long as it may have to be said again.
//
// Others may fold a past of which some of it is not part: they waited for this peer as long as the policy
// says, and then went on without. When this peer adopts their foundation, what is missing is said again,
// under a new sequence. All sayings are kept, since any of them may be part of what is adopted next.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>

#include "tutti/symmetric/event.hpp"

namespace tutti::symmetric {

class OwnEvents {
 public:
  struct Entry {
    EventId id;
    Act act;
    Bytes event;
  };

  /// All events together; the oldest are given up first.
  static constexpr std::size_t bytes_max = std::size_t{8} << 20;

  void add(Entry entry) {
    bytes_ += cost(entry);
    entries_.push_back(std::move(entry));
    while (bytes_ > bytes_max) pop();
  }
  /// Gives up what was due before `tick`.
  void forget_before(Tick tick) {
    while (!entries_.empty() && entries_.front().id.tick < tick) pop();
  }

  [[nodiscard]] bool contains(const EventId& id) const {
    return std::ranges::find(entries_, id, &Entry::id) != entries_.end();
  }
  /// In the order in which they were said.
  [[nodiscard]] const std::deque<Entry>& entries() const { return entries_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  static std::size_t cost(const Entry& entry) { return entry.event.size() + sizeof(Entry); }
  void pop() {
    bytes_ -= cost(entries_.front());
    entries_.pop_front();
  }

  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace tutti::symmetric
