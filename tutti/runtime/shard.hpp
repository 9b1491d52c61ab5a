// The nodes of a simulation that share a queue, and a thread while it runs.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "tutti/runtime/event_queue.hpp"

namespace tutti {

class Shard {
 public:
  explicit Shard(unsigned shards) : outbound_(shards) {}

  [[nodiscard]] TimePoint now() const { return now_; }
  void set_now(TimePoint now) { now_ = now; }
  /// When the next event happens; never, if there is none.
  [[nodiscard]] TimePoint next_at() const { return queue_.empty() ? TimePoint::max() : queue_.next_at(); }
  [[nodiscard]] const EventQueue& queue() const { return queue_; }
  [[nodiscard]] std::uint64_t event_count() const { return event_count_; }

  void schedule(Event& event, const EventKey& key) { queue_.schedule(event, key); }
  /// Keeps an event for another shard until the window ends.
  void keep_for(unsigned shard, Event& event, const EventKey& key) {
    outbound_[shard].emplace_back(&event, key);
  }
  /// Takes what `other` has kept for this shard, number `self`.
  void collect(Shard& other, unsigned self) {
    for (const auto& [event, key] : other.outbound_[self]) queue_.schedule(*event, key);
    other.outbound_[self].clear();
  }

  /// Goes to the next event, which must exist, and takes it out.
  Event& pop() {
    now_ = queue_.next_at();
    ++event_count_;
    return queue_.pop();
  }

 private:
  TimePoint now_{};
  EventQueue queue_;
  std::vector<std::vector<std::pair<Event*, EventKey>>> outbound_;
  std::uint64_t event_count_ = 0;
};

}  // namespace tutti
