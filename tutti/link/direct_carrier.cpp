#include "tutti/link/direct_carrier.hpp"

#include <algorithm>

namespace tutti {

void DirectCarrier::init(Peer& peer) {
  peer_ = &peer;
  peer.set_carrier(*this);
}

bool DirectCarrier::send(PeerId to, const Envelope& message, Priority) {
  return send(to, message, true);
}

bool DirectCarrier::send_unreliable(PeerId to, const Envelope& message) {
  return send(to, message, false);
}

bool DirectCarrier::send(PeerId to, const Envelope& message, bool reliable) {
  const auto target = network_.node_of(to);
  network_.send(node_, target, message, reliable, queue_to(target));
  return true;
}

std::optional<Bandwidth> DirectCarrier::bandwidth_to(std::uint32_t target) const {
  return network_.model().bandwidth({.source = node_, .target = target, .sent = network_.now_of(node_)});
}

PathQueue* DirectCarrier::queue_to(std::uint32_t target) {
  if (!bandwidth_to(target)) return nullptr;
  if (!queues_) queues_ = std::make_unique<Queues>();
  if (queues_->to.size() >= queues_->cleared_at) {
    std::erase_if(queues_->to, [now = network_.now_of(node_)](const auto& each) {
      return each.second.backlog(now) == Duration::zero();
    });
    queues_->cleared_at = std::max(queues_->cleared_at, 2 * queues_->to.size());
  }
  return &queues_->to[target];
}

std::size_t DirectCarrier::queue_bytes(PeerId to, Priority) const {
  if (!queues_) return 0;
  const auto target = network_.node_of(to);
  const auto queue = queues_->to.find(target);
  const auto bandwidth = bandwidth_to(target);
  return queue == queues_->to.end() || !bandwidth
             ? 0
             : queue->second.backlog_bytes(network_.now_of(node_), *bandwidth);
}

void DirectCarrier::disconnect(PeerId culprit, std::string_view why) {
  peer_->log()(LogLevel::warning, "{} breaks a rule: {}", culprit.text(), why);
}

void DirectCarrier::message_received(PeerId from, const Received& message) {
  if (const auto delivered = peer_->deliver(from, message); !delivered)
    disconnect(from, describe(delivered.error()));
}

}  // namespace tutti
