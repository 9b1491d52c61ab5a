// How peers who do not know each other's place come together: by somebody who is linked with both.
//
//   Ada                 Rita                 Bob
//    | Introduce(Bob)    |                    |
//    |------------------>| Introduction(Ada)  |
//    | Hello, Bob ......>|------------------->|
//    | Introduction(Bob) |                    |    where Rita sees Bob
//    |<------------------|                    |
//    |                   |.. Hello, Bob .....>|    over Rita's relay, at once
//    |                   |    Introduce(Ada)  |
//    | Introduction(Bob) |<-------------------|    where Bob says that he is
//    |<------------------|                    |
//    |<============= checks =================>|    and directly as soon as one is answered
//
// Whoever asks sends along where it may be itself: the endpoints of its interfaces, and those at which its
// neighbours see it; they tell each other when a link comes up (nat_discovery.hpp). The two then meet: see
// net/route/routed_socket.hpp for what follows. If one neighbour does not know the other peer, the next is
// asked. If none does, this peer links with the relays of that one (relay_directory.hpp), who do.
//
// A peer whose network has changed says so to its neighbours: what comes from it shows them where it is now,
// and what they answer shows it how it is seen there.
//
// A link that goes over a relay, or whose way is in doubt, is introduced again from time to time: so it
// becomes direct when it can, and outlives the relay.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tutti/base/token_bucket.hpp"
#include "tutti/link/link_address.hpp"
#include "tutti/link/link_manager.hpp"
#include "tutti/link/nat_discovery.hpp"
#include "tutti/link/relay_directory.hpp"
#include "tutti/net/route/routed_socket.hpp"
#include "tutti/peer/peer.hpp"

namespace tutti {

/// To a neighbour: where I see you.
struct Seen {
  Endpoint place;
};
/// To a neighbour: bring me together with that peer. The other one answers with the same.
struct Introduce {
  MeetingId meeting;
  PeerId to;
  CheckKey key{};
  SignedLinkAddress address{};  ///< of who asks
};
/// To whom somebody wants to meet, or has agreed to.
struct Introduction {
  MeetingId meeting;
  PeerId other;
  CheckKey key{};
  /// What that peer says; nothing before it has been asked.
  std::optional<SignedLinkAddress> address{};
  /// Where who introduces sees that peer itself, not what anybody has told it; nothing if it has no direct
  /// way to it. Nowhere else is probed with many packets.
  std::optional<Endpoint> seen{};
};
/// To who asked: it cannot be done.
struct NotIntroduced {
  MeetingId meeting;
  std::string why;
};
/// To a neighbour: I may be somewhere else now. Where do you see me?
struct Moved {};
template <>
struct MessageTraits<Seen> {
  static constexpr MessageId id{0x0004};
};
template <>
struct MessageTraits<Introduce> {
  static constexpr MessageId id{0x0005};
};
template <>
struct MessageTraits<Introduction> {
  static constexpr MessageId id{0x0006};
};
template <>
struct MessageTraits<NotIntroduced> {
  static constexpr MessageId id{0x0007};
};
template <>
struct MessageTraits<Moved> {
  static constexpr MessageId id{0x0009};
};

struct IntroductionOptions {
  /// Where this peer's socket is on its own networks; asked at each introduction, for interfaces come and go.
  std::function<std::vector<Endpoint>()> internal = [] { return std::vector<Endpoint>{}; };
  /// Where a router has been asked to pass on to this peer's socket; asked at each introduction, too.
  std::function<std::vector<Endpoint>()> mapped = [] { return std::vector<Endpoint>{}; };
  /// Whether to pass on between those whom this peer introduces.
  bool relay = true;
  /// Introductions that one neighbour may ask for, or bring: each makes somebody send packets to places that
  /// others have named.
  RateLimit rate{.rate = 2, .burst = 16};
  /// A neighbour that has not answered by then is given up, and the next is asked.
  Duration patience = std::chrono::seconds(1);
  /// The first pause before a link that is not direct is introduced again, and the longest.
  BackoffOptions again{.first = std::chrono::seconds(5), .longest = std::chrono::seconds(60)};
};

class Introductions final : public Peerlet, public Introducer {
 public:
  /// Endpoints of each kind in an address: more are left out, and ignored.
  static constexpr std::size_t external_max = 3;
  static constexpr std::size_t internal_max = 4;
  static constexpr std::size_t mapped_max = 1;
  static_assert(external_max + internal_max + mapped_max <= Search::named_max, "all of them are checked");

  /// `socket` is what the link manager's transport stands on, `identity` this peer's.
  Introductions(RoutedSocket& socket, const Identity& identity, IntroductionOptions options = {});

