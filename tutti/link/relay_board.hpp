// A relay directory by broadcast: a peer that everybody can reach offers itself to all, as long as it has
// links to spare; each passes on what is new to it, and forgets offers that are not renewed.
#pragma once

#include <map>
#include <optional>

#include "tutti/base/token_bucket.hpp"
#include "tutti/link/introductions.hpp"
#include "tutti/link/relay_directory.hpp"

namespace tutti {

/// To all, passed on by neighbours: that peer relays for others.
struct RelayOffer {
  PeerId relay;
  SignedLinkAddress address{};
};
template <>
struct MessageTraits<RelayOffer> {
  static constexpr MessageId id{0x000d};
};

struct RelayBoardOptions {
  /// Whether this peer offers itself when others can reach it.
  bool offer = true;
  /// With more links it does not.
  std::size_t links_max = 128;
};

class RelayBoard final : public Peerlet, public RelayDirectory {
 public:
  /// Between two looks at the own situation, in the mean.
  static constexpr Duration period = std::chrono::seconds(10);
  /// An offer is said again after this, and passed on again no sooner than half of it.
  static constexpr Duration renewal = std::chrono::minutes(2);
  static constexpr Duration lifetime = std::chrono::minutes(5);
  /// Offers remembered. Beyond, those last in a ranking of this peer's go: it has no need of them, and others
  /// rank differently.
  static constexpr std::size_t offers_max = 64;
  /// Of one neighbour, all others' offers together: each costs the check of a signature.
  static constexpr RateLimit rate{.rate = 2, .burst = 2 * offers_max};

  explicit RelayBoard(const RelayBoardOptions& options = {}) : options_(options) {}

  void init(Peer& peer) override;
  void find_others(Peer& peer) override;
  void start() override { look_later(); }
  void stop() override { timer_.reset(); }
  void link_up(PeerId peer) override;
  void link_down(PeerId peer) override { rates_.erase(peer); }
  /// On the relays of this peer.
  [[nodiscard]] bool insists_on(PeerId peer) const override;

  [[nodiscard]] std::vector<LinkTarget> relays_of(PeerId peer) const override;
  [[nodiscard]] std::size_t known() const { return offers_.size(); }

  void offered(PeerId from, const RelayOffer& offer);
  static constexpr auto handlers = tutti::handlers<&RelayBoard::offered>;

 private:
  struct Known {
    SignedLinkAddress signed_address;
    Endpoint place;
    TimePoint heard;
  };

  void look();
  void look_later();
  void offer_if_able();
  void link_with_relays();
  void remember(PeerId relay, const SignedLinkAddress& address, const Endpoint& place);

  RelayBoardOptions options_;
  Peer* peer_ = nullptr;
  LinkManager* links_ = nullptr;
  Introductions* introductions_ = nullptr;
  measure::Counter heard_;
  measure::Counter refused_;
  std::optional<TimePoint> offered_at_;
  std::map<PeerId, Known> offers_;
  std::map<PeerId, TokenBucket> rates_;
  std::optional<Timer> timer_;
};

}  // namespace tutti
