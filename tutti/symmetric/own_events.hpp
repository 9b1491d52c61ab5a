// What this peer's own user did, for as long as it may have to be done again.
//
// Others may fold a past of which some of it is not part: they waited for this peer as long as the policy
// says, and then went on without. When this peer adopts their foundation, what is missing happens again under
// a new name. Every name that something ever had is remembered, so that it is never done a second time in a
// past that has taken it in under an older one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "tutti/symmetric/event.hpp"

namespace tutti::symmetric {

class OwnEvents {
 public:
  struct Entry {
    std::vector<Sequence> names;  ///< the present one is the last
    Tick tick;                    ///< when it is due under that
    Bytes event;
  };

  /// All events together; the oldest are given up first.
  static constexpr std::size_t bytes_max = std::size_t{8} << 20;
  /// How often one event is done again: peers that keep changing between two pasts lose it then.
  static constexpr std::size_t names_max = 32;

  void add(Sequence sequence, Tick tick, Bytes event) { push({{sequence}, tick, std::move(event)}); }
  /// Gives up what was due before `tick`.
  void forget_before(Tick tick) {
    while (!entries_.empty() && entries_.front().tick < tick) pop();
  }

  /// Removes and returns, in their order, the entries for which `is_missing` holds.
  template <typename IsMissing>
  std::vector<Entry> take_if(IsMissing is_missing) {
    std::vector<Entry> taken;
    std::deque<Entry> rest;
    for (auto& entry : entries_) {
      if (!is_missing(std::as_const(entry))) {
        rest.push_back(std::move(entry));
        continue;
      }
      bytes_ -= cost(entry);
      taken.push_back(std::move(entry));
    }
    entries_ = std::move(rest);
    return taken;
  }
  /// Puts back what was taken, done again under a new name.
  void renew(Entry entry, Sequence sequence, Tick tick) {
    if (entry.names.size() == names_max) entry.names.erase(entry.names.begin());
    entry.names.push_back(sequence);
    entry.tick = tick;
    push(std::move(entry));
  }

  /// In the order of ticks.
  [[nodiscard]] const std::deque<Entry>& entries() const { return entries_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  static std::size_t cost(const Entry& entry) { return entry.event.size() + sizeof(Entry); }
  void push(Entry entry) {
    bytes_ += cost(entry);
    entries_.push_back(std::move(entry));
    while (bytes_ > bytes_max) pop();
  }
  void pop() {
    bytes_ -= cost(entries_.front());
    entries_.pop_front();
  }

  std::deque<Entry> entries_;
  std::size_t bytes_ = 0;
};

}  // namespace tutti::symmetric
