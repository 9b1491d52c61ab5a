#include "tutti/runtime/event_queue.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "tutti/base/require.hpp"

namespace tutti {
namespace {

/// What a new rung's bags hold on average: few, since more will come into them before it is their turn.
constexpr std::size_t bag_events = 4;
/// Near takes a bag of as many.
constexpr std::size_t load_max = 32;
constexpr std::size_t bags_max = 4096;
/// With fewer events than this, what they touch stays in the cache.
constexpr std::size_t prefetched_from = 4096;
/// The first moment and the last, so that the span between them and one more are no overflow.
constexpr TimePoint beginning{};
constexpr TimePoint never = TimePoint::max() - Duration(1);
constexpr std::size_t rungs_max = 8;

/// The order of near, and of the heap late, whose first is the earliest.
constexpr auto is_after = [](const EventEntry& one, const EventEntry& other) { return other.before(one); };

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
  const auto release = [](const EventEntry& entry) { entry.event->queue_ = nullptr; };
  std::ranges::for_each(near_, release);
  std::ranges::for_each(late_, release);
  far_.for_each(release);
  for (auto& rung : rungs_)
    for (auto& bag : rung->bags) bag.for_each(release);
}

void EventQueue::schedule(Event& event, const EventKey& key) {
  require(event.queue_ == nullptr || event.queue_ == this, "an event is in one queue at a time");
  if (event.queue_ != nullptr) remove(event);
  event.queue_ = this;
  event.at_ = std::clamp(key.at, beginning, never);
  event.sequence_ = key.sequence;
  if (size_++ == 0) {
    near_end_ = event.at_ + Duration(1);
    far_begin_ = TimePoint::max();
    far_end_ = TimePoint::min();
    while (!rungs_.empty()) retire_rung();
  }
  insert({event.at_, key.target, key.source, &event});
}

void EventQueue::insert(const EventEntry& entry) {
  if (entry.at < near_end_) return insert_near(entry);
  auto& bag = bag_of(entry.at);
  entry.event->entry_ = bag.add(entry, store_);
  if (&bag != &far_) return;
  far_begin_ = std::min(far_begin_, entry.at);
  far_end_ = std::max(far_end_, entry.at + Duration(1));
}

EventBag& EventQueue::bag_of(TimePoint at) {
  for (auto rung = rungs_.rbegin(); rung != rungs_.rend(); ++rung)
    if (at < (*rung)->end) return (*rung)->bag_of(at);
  return far_;
}

Event& EventQueue::pop() {
  require(!empty(), "pop() takes from a queue that is not empty");
  Event& event = *near_.back().event;
  near_.pop_back();
  event.queue_ = nullptr;
  --size_;
  if (near_.empty() || !late_.empty()) settle();
  return event;
}

void EventQueue::remove(Event& event) noexcept {
  --size_;
  if (event.at_ < near_end_) return remove_near(event);
  auto& bag = bag_of(event.at_);
  // Far may be too large to be looked through, and what is there has not been moved since it came.
  auto* place = &bag == &far_ ? event.entry_ : bag.find(event);
  if (auto* moved = bag.remove(place, store_)) moved->event->entry_ = moved;
}

// ---- near and late

void EventQueue::insert_near(const EventEntry& entry) {
  if (near_.empty() || entry.before(near_.back())) return near_.push_back(entry);
  late_.push_back(entry);
  std::ranges::push_heap(late_, is_after);
  if (late_.size() > late_limit_) spill();
}

void EventQueue::remove_near(const Event& event) noexcept {
  const auto is_event = [&](const EventEntry& entry) { return entry.event == &event; };
  if (const auto found = std::ranges::find_if(near_, is_event); found != near_.end()) {
    near_.erase(found);
    return settle();
  }
  *std::ranges::find_if(late_, is_event) = late_.back();
  late_.pop_back();
  std::ranges::make_heap(late_, is_after);
}

void EventQueue::settle() {
  if (late_.empty() && near_.empty() && size_ > 0) refill();
  if (late_.empty() || (!near_.empty() && near_.back().before(late_.front()))) return;
  near_.push_back(late_.front());
  std::ranges::pop_heap(late_, is_after);
  late_.pop_back();
}

void EventQueue::spill() {
  const TimePoint soonest = near_.back().at;
  EventBag all;
  for (auto* entries : {&near_, &late_}) {
    for (const auto& entry : *entries) all.add(entry, store_);
    entries->clear();
  }
  add_rung(all, soonest, near_end_);
  near_end_ = soonest;
  refill();
  // Many of one moment stay together: they are a good heap of any size.
  late_limit_ = std::max(late_max, 2 * near_.size());
}

// ---- rungs

void EventQueue::refill() {
  while (near_.empty()) {
    if (rungs_.empty()) {
      near_end_ = std::exchange(far_begin_, TimePoint::max());
      add_rung(far_, near_end_, std::exchange(far_end_, TimePoint::min()));
      continue;
    }
    auto& rung = *rungs_.back();
    if (rung.next == rung.count) {
      near_end_ = rung.end;
      retire_rung();
      continue;
    }
    const std::size_t index = rung.next++;
    auto& bag = rung.bags[index];
    if (size_ > prefetched_from) prefetch_after(rung, index);
    const TimePoint end = rung.begin_of(index + 1);
    near_end_ = rung.begin_of(index);
    if (rung.shift > 0 && rungs_.size() < rungs_max && bag.size() > load_max)
      add_rung(bag, near_end_, end);
    else
      load(bag, end);
  }
}

void EventQueue::load(EventBag& bag, TimePoint end) {
  near_end_ = end;
  bag.take_each(store_, [&](const EventEntry& entry) { near_.push_back(entry); });
  std::ranges::sort(near_, is_after);
  if (size_ <= prefetched_from) return;
  for (const auto& entry : near_) entry.event->prefetch();
  for (const auto& entry : near_) entry.event->prefetch_further();
}

void EventQueue::prefetch_after(const Rung& rung, std::size_t bag) {
  if (bag + 1 < rung.count)
    rung.bags[bag + 1].for_each([](const EventEntry& entry) { __builtin_prefetch(entry.event); });
  if (bag + 2 < rung.count) rung.bags[bag + 2].prefetch();
}

void EventQueue::retire_rung() {
  spare_.push_back(std::move(rungs_.back()));
  rungs_.pop_back();
}

/// Empties `bag`, all of it within [start, end), into a new finest rung that covers that span.
void EventQueue::add_rung(EventBag& bag, TimePoint start, TimePoint end) {
  if (spare_.empty()) spare_.push_back(std::make_unique<Rung>());
  auto rung = std::move(spare_.back());
  spare_.pop_back();
  const auto span = static_cast<std::uint64_t>((end - start).count());
  const auto wanted = std::clamp<std::uint64_t>(bag.size() / bag_events, 1, bags_max);
  rung->start = start;
  rung->end = end;
  rung->shift = static_cast<int>(std::bit_width((span - 1) / wanted));
  rung->next = 0;
  rung->count = static_cast<std::size_t>(((span - 1) >> rung->shift) + 1);
  if (rung->bags.size() < rung->count) rung->bags.resize(rung->count);
  bag.take_each(store_, [&](const EventEntry& entry) { rung->bag_of(entry.at).add(entry, store_); });
  rungs_.push_back(std::move(rung));
}

}  // namespace tutti
