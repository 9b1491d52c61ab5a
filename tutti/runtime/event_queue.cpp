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
  if (place > 0 && last.key < heap_[(place - 1) / arity].key)
    sift_up(place, last);
  else
    sift_down(place, last);
}

void EventQueue::put(std::size_t place, const Entry& entry) {
  heap_[place] = entry;
  entry.event->place_ = place;
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

void EventQueue::sift_down(std::size_t place, const Entry& entry) {
  for (;;) {
    const std::size_t first = place * arity + 1;
    if (first >= heap_.size()) break;
    std::size_t least = first;
    for (std::size_t child = first + 1; child < std::min(first + arity, heap_.size()); ++child)
      if (heap_[child].key < heap_[least].key) least = child;
    if (entry.key < heap_[least].key) break;
    put(place, heap_[least]);
    place = least;
  }
  put(place, entry);
}

}  // namespace tutti
