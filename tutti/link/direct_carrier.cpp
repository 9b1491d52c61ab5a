#include "tutti/link/direct_carrier.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace tutti {

void DirectCarrier::init(Peer& peer) {
  peer_ = &peer;
  peer.set_carrier(*this);
  expired_ = peer.measure().counter("link.expired");
}

DirectCarrier::Queues::Queues(DirectCarrier& carrier)
    : relief(carrier.peer_->runtime(), [&carrier] { carrier.relieve(); }) {}

bool DirectCarrier::send(PeerId to, const Envelope& message, Priority priority, Duration useful) {
  auto* queue = queue_to(to);
  if (queue != nullptr && queue->path.backlog(network_.now_of(node_)) > useful) {
    expired_.add();
    return true;
  }
  network_.send(node_, network_.node_of(to), message, true, queue != nullptr ? &queue->path : nullptr);
  if (queue == nullptr || writable(to, priority)) return true;
  if (!std::exchange(queue->crowded[static_cast<std::size_t>(priority)], true)) await_relief();
  return true;
}

bool DirectCarrier::send_unreliable(PeerId to, const Envelope& message) {
  auto* queue = queue_to(to);
  network_.send(node_, network_.node_of(to), message, false, queue != nullptr ? &queue->path : nullptr);
  return true;
}

std::optional<Bandwidth> DirectCarrier::bandwidth_to(PeerId to) const {
  return network_.model().bandwidth(
      {.source = node_, .target = network_.node_of(to), .sent = network_.now_of(node_)});
}

DirectCarrier::Queue* DirectCarrier::queue_to(PeerId to) {
  if (!bandwidth_to(to)) return nullptr;
  if (!queues_) queues_ = std::make_unique<Queues>(*this);
  if (queues_->to.size() >= queues_->cleared_at) {
    std::erase_if(queues_->to, [now = network_.now_of(node_)](const auto& each) {
      return each.second.path.backlog(now) == Duration::zero() &&
             std::ranges::find(each.second.crowded, true) == each.second.crowded.end();
    });
    queues_->cleared_at = std::max(queues_->cleared_at, 2 * queues_->to.size());
  }
  return &queues_->to[to];
}

std::size_t DirectCarrier::queue_bytes(PeerId to, Priority) const {
  if (!queues_) return 0;
  const auto queue = queues_->to.find(to);
  const auto bandwidth = bandwidth_to(to);
  return queue == queues_->to.end() || !bandwidth
             ? 0
             : queue->second.path.backlog_bytes(network_.now_of(node_), *bandwidth);
}

bool DirectCarrier::writable(PeerId to, Priority priority) const {
  return queue_bytes(to, priority) <= unsent_bytes_low;
}

void DirectCarrier::relieve() {
  std::vector<std::pair<PeerId, Priority>> relieved;
  for (auto& [to, queue] : queues_->to)
    for (const auto priority : {Priority::high, Priority::medium, Priority::low})
      if (auto& crowded = queue.crowded[static_cast<std::size_t>(priority)];
          crowded && writable(to, priority)) {
        crowded = false;
        relieved.emplace_back(to, priority);
      }
  await_relief();
  for (const auto& [to, priority] : relieved) peer_->writable_again(to, priority);
}

void DirectCarrier::await_relief() {
  const TimePoint now = network_.now_of(node_);
  auto soonest = Duration::max();
  for (const auto& [to, queue] : queues_->to) {
    if (std::ranges::find(queue.crowded, true) == queue.crowded.end()) continue;
    const auto bandwidth = bandwidth_to(to);
    soonest = std::min(soonest, bandwidth ? queue.path.time_until_backlog(now, unsent_bytes_low, *bandwidth)
                                          : Duration::zero());
  }
  // The node's own clock may gain on the network's, and would stand still before the moment otherwise.
  if (soonest != Duration::max()) queues_->relief.arm(soonest + std::chrono::microseconds(1));
}

void DirectCarrier::disconnect(PeerId culprit, std::string_view why) {
  peer_->log()(LogLevel::warning, "{} breaks a rule: {}", culprit.text(), why);
}

void DirectCarrier::message_received(PeerId from, const Received& message) {
  if (const auto delivered = peer_->deliver(from, message); !delivered)
    disconnect(from, describe(delivered.error()));
}

}  // namespace tutti
