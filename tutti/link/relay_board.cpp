#include "tutti/link/relay_board.hpp"

#include <algorithm>

#include "tutti/net/signature.hpp"

namespace tutti {
namespace {

/// Of a relay in the ranking of a peer's relays; higher is better.
std::uint64_t rank(PeerId peer, PeerId relay) {
  std::array<std::uint8_t, 2 * PeerId::size> text{};
  std::ranges::copy(relay.bytes, std::ranges::copy(peer.bytes, text.begin()).out);
  return short_sha256(text);
}

/// Where strangers reach it.
std::optional<Endpoint> open_place(const LinkAddress& address) {
  if (!address.open()) return std::nullopt;
  return address.mapped.empty() ? address.external.front() : address.mapped.front();
}

}  // namespace

void RelayBoard::init(Peer& peer) {
  peer_ = &peer;
  heard_ = peer.measure().counter("link.relay_offers");
  refused_ = peer.measure().counter("link.relay_offers_refused");
  timer_.emplace(peer.runtime(), [this] { look(); });
}

void RelayBoard::find_others(Peer& peer) {
  links_ = peer.find<LinkManager>();
  introductions_ = peer.find<Introductions>();
}

void RelayBoard::look_later() {
  timer_->arm(jittered(period, peer_->random()));
}

void RelayBoard::look() {
  look_later();
  const TimePoint now = peer_->now();
  std::erase_if(offers_, [&](const auto& entry) { return now - entry.second.heard > lifetime; });
  offer_if_able();
  link_with_relays();
}

void RelayBoard::offer_if_able() {
  const TimePoint now = peer_->now();
  if (!options_.offer || !introductions_->address().open() || links_->links().size() > options_.links_max) {
    offered_at_.reset();
    return;
  }
  if (offered_at_ && now - *offered_at_ < renewal) return;
  offered_at_ = now;
  const Envelope offer(RelayOffer{peer_->id(), introductions_->signed_address()});
  for (const auto& neighbour : links_->neighbours()) peer_->send(neighbour, offer, Priority::medium);
}

/// Who is reached by everybody needs no relay.
void RelayBoard::link_with_relays() {
  if (introductions_->address().open()) return;
  std::size_t linked = 0;
  for (const auto& relay : relays_of(peer_->id())) {
    if (linked >= relays_of_a_peer) return;
    if (links_->links().contains(*relay.peer))
      ++linked;
    else
      links_->add_candidate(relay);
  }
}

bool RelayBoard::insists_on(PeerId peer) const {
  return std::ranges::any_of(relays_of(peer_->id()), [&](const auto& relay) { return relay.peer == peer; });
}

std::vector<LinkTarget> RelayBoard::relays_of(PeerId peer) const {
  std::vector<LinkTarget> relays;
  for (const auto& [relay, known] : offers_)
    if (relay != peer) relays.push_back({known.place, relay});
  std::ranges::sort(relays, std::ranges::greater{},
                    [&](const LinkTarget& relay) { return rank(peer, *relay.peer); });
  if (relays.size() > ranks) relays.resize(ranks);
  return relays;
}

void RelayBoard::link_up(PeerId peer) {
  for (const auto& [relay, known] : offers_)
    peer_->send(peer, RelayOffer{relay, known.signed_address}, Priority::medium);
  if (offered_at_)
    peer_->send(peer, RelayOffer{peer_->id(), introductions_->signed_address()}, Priority::medium);
}

void RelayBoard::offered(PeerId from, const RelayOffer& offer) {
  const TimePoint now = peer_->now();
  if (offer.relay == peer_->id()) return;
  const auto known = offers_.find(offer.relay);
  const bool same = known != offers_.end() && known->second.signed_address.address == offer.address.address &&
                    known->second.signed_address.signature == offer.address.signature;
  // Another address, too, waits for the next renewal: two that both go round would chase each other.
  if (known != offers_.end() && now - known->second.heard < renewal / 2) return;
  if (!rates_.try_emplace(from, rate, now).first->second.take(now)) return refused_.add();
  const auto address = same ? std::nullopt : open(offer.address, offer.relay);
  const auto place = same ? known->second.place : address.and_then(open_place);
  if (!place) return refused_.add();
  heard_.add();
  remember(offer.relay, offer.address, *place);
  const Envelope passed_on(offer);
  for (const auto& neighbour : links_->neighbours())
    if (neighbour != from && neighbour != offer.relay) peer_->send(neighbour, passed_on, Priority::medium);
}

void RelayBoard::remember(PeerId relay, const SignedLinkAddress& address, const Endpoint& place) {
  offers_.insert_or_assign(relay, Known{address, place, peer_->now()});
  if (offers_.size() <= offers_max) return;
  offers_.erase(std::ranges::min_element(
      offers_, {}, [this](const auto& entry) { return rank(peer_->id(), entry.first); }));
}

}  // namespace tutti
