#include "tutti/runtime/event_queue.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "tutti/base/require.hpp"

namespace tutti {
namespace {

constexpr std::size_t arity = 4;
/// What a new rung's buckets hold on average; near takes a bucket of up to four times as many.
constexpr std::size_t bucket_events = 32;
constexpr std::size_t load_max = 4 * bucket_events;
constexpr std::size_t buckets_max = 4096;
/// With fewer events than this, what they touch stays in the cache.
constexpr std::size_t prefetched_from = 4096;
/// The last moment there is, so that one more is no overflow.
constexpr TimePoint never = TimePoint::max() - Duration(1);
constexpr std::size_t rungs_max = 8;

}  // namespace

Event::~Event() {
  unschedule();
}

void Event::unschedule() noexcept {
  if (queue_ == nullptr) return;
  queue_->remove(*this);
  queue_ = nullptr;
}

EventQueue::~EventQueue() {
  const auto release = [](Entries& entries) {
    for (auto& entry : entries) entry.event->queue_ = nullptr;
  };
  release(near_);
  release(far_);
  for (auto& rung : rungs_)
    for (auto& bucket : rung->buckets) release(bucket);
}

void EventQueue::schedule(Event& event, const EventKey& key) {
  require(event.queue_ == nullptr || event.queue_ == this, "an event is in one queue at a time");
  if (event.queue_ != nullptr) remove(event);
  event.queue_ = this;
  event.at_ = std::min(key.at, never);
  if (size_++ == 0) {
    near_end_ = event.at_ + Duration(1);
    while (!rungs_.empty()) retire_rung();
  }
  Entry entry{key, &event};
  entry.key.at = event.at_;
  insert(entry);
}

void EventQueue::insert(const Entry& entry) {
  const TimePoint at = entry.key.at;
  if (at < near_end_) {
    push_near(entry);
    if (near_.size() > near_limit_) spill();
    return;
  }
  Entries* container = &far_;
  for (auto rung = rungs_.rbegin(); rung != rungs_.rend(); ++rung) {
    if (at >= (*rung)->end) continue;
    container = &(*rung)->bucket_of(at);
    break;
  }
  entry.event->place_ = static_cast<std::uint32_t>(container->size());
  container->push_back(entry);
}

Event& EventQueue::pop() {
  require(size_ > 0, "pop() takes from a queue that is not empty");
  Event& event = *near_.front().event;
  event.queue_ = nullptr;
  --size_;
  remove_near(0);
  return event;
}

void EventQueue::remove(Event& event) noexcept {
  --size_;
  const auto is_event = [&](const Entry& entry) { return entry.event == &event; };
  if (event.at_ < near_end_) {
    const auto found = std::ranges::find_if(near_, is_event);
    return remove_near(static_cast<std::size_t>(found - near_.begin()));
  }
  Entries* container = &far_;
  for (auto rung = rungs_.rbegin(); rung != rungs_.rend(); ++rung) {
    if (event.at_ >= (*rung)->end) continue;
    container = &(*rung)->bucket_of(event.at_);
    break;
  }
  auto place = container->begin() + event.place_;
  if (event.place_ >= container->size() || !is_event(*place))
    place = std::ranges::find_if(*container, is_event);
  *place = container->back();
  place->event->place_ = static_cast<std::uint32_t>(place - container->begin());
  container->pop_back();
}

// ---- near: a 4-ary heap

void EventQueue::push_near(const Entry& entry) {
  near_.emplace_back();
  sift_up(near_.size() - 1, entry);
}

void EventQueue::remove_near(std::size_t place) {
  const Entry last = near_.back();
  near_.pop_back();
  // The last entry belongs near the bottom nearly always: let the gap sink there without comparing with it,
  // and rise from there (Wegener, "Bottom-up heapsort", 1993).
  if (place < near_.size()) sift_up(sink_gap(place), last);
  if (near_.empty()) settle();
}

void EventQueue::sift_up(std::size_t place, const Entry& entry) {
  while (place > 0) {
    const std::size_t parent = (place - 1) / arity;
    if (near_[parent].key < entry.key) break;
    near_[place] = near_[parent];
    place = parent;
  }
  near_[place] = entry;
}

std::size_t EventQueue::sink_gap(std::size_t place) {
  for (;;) {
    const std::size_t first = place * arity + 1;
    if (first >= near_.size()) return place;
    std::size_t least = first;
    for (std::size_t child = first + 1; child < std::min(first + arity, near_.size()); ++child)
      if (near_[child].key < near_[least].key) least = child;
    near_[place] = near_[least];
    place = least;
  }
}

void EventQueue::spill() {
  auto middle = near_.begin() + static_cast<std::ptrdiff_t>(near_.size() / 2);
  const TimePoint soonest = near_.front().key.at;
  std::ranges::nth_element(near_, middle, {}, [](const Entry& entry) { return entry.key.at; });
  const TimePoint end = middle->key.at;
  // All of one moment stay: near is a good heap of any size.
  if (end > soonest) {
    const auto later = std::ranges::partition(near_, [&](const Entry& entry) { return entry.key.at < end; });
    Entries away(later.begin(), later.end());
    near_.erase(later.begin(), later.end());
    const TimePoint old_end = std::exchange(near_end_, end);
    if (rungs_.empty()) {
      for (const auto& entry : away) insert(entry);
    } else {
      add_rung(away, end, old_end);
    }
  }
  const auto kept = std::exchange(near_, {});
  near_.reserve(kept.capacity());
  for (const auto& entry : kept) push_near(entry);
  near_limit_ = std::max(near_max, 2 * near_.size());
}

// ---- rungs

void EventQueue::settle() {
  while (near_.empty() && size_ > 0) {
    if (rungs_.empty()) {
      const auto [first, last] =
          std::ranges::minmax_element(far_, {}, [](const Entry& entry) { return entry.key.at; });
      const TimePoint start = first->key.at;
      const TimePoint end = last->key.at + Duration(1);
      if (far_.size() > load_max && end - start > Duration(1)) {
        near_end_ = start;
        add_rung(far_, start, end);
      } else {
        load(far_, end);
      }
      continue;
    }
    auto& rung = *rungs_.back();
    if (rung.next == rung.count) {
      near_end_ = rung.end;
      retire_rung();
      continue;
    }
    const std::size_t index = rung.next++;
    auto& bucket = rung.buckets[index];
    const TimePoint end = std::min(rung.begin_of(index + 1), rung.end);
    if (bucket.size() > load_max && rung.shift > 0 && rungs_.size() < rungs_max) {
      near_end_ = rung.begin_of(index);
      add_rung(bucket, rung.begin_of(index), end);
    } else {
      load(bucket, end);
    }
  }
}

void EventQueue::load(Entries& entries, TimePoint end) {
  const bool many = size_ > prefetched_from;
  for (const auto& entry : entries) {
    if (many) __builtin_prefetch(entry.event);
    push_near(entry);
  }
  for (unsigned depth = 0; many && depth < Event::prefetch_depth; ++depth)
    for (const auto& entry : entries) entry.event->prefetch(depth);
  entries.clear();
  near_end_ = end;
}

void EventQueue::retire_rung() {
  spare_.push_back(std::move(rungs_.back()));
  rungs_.pop_back();
}

/// Empties `entries`, all within [start, end), into a new finest rung that covers that span.
void EventQueue::add_rung(Entries& entries, TimePoint start, TimePoint end) {
  if (spare_.empty()) spare_.push_back(std::make_unique<Rung>());
  auto rung = std::move(spare_.back());
  spare_.pop_back();
  const auto span = static_cast<std::uint64_t>((end - start).count());
  const auto wanted = std::clamp<std::uint64_t>(entries.size() / bucket_events, 1, buckets_max);
  rung->start = start;
  rung->end = end;
  rung->shift = static_cast<int>(std::bit_width((span - 1) / wanted));
  rung->next = 0;
  rung->count = static_cast<std::size_t>(((span - 1) >> rung->shift) + 1);
  if (rung->buckets.size() < rung->count) rung->buckets.resize(rung->count);
  for (const auto& entry : entries) rung->bucket_of(entry.key.at).push_back(entry);
  Entries().swap(entries);  // many at once are rare: their room would be idle for most of the time
  rungs_.push_back(std::move(rung));
}

}  // namespace tutti
