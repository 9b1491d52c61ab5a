// What will happen, in a total order. An event is a member of whoever waits for it: scheduling allocates
// nothing but the queue's own room, and an event that is destroyed leaves the queue, so it can never fire
// into freed memory.
//
// A 4-ary heap whose entries carry their keys; each event knows its place. std::priority_queue cannot take an
// element out of its middle, and marking cancelled entries dead instead would let them pile up under timers
// that are rearmed.
#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include "tutti/base/time.hpp"

namespace tutti {

/// When an event happens, and its place among those of the same moment: nothing but these numbers decides the
/// order, so that it is the same in every run.
struct EventKey {
  TimePoint at;
  std::uint32_t target = 0;    ///< the node it happens to
  std::uint32_t source = 0;    ///< the node that caused it
  std::uint64_t sequence = 0;  ///< counts what that source caused

  constexpr bool operator==(const EventKey&) const = default;
  /// Written out: most comparisons are decided by the time, and this is the simulator's innermost loop.
  constexpr bool operator<(const EventKey& other) const {
    if (at != other.at) [[likely]]
      return at < other.at;
    if (target != other.target) return target < other.target;
    if (source != other.source) return source < other.source;
    return sequence < other.sequence;
  }
};

class EventQueue;

class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  [[nodiscard]] bool scheduled() const { return queue_ != nullptr; }
  /// Takes it out of its queue, if it is in one.
  void unschedule() noexcept;

  /// Called once when its time has come, already out of the queue: it may schedule itself again or destroy
  /// itself.
  virtual void fire() = 0;

 protected:
  virtual ~Event();

 private:
  friend EventQueue;
  EventQueue* queue_ = nullptr;
  std::size_t place_ = 0;
};

/// Events that are scheduled when the queue dies are left unscheduled; it never owns them.
class EventQueue {
 public:
  EventQueue() = default;
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;
  ~EventQueue();

  /// Schedules, or moves, `event`. No two scheduled events may have the same key.
  void schedule(Event& event, const EventKey& key);

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] std::size_t size() const { return heap_.size(); }
  /// The next key; the queue must not be empty.
  [[nodiscard]] const EventKey& next() const { return heap_.front().key; }
  /// Takes the next event out and returns it; the queue must not be empty.
  Event& pop();

 private:
  friend Event;
  struct Entry {
    EventKey key;
    Event* event;
  };
  void put(std::size_t place, const Entry& entry) {
    heap_[place] = entry;
    entry.event->place_ = place;
  }
  void sift_up(std::size_t place, const Entry& entry);
  std::size_t sink_gap(std::size_t place);
  void remove(std::size_t place) noexcept;

  std::vector<Entry> heap_;
};

}  // namespace tutti
