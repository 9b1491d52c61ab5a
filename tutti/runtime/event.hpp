// Something that will happen. An event is a member of whoever waits for it: scheduling it allocates nothing,
// and an event that is destroyed leaves its queue, so it can never fire into freed memory.
#pragma once

#include <cstdint>

#include "tutti/base/time.hpp"

namespace tutti {

class Event;
class EventQueue;

/// When an event happens, and its place among those of the same moment: nothing but these numbers decides the
/// order, so that it is the same in every run.
struct EventKey {
  TimePoint at;
  std::uint32_t target = 0;    ///< the node it happens to
  std::uint32_t source = 0;    ///< the node that caused it
  std::uint64_t sequence = 0;  ///< counts what that source caused

  constexpr bool operator==(const EventKey&) const = default;
  constexpr auto operator<=>(const EventKey&) const = default;
};

/// A scheduled event as its queue moves it about: without the sequence, which the event keeps and which
/// decides but rarely.
struct EventEntry {
  TimePoint at;
  std::uint32_t target = 0;
  std::uint32_t source = 0;
  Event* event = nullptr;

  /// As EventKey orders them. Written out: most comparisons are decided by the time, and this is the
  /// simulator's innermost loop.
  [[nodiscard]] inline bool before(const EventEntry& other) const;
  [[nodiscard]] inline EventKey key() const;
};

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

  /// Called a little earlier, where there are so many events that what they touch is hardly ever in the
  /// processor's cache. Asks for what it has pointers to with __builtin_prefetch, and does nothing else: with
  /// many events asked in turn the memory answers them together.
  virtual void prefetch() const {}
  /// Called after that: asks for what lies behind those pointers.
  virtual void prefetch_further() const {}

 protected:
  virtual ~Event();

 private:
  friend EventEntry;
  friend EventQueue;
  EventQueue* queue_ = nullptr;
  TimePoint at_;
  std::uint64_t sequence_ = 0;
  EventEntry* entry_ = nullptr;  // where its queue put it first; later perhaps elsewhere
};

inline bool EventEntry::before(const EventEntry& other) const {
  if (at != other.at) [[likely]]
    return at < other.at;
  if (target != other.target) return target < other.target;
  if (source != other.source) return source < other.source;
  return event->sequence_ < other.event->sequence_;
}

inline EventKey EventEntry::key() const {
  return {at, target, source, event->sequence_};
}

}  // namespace tutti
