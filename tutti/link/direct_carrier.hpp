// A carrier without links, for the laboratory: every peer reaches every other by its id alone. For
// experiments with protocols that do not care about links, at sizes where a link a pair would be most of the
// memory.
//
// Messages may overtake each other. Priorities mean nothing, for nothing ever waits.
#pragma once

#include "tutti/net/virtual/virtual_network.hpp"
#include "tutti/peer/peer.hpp"

namespace tutti {

class DirectCarrier final : public Peerlet, public Carrier, private VirtualNetwork::Inbox {
 public:
  /// For the peer that lives on `node` and is named as VirtualNetwork::peer_id() names it. The network
  /// outlives it.
  DirectCarrier(VirtualNetwork& network, std::uint32_t node) : network_(network), node_(node) {}

  void init(Peer& peer) override;
  void start() override { network_.set_inbox(node_, this); }
  void stop() override { network_.set_inbox(node_, nullptr); }

  /// Always true: nobody knows whether the other peer is there.
  bool send(PeerId to, const Envelope& message, Priority priority) override;
  bool send_unreliable(PeerId to, const Envelope& message) override;
  [[nodiscard]] std::size_t queue_bytes(PeerId, Priority) const override { return 0; }
  /// Says so in the log and does no more: there is no link to end.
  void disconnect(PeerId culprit, std::string_view why) override;

 private:
  void message_received(PeerId from, const Received& message) override;

  VirtualNetwork& network_;
  Peer* peer_ = nullptr;
  std::uint32_t node_;
};

}  // namespace tutti
