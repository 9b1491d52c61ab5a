// What will happen, in a total order. An event is a member of whoever waits for it: scheduling allocates
// nothing but the queue's own room, and an event that is destroyed leaves the queue, so it can never fire
// into freed memory.
//
// A ladder queue (Tang, Goh, Thng, "Ladder Queue", ACM TOMACS 2005): only what happens next is kept in order.
//
//   near                 a heap of some dozen events, in the processor's cache
//   rungs                buckets of equal spans of time; each bucket of one rung is as long as the next rung
//   far                  whatever comes later, in no order at all
//
// When near is empty the next bucket moves into it, or, if that holds too many, becomes a finer rung; when
// all rungs are used up, far becomes one. So an event is moved a few times, whatever their number, and a
// million of them cost little more than a thousand. A heap of them all, with each event knowing its place so
// that it can be taken out, misses the cache at every step.
//
// An event is taken out from the middle by its time, which says its bucket, and a look through that. Marking
// it dead instead would let dead entries pile up under timers that are rearmed.
#pragma once

#include <cstdint>
#include <memory>
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

  /// Called a little earlier, with `depth` from 0 to prefetch_depth - 1, where there are so many events that
  /// what they touch is hardly ever in the processor's cache. Asks for it with __builtin_prefetch, one
  /// indirection deeper each time, and does nothing else: with many events asked in turn the memory answers
  /// them together.
  virtual void prefetch(unsigned /*depth*/) const {}
  static constexpr unsigned prefetch_depth = 6;

 protected:
  virtual ~Event();

 private:
  friend EventQueue;
  EventQueue* queue_ = nullptr;
  TimePoint at_;
  std::uint32_t place_ = 0;  // in its container when it came there: far's are kept right, others may be stale
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

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// The next key; the queue must not be empty.
  [[nodiscard]] const EventKey& next() const { return near_.front().key; }
  /// Takes the next event out and returns it; the queue must not be empty.
  Event& pop();

 private:
  friend Event;
  struct Entry {
    EventKey key;
    Event* event;
  };
  using Entries = std::vector<Entry>;

  /// Beyond, near is too slow to be looked through.
  static constexpr std::size_t near_max = 512;

  /// Buckets of 2^shift nanoseconds each, from `start` on; those before `next` are used up.
  struct Rung {
    TimePoint start;
    TimePoint end;  // perhaps within the last bucket's span
    int shift = 0;
    std::size_t next = 0;
    std::size_t count = 0;
    std::vector<Entries> buckets;

    [[nodiscard]] TimePoint begin_of(std::size_t bucket) const {
      return start + Duration(static_cast<std::int64_t>(bucket) << shift);
    }
    [[nodiscard]] Entries& bucket_of(TimePoint at) {
      return buckets[static_cast<std::size_t>((at - start).count() >> shift)];
    }
  };

  void insert(const Entry& entry);
  void push_near(const Entry& entry);
  void sift_up(std::size_t place, const Entry& entry);
  std::size_t sink_gap(std::size_t place);
  void remove(Event& event) noexcept;
  void remove_near(std::size_t place);
  /// Moves events nearer until near holds some, if there are any.
  void settle();
  void load(Entries& entries, TimePoint end);
  void add_rung(Entries& entries, TimePoint start, TimePoint end);
  void retire_rung();
  /// Sends the later half of near away.
  void spill();

  // invariant: near < near_end_ <= rungs, from the last (finest) to the first <= far; near holds some unless
  // the queue is empty.
  Entries near_;
  std::size_t near_limit_ = near_max;
  TimePoint near_end_ = TimePoint::min();
  std::vector<std::unique_ptr<Rung>> rungs_;
  std::vector<std::unique_ptr<Rung>> spare_;  // to use their room again
  Entries far_;
  std::size_t size_ = 0;
};

}  // namespace tutti
