#include "tutti/link/direct_carrier.hpp"

namespace tutti {

void DirectCarrier::init(Peer& peer) {
  peer_ = &peer;
  peer.set_carrier(*this);
}

bool DirectCarrier::send(PeerId to, const Envelope& message, Priority) {
  network_.send(node_, network_.node_of(to), message, true);
  return true;
}

bool DirectCarrier::send_unreliable(PeerId to, const Envelope& message) {
  network_.send(node_, network_.node_of(to), message, false);
  return true;
}

void DirectCarrier::disconnect(PeerId culprit, std::string_view why) {
  peer_->log()(LogLevel::warning, "{} breaks a rule: {}", culprit.text(), why);
}

void DirectCarrier::message_received(PeerId from, const Received& message) {
  if (const auto delivered = peer_->deliver(from, message); !delivered)
    disconnect(from, describe(delivered.error()));
}

}  // namespace tutti
