// What will happen, in a total order.
//
// A ladder queue (Tang, Goh, Thng, "Ladder Queue", ACM TOMACS 2005): only what happens next is kept in order.
//
//   near                 some dozen events in their order, the next one last
//   late                 a heap of those that came when near was in order already and belong among its events
//   rungs                bags of equal spans of time; each bag of one rung is as long as the next rung
//   far                  whatever comes later, in one bag
//
// When near and late are empty the next bag moves into near, or, if that holds too many, becomes a finer
// rung; when all rungs are used up, far becomes one. So an event is moved a few times, whatever their number,
// and a million of them cost little more than a thousand. A heap of them all, with each event knowing its
// place so that it can be taken out, misses the cache at every step.
//
// An event is taken out from the middle by its time, which says its bag, and a look through that. Marking it
// dead instead would let dead entries pile up under timers that are rearmed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "tutti/runtime/event_bag.hpp"

namespace tutti {

/// Events that are scheduled when the queue dies are left unscheduled; it never owns them.
class EventQueue {
 public:
  EventQueue() = default;
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;
  ~EventQueue();

  /// Schedules, or moves, `event`. No two scheduled events may have the same key. A moment before time's
  /// origin counts as that.
  void schedule(Event& event, const EventKey& key);

  [[nodiscard]] bool empty() const { return near_.empty(); }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// When the next event happens; the queue must not be empty.
  [[nodiscard]] TimePoint next_at() const { return near_.back().at; }
  /// The next key; the queue must not be empty.
  [[nodiscard]] EventKey next() const { return near_.back().key(); }
  /// Takes the next event out and returns it; the queue must not be empty.
  Event& pop();

 private:
  friend Event;

  /// Beyond, late becomes a rung.
  static constexpr std::size_t late_max = 32;

  /// Bags of 2^shift nanoseconds each, from `start` on; those before `next` are used up.
  struct Rung {
    TimePoint start;
    TimePoint end;  // perhaps within the last bag's span
    int shift = 0;
    std::size_t next = 0;
    std::size_t count = 0;
    std::vector<EventBag> bags;

    /// Where a bag begins, or the one before it ends.
    [[nodiscard]] TimePoint begin_of(std::size_t bag) const {
      const auto span = static_cast<std::uint64_t>((end - start).count());
      return start + Duration(static_cast<std::int64_t>(std::min(std::uint64_t{bag} << shift, span)));
    }
    [[nodiscard]] EventBag& bag_of(TimePoint at) {
      return bags[static_cast<std::size_t>((at - start).count() >> shift)];
    }
  };

  void insert(const EventEntry& entry);
  void insert_near(const EventEntry& entry);
  [[nodiscard]] EventBag& bag_of(TimePoint at);
  void remove(Event& event) noexcept;
  void remove_near(const Event& event) noexcept;
  /// Sees to it that the last of near is the next event.
  void settle();
  /// Moves events nearer until near holds some.
  void refill();
  void load(EventBag& bag, TimePoint end);
  /// Asks for what is in the bag after this one, and for that bag which comes then.
  static void prefetch_after(const Rung& rung, std::size_t bag);
  void add_rung(EventBag& bag, TimePoint start, TimePoint end);
  void retire_rung();
  /// Moves near and late into a rung.
  void spill();

  // invariant: near, late < near_end_ <= rungs, from the last (finest) to the first <= far; the last of near
  // is the next event, and there is one unless the queue is empty.
  std::vector<EventEntry> near_;
  std::vector<EventEntry> late_;
  std::size_t late_limit_ = late_max;
  TimePoint near_end_ = TimePoint::min();
  std::vector<std::unique_ptr<Rung>> rungs_;
  std::vector<std::unique_ptr<Rung>> spare_;  // to use their room again
  EventBag far_;
  TimePoint far_begin_ = TimePoint::max();  // all of far lies from here ...
  TimePoint far_end_ = TimePoint::min();    // ... to before there
  EventBag::Store store_;
  std::size_t size_ = 0;
};

}  // namespace tutti
