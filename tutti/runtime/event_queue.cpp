#include "tutti/runtime/event_queue.hpp"

#include <algorithm>

#include "tutti/base/require.hpp"

namespace tutti {
namespace {
constexpr std::size_t arity = 4;
}

Event::~Event() {
  unschedule();
}

void Event::unschedule() noexcept {
  if (queue_ == nullptr) return;
  queue_->remove(place_);
  queue_ = nullptr;
}

EventQueue::~EventQueue() {
  for (auto& entry : heap_) entry.event->queue_ = nullptr;
}

void EventQueue::schedule(Event& event, const EventKey& key) {
  require(event.queue_ == nullptr || event.queue_ == this, "an event is in one queue at a time");
  if (event.queue_ != nullptr) remove(event.place_);
  event.queue_ = this;
  heap_.emplace_back();
  sift_up(heap_.size() - 1, {key, &event});
}

Event& EventQueue::pop() {
  require(!heap_.empty(), "pop() takes from a queue that is not empty");
  Event& event = *heap_.front().event;
  remove(0);
  event.queue_ = nullptr;
  return event;
}

void EventQueue::remove(std::size_t place) noexcept {
  const Entry last = heap_.back();
  heap_.pop_back();
  if (place == heap_.size()) return;
  // The last entry belongs near the bottom nearly always: let the gap sink there without comparing with it,
  // and rise from there (Wegener, "Bottom-up heapsort", 1993).
  sift_up(sink_gap(place), last);
}

void EventQueue::sift_up(std::size_t place, const Entry& entry) {
  while (place > 0) {
    const std::size_t parent = (place - 1) / arity;
    if (heap_[parent].key < entry.key) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, entry);
}

std::size_t EventQueue::sink_gap(std::size_t place) {
  for (;;) {
    const std::size_t first = place * arity + 1;
    if (first >= heap_.size()) return place;
    std::size_t least = first;
    for (std::size_t child = first + 1; child < std::min(first + arity, heap_.size()); ++child)
      if (heap_[child].key < heap_[least].key) least = child;
    put(place, heap_[least]);
    place = least;
  }
}

}  // namespace tutti