  void init(Peer& peer) override;
  void find_others(Peer& peer) override;
  void stop() override;
  void link_up(PeerId peer) override;
  void link_down(PeerId peer) override;

  /// On whoever relays for this peer, and on those whom it relays for.
  [[nodiscard]] bool insists_on(PeerId peer) const override;

  /// Asks a neighbour to be brought together with that peer; false if there is nobody to ask. It is sent to
  /// over the relay from now on.
  bool introduce(PeerId peer) override;

  /// This peer's network may be another one: all neighbours hear from it at once, what they have said about
  /// its place is forgotten, and links that are not direct are introduced again.
  void network_changed();

  void seen(PeerId from, const Seen& message);
  void moved(PeerId from, const Moved& message);
  void asked(PeerId from, const Introduce& message);
  void introduced(PeerId from, const Introduction& message);
  void declined(PeerId from, const NotIntroduced& message);
  static constexpr auto handlers =
      tutti::handlers<&Introductions::seen, &Introductions::moved, &Introductions::asked,
                      &Introductions::introduced, &Introductions::declined>;

  [[nodiscard]] const NatDiscovery& nat() const { return nat_; }
  /// Called when a neighbour has said where it sees this peer.
  void on_seen(std::function<void()> listener) { seen_listener_ = std::move(listener); }
  /// Of this peer's NAT, as a neighbour's help has shown (filtering_discovery.hpp).
  void judge_filtering(PeerId helper, NatDependence filtering) { nat_.judged(helper, filtering); }
  /// Whether a mapping of that NAT has outlived so much silence (lifetime_discovery.hpp).
  void judge_lifetime(Duration silence, bool outlived) { nat_.tried(silence, outlived); }
  /// Where a neighbour's datagrams come from; nothing if there is no direct way to it, or only a tunnel.
  [[nodiscard]] std::optional<Endpoint> place_of(PeerId peer) const;
  /// This peer's own.
  [[nodiscard]] LinkAddress address() const;
  const SignedLinkAddress& signed_address();
  /// What was tried to reach a peer and what came of it, a sentence for people.
  [[nodiscard]] std::string trace_of(PeerId peer) const;

 private:
  struct Counts {
    measure::Counter asked;
    measure::Counter brought;
    measure::Counter declined;
    measure::Counter limited;
    measure::Counter forged;
  };
  /// The last meeting with a peer, and whether it has said where it is.
  struct Met {
    MeetingId meeting;
    bool addressed = false;
  };
  /// An introduction that this peer has asked for.
  struct Request {
    Request(Introductions& introductions, PeerId peer)
        : patience(introductions.peer_->runtime(),
                   [&introductions, peer] { introductions.ask_next(peer, "it does not answer"); }) {}

    std::optional<MeetingId> meeting;
    std::vector<PeerId> left;  // neighbours who have not been asked yet, the next one last
    PeerId present;            // who has been asked
    std::string last_refusal;
    Timer patience;
  };
  /// A link that should become direct.
  struct Review {
    Backoff backoff;
    TimePoint at{};
    TimePoint last{};  ///< when it was last introduced
  };

  void ask_next(PeerId peer, std::string_view why_not_the_last);
  /// Whoever introduces it next time may be among them.
  void link_with_relays_of(PeerId peer);
  void meet(PeerId relay, const Introduction& introduction);
  /// What the other peer has said in an introduction, if it was that peer.
  std::optional<LinkAddress> address_in(PeerId relay, const Introduction& introduction);
  [[nodiscard]] std::optional<Meeting::Probing> probing_for(PeerId relay, const Introduction& introduction,
                                                            const LinkAddress& address) const;
  [[nodiscard]] std::vector<Endpoint> places_of(const LinkAddress& address) const;
  void tell_where(PeerId peer);
  bool may(PeerId neighbour);
  void route_changed(PeerId peer);
  void review();
  void watch_reviews();

  RoutedSocket& socket_;
  Identity identity_;
  IntroductionOptions options_;
  Peer* peer_ = nullptr;
  LinkManager* links_ = nullptr;
  RelayDirectory* directory_ = nullptr;  // if there is one
  Counts counts_;
  NatDiscovery nat_;
  std::function<void()> seen_listener_;
  std::map<PeerId, std::unique_ptr<Request>> requests_;
  std::map<PeerId, Met> last_meetings_;
  LinkAddress last_signed_;
  std::optional<SignedLinkAddress> signed_;
  std::map<PeerId, TokenBucket> rates_;
  std::map<PeerId, Endpoint> told_;  // where neighbours were told that they are seen
  std::map<PeerId, Review> reviews_;
  std::set<PeerId> changed_;
  std::optional<Timer> reviewer_;
};

}  // namespace tutti
