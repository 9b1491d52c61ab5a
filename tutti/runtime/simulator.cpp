#include "tutti/runtime/simulator.hpp"

#include <algorithm>
#include <barrier>
#include <thread>

#include "tutti/base/require.hpp"

namespace tutti {

Simulator::Simulator(std::uint64_t seed, unsigned shards) : seed_(seed) {
  require(shards >= 1 && shards <= shards_max, "a simulation has a shard and not too many");
  for (unsigned i = 0; i < shards; ++i) shards_.push_back(std::make_unique<Shard>(shards));
}

Simulator::~Simulator() = default;

SimRuntime& Simulator::add_node() {
  const auto index = node_count();
  return nodes_.emplace_back(*shards_[shard_of(index)], seed_, index, logs_.back());
}

void Simulator::schedule(Event& event, TimePoint at, std::uint32_t target, std::uint32_t source) {
  auto& here = *shards_[shard_of(source)];
  const EventKey key{std::max(at, here.now()), target, source, nodes_[source].sequence_++};
  const auto there = shard_of(target);
  if (!window_end_ || there == shard_of(source)) return shards_[there]->schedule(event, key);
  require(key.at >= *window_end_, "nothing reaches another node sooner than the lookahead");
  here.keep_for(there, event, key);
}

void Simulator::step(Shard& shard) {
  const EventKey key = shard.queue().next();
  auto& trace = nodes_[key.target].trace_;
  trace.add(static_cast<std::uint64_t>(key.at.time_since_epoch().count()));
  trace.add(std::uint64_t{key.source} << 32 ^ key.sequence);
  shard.pop().fire();
}

void Simulator::run_until(TimePoint then) {
  if (shards_.size() > 1 && lookahead_ > Duration::zero())
    run_in_windows(then);
  else
    run_in_turns(then);
  now_ = std::max(now_, then);
  for (auto& shard : shards_) shard->set_now(now_);
}

void Simulator::run_in_turns(TimePoint then) {
  if (shards_.size() == 1) {
    auto& shard = *shards_.front();
    while (shard.next_at() <= then) {
      now_ = shard.next_at();
      step(shard);
    }
    return;
  }
  for (;;) {
    Shard* first = nullptr;
    for (auto& shard : shards_)
      if (!shard->queue().empty() && (first == nullptr || shard->queue().next() < first->queue().next()))
        first = shard.get();
    if (first == nullptr || first->next_at() > then) return;
    now_ = first->next_at();
    for (auto& shard : shards_) shard->set_now(now_);
    step(*first);
  }
}

void Simulator::run_in_windows(TimePoint then) {
  // What follows is the same for every shard: work through the window; wait until all have, then take over
  // what the others sent; wait until all have, and agree on the next window.
  bool done = false;
  const auto next_window = [&]() noexcept {
    const TimePoint next = next_event_at();
    done = next > then;
    if (!done) window_end_ = std::min(next + lookahead_, then + Duration(1));
  };
  next_window();
  const auto count = static_cast<std::ptrdiff_t>(shards_.size());
  std::barrier worked(count);
  std::barrier collected(count, next_window);
  const auto work = [&](unsigned self) {
    auto& shard = *shards_[self];
    while (!done) {
      while (shard.next_at() < *window_end_) step(shard);
      worked.arrive_and_wait();
      for (auto& other : shards_) shard.collect(*other, self);
      collected.arrive_and_wait();
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned i = 1; i < shards_.size(); ++i) threads.emplace_back(work, i);
  work(0);
  threads.clear();
  window_end_.reset();
}

TimePoint Simulator::next_event_at() const {
  auto next = TimePoint::max();
  for (const auto& shard : shards_) next = std::min(next, shard->next_at());
  return next;
}

std::uint64_t Simulator::event_count() const {
  std::uint64_t sum = 0;
  for (const auto& shard : shards_) sum += shard->event_count();
  return sum;
}

std::uint64_t Simulator::trace_hash() const {
  RunningHash hash;
  for (std::uint32_t i = 0; i < node_count(); ++i) hash.add(nodes_[i].trace_.value());
  return hash.value();
}

}  // namespace tutti
