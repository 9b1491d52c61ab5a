// Gives back links that nobody needs. No overlay closes a link, for another may want it; they share it. But
// when a peer has more links than it should keep and one has been idle, all its peerlets are asked whether
// one of them insists on it (Peerlet::insists_on). If none does, the neighbour is told; if none of its own
// insists either, it closes the link, and all on both sides hear that it is down.
//
// What the link floor itself says over a link, where a neighbour is and whom it knows, is not use.
#pragma once

#include <optional>

#include "tutti/link/link_manager.hpp"
#include "tutti/peer/peer.hpp"

namespace tutti {

/// To a neighbour: I have no need of our link. If you have none either, close it.
struct Release {};
template <>
struct MessageTraits<Release> {
  static constexpr MessageId id{0x000a};
};

struct LinkCollectorOptions {
  /// Only more links than so many are given back.
  std::size_t kept = 64;
  /// A link that has not been used for this long, and for less than twice as long, is idle.
  Duration idle = std::chrono::seconds(60);
};

class LinkCollector final : public Peerlet {
 public:
  explicit LinkCollector(const LinkCollectorOptions& options = {}) : options_(options) {}

  void init(Peer& peer) override;
  void find_others(Peer& peer) override { links_ = peer.find<LinkManager>(); }
  void stop() override { sweeper_.reset(); }
  void link_up(PeerId peer) override;

  void release_received(PeerId from, const Release& message);
  static constexpr auto handlers = tutti::handlers<&LinkCollector::release_received>;

 private:
  void sweep();

  LinkCollectorOptions options_;
  Peer* peer_ = nullptr;
  LinkManager* links_ = nullptr;
  measure::Counter offered_;
  std::optional<Timer> sweeper_;
};

}  // namespace tutti
