// A carrier without links, for the laboratory: every peer reaches every other by its id alone. For
// experiments with protocols that do not care about links, at sizes where a link a pair would be most of the
// memory.
//
// Messages may overtake each other. Priorities mean nothing: what waits for a narrow path waits in one queue,
// and only what is busy is remembered, or a peer that meets all others would remember all of them.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>

#include "tutti/net/model/path_queue.hpp"
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
  bool send(PeerId to, const Envelope& message, Priority priority, Duration useful) override;
  bool send_unreliable(PeerId to, const Envelope& message) override;
  /// Of all priorities together.
  [[nodiscard]] std::size_t queue_bytes(PeerId to, Priority priority) const override;
  [[nodiscard]] bool writable(PeerId to, Priority priority) const override;
  /// Says so in the log and does no more: there is no link to end.
  void disconnect(PeerId culprit, std::string_view why) override;

 private:
  struct Queue {
    PathQueue path;
    std::array<bool, priority_count> crowded{};  // not writable, and the peerlets are to hear when it is
  };
  struct Queues {
    explicit Queues(DirectCarrier& carrier);
    std::map<PeerId, Queue> to;
    std::size_t cleared_at = 64;  // with so many, those that are idle are forgotten
    Timer relief;                 // looks after those that are crowded
  };

  void message_received(PeerId from, const Received& message) override;
  /// Null if nothing ever waits on that path.
  Queue* queue_to(PeerId to);
  /// Tells the peerlets of queues that are no longer crowded.
  void relieve();
  /// Has it done as soon as one of them may be.
  void await_relief();
  [[nodiscard]] std::optional<Bandwidth> bandwidth_to(PeerId to) const;

  VirtualNetwork& network_;
  Peer* peer_ = nullptr;
  measure::Counter expired_;
  std::unique_ptr<Queues> queues_;  // from the first narrow path on
  std::uint32_t node_;
};

}  // namespace tutti
