#include "tutti/runtime/sim_runtime.hpp"

#include <algorithm>

namespace tutti {

SimRuntime::SimRuntime(Simulator& simulator, std::uint32_t node)
    : simulator_(simulator), random_(Random::keyed({simulator.seed(), node})), node_(node) {}

TimePoint SimRuntime::now() const noexcept {
  return simulator_.now();
}

void SimRuntime::schedule(Event& event, TimePoint at) {
  simulator_.schedule(event, at, node_, node_);
}

Simulator::Simulator(std::uint64_t seed) : seed_(seed) {}

SimRuntime& Simulator::add_node() {
  return *nodes_.emplace_back(std::make_unique<SimRuntime>(*this, node_count()));
}

void Simulator::schedule(Event& event, TimePoint at, std::uint32_t target, std::uint32_t source) {
  queue_.schedule(event, {std::max(at, now_), target, source, nodes_[source]->sequence_++});
}

bool Simulator::step() {
  if (queue_.empty()) return false;
  const EventKey key = queue_.next();
  now_ = key.at;
  trace_.add(static_cast<std::uint64_t>(key.at.time_since_epoch().count()));
  trace_.add(std::uint64_t{key.target} << 32 | key.source);
  trace_.add(key.sequence);
  ++event_count_;
  queue_.pop().fire();
  return true;
}

void Simulator::run_until(TimePoint then) {
  while (!queue_.empty() && queue_.next().at <= then) step();
  now_ = std::max(now_, then);
}

}  // namespace tutti
