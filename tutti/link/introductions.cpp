#include "tutti/link/introductions.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "tutti/net/route/peer_endpoint.hpp"

namespace tutti {
namespace {

/// The other one of a link may have noticed at the same moment; one of the two waits a little for it.
constexpr Duration courtesy = std::chrono::seconds(1);
/// Between two introductions because a way is in doubt.
constexpr Duration respite = std::chrono::seconds(4);

void append(std::vector<Endpoint>& places, const std::vector<Endpoint>& more, std::size_t most) {
  for (std::size_t i = 0; i < std::min(more.size(), most); ++i)
    if (more[i].port != 0) places.push_back(more[i]);
}

/// RFC 4291, 2.4, and what is assigned of it: 2000::/3.
bool is_global_v6(const Endpoint& endpoint) {
  return (endpoint.address[0] & 0xe0) == 0x20;
}

/// Otherwise in the order they had.
std::vector<Endpoint> global_v6_first(std::vector<Endpoint> places) {
  std::vector<Endpoint> ordered;
  std::ranges::copy_if(places, std::back_inserter(ordered), is_global_v6);
  std::erase_if(places, is_global_v6);
  std::ranges::copy(places, std::back_inserter(ordered));
  return ordered;
}

}  // namespace

Introductions::Introductions(RoutedSocket& socket, const Identity& identity, IntroductionOptions options)
    : socket_(socket), identity_(identity), options_(std::move(options)) {}

void Introductions::init(Peer& peer) {
  peer_ = &peer;
  const auto meter = peer.measure();
  counts_ = {.asked = meter.counter("link.introductions_asked"),
             .brought = meter.counter("link.introductions_brought"),
             .declined = meter.counter("link.introductions_declined"),
             .limited = meter.counter("link.introductions_limited"),
             .forged = meter.counter("link.addresses_forged")};
  reviewer_.emplace(peer.runtime(), [this] { review(); });
  socket_.on_route_change([this](const PeerId& changed) {
    changed_.insert(changed);
    reviewer_->arm({});
  });
}

void Introductions::find_others(Peer& peer) {
  links_ = peer.find<LinkManager>();
  links_->set_introducer(this);
  directory_ = peer.find<RelayDirectory>();
}

void Introductions::stop() {
  links_->set_introducer(nullptr);
  socket_.on_route_change({});
  requests_.clear();
  reviewer_.reset();
}

bool Introductions::insists_on(PeerId peer) const {
  return socket_.relays_for(peer) || std::ranges::any_of(links_->links(), [&](const auto& link) {
           return socket_.place_of(peer_endpoint(link.first)) == peer_endpoint(peer);
         });
}

// ---- who is where

void Introductions::link_up(PeerId peer) {
  tell_where(peer);
  requests_.erase(peer);
  route_changed(peer);
  watch_reviews();
}

void Introductions::link_down(PeerId peer) {
  nat_.forget(peer);
  told_.erase(peer);
  rates_.erase(peer);
  reviews_.erase(peer);
  last_meetings_.erase(peer);
}

std::optional<Endpoint> Introductions::place_of(PeerId peer) const {
  const auto* direct = socket_.direct_route_to(peer);
  // Where a tunnel comes from says nothing of where datagrams could go.
  return direct != nullptr && !direct->tunnelled() ? std::optional(direct->endpoint) : std::nullopt;
}

void Introductions::tell_where(PeerId peer) {
  const auto place = place_of(peer);
  if (!place) return;
  const auto told = told_.find(peer);
  if (told != told_.end() && told->second == *place) return;
  if (peer_->send(peer, Seen{*place}, Priority::medium)) told_.insert_or_assign(peer, *place);
}

void Introductions::seen(PeerId from, const Seen& message) {
  nat_.observed(from, socket_.place_of(peer_endpoint(from)), message.place);
  if (seen_listener_) seen_listener_();
}

/// It says where it sees that peer even if that is where it was: the peer has forgotten what it was told.
void Introductions::moved(PeerId from, const Moved& /*message*/) {
  told_.erase(from);
  tell_where(from);
}

void Introductions::network_changed() {
  nat_.forget_all();
  for (const auto& neighbour : links_->neighbours()) peer_->send(neighbour, Moved{}, Priority::high);
  for (auto& [peer, review] : reviews_) {
    review.backoff.reset();
    // Not before the neighbours have said where this peer is now.
    review.at = std::max(peer_->now() + courtesy, review.last + respite);
  }
  watch_reviews();
}

LinkAddress Introductions::address() const {
  LinkAddress address{.external = nat_.external(),
                      .internal = options_.internal(),
                      .mapping = nat_.mapping(),
                      .mapped = options_.mapped(),
                      .filtering = nat_.filtering()};
  address.external.resize(std::min(address.external.size(), external_max));
  address.internal.resize(std::min(address.internal.size(), internal_max));
  address.mapped.resize(std::min(address.mapped.size(), mapped_max));
  return address;
}

const SignedLinkAddress& Introductions::signed_address() {
  const auto now = address();
  if (!signed_ || now != last_signed_) signed_ = sign(last_signed_ = now, identity_);
  return *signed_;
}

/// Those who are seen at one address may be neighbours in one house: there the inner way is the short one,
/// and often the only one. Where two both have IPv6, no NAT stands between them.
std::vector<Endpoint> Introductions::places_of(const LinkAddress& address) const {
  const auto& own = nat_.external();
  const bool one_house =
      !own.empty() && !address.external.empty() && own[0].address == address.external[0].address;
  std::vector<Endpoint> places;
  if (one_house) append(places, address.internal, internal_max);
  append(places, address.mapped, mapped_max);
  append(places, address.external, external_max);
  if (!one_house) append(places, address.internal, internal_max);
  return std::ranges::any_of(options_.internal(), is_global_v6) ? global_v6_first(std::move(places)) : places;
}

// ---- who wants to meet somebody

bool Introductions::introduce(PeerId peer) {
  std::vector<PeerId> neighbours;
  for (const auto& [neighbour, link] : links_->links())
    if (neighbour != peer && socket_.reaches_directly(neighbour)) neighbours.push_back(neighbour);
  if (neighbours.empty()) return false;
  const auto first = static_cast<std::ptrdiff_t>(peer_->random().below(neighbours.size()));
  std::ranges::rotate(neighbours, neighbours.begin() + first);
  auto& request = requests_[peer];
  request = std::make_unique<Request>(*this, peer);
  request->left = std::move(neighbours);
  ask_next(peer, "");
  return true;
}

void Introductions::ask_next(PeerId peer, std::string_view why_not_the_last) {
  const auto found = requests_.find(peer);
  if (found == requests_.end()) return;
  auto& request = *found->second;
  if (!why_not_the_last.empty()) {
    request.last_refusal = fmt::format("{}: {}", request.present.brief(), why_not_the_last);
    if (request.meeting) socket_.end_meeting(*request.meeting);
  }
  while (!request.left.empty()) {
    request.present = request.left.back();
    request.left.pop_back();
    const MeetingId meeting(peer_->random()());
    const auto key = random_check_key();
    if (!peer_->send(request.present, Introduce{meeting, peer, key, signed_address()}, Priority::high))
      continue;
    request.meeting = meeting;
    request.patience.arm(options_.patience);
    counts_.asked.add();
    return meet(request.present, {.meeting = meeting, .other = peer, .key = key});
  }
  peer_->log()(LogLevel::info, "nobody can introduce {}; the last one asked was {}", peer.brief(),
               request.last_refusal);
  requests_.erase(found);
  link_with_relays_of(peer);
}

void Introductions::link_with_relays_of(PeerId peer) {
  if (directory_ == nullptr) return;
  for (const auto& relay : directory_->relays_of(peer)) links_->add_candidate(relay);
}

void Introductions::meet(PeerId relay, const Introduction& introduction) {
  const auto& [meeting, other, key, signed_address, seen] = introduction;
  auto& met = last_meetings_[other];
  if (met.meeting != meeting) met = {.meeting = meeting};
  auto address = address_in(relay, introduction).value_or(LinkAddress{});
  const auto probing = probing_for(relay, introduction, address);
  if (seen && std::ranges::find(address.external, *seen) == address.external.end())
    address.external.insert(address.external.begin(), *seen);
  socket_.meet({.id = meeting,
                .peer = other,
                .key = key,
                .relay = relay,
                .places = places_of(address),
                .probing = probing});
}

/// Once in a meeting, for the check of a signature takes a tenth of a millisecond.
std::optional<LinkAddress> Introductions::address_in(PeerId relay, const Introduction& introduction) {
  auto& met = last_meetings_.at(introduction.other);
  if (!introduction.address || met.addressed) return std::nullopt;
  met.addressed = true;
  auto address = open(*introduction.address, introduction.other);
  if (!address) {
    counts_.forged.add();
    peer_->log()(LogLevel::warning, "what {} says of where {} is was not signed by that peer", relay.brief(),
                 introduction.other.brief());
  }
  return address;
}

/// Many packets go only to an address at which who introduces sees the other peer itself, and which that one
/// says is its own: so neither of the two can turn them on somebody else.
std::optional<Meeting::Probing> Introductions::probing_for(PeerId relay, const Introduction& introduction,
                                                           const LinkAddress& address) const {
  const auto& seen = introduction.seen;
  if (!seen || seen->port == 0 || relay == introduction.other) return std::nullopt;
  const auto named = std::span(address.external).first(std::min(address.external.size(), external_max));
  if (std::ranges::find(named, seen->address, &Endpoint::address) == named.end()) return std::nullopt;
  // Both sides guess by what both have been told, so that they do not choose the same part.
  const auto side = Birthday::side_of(likely_mapping(this->address()), likely_mapping(address));
  if (!side) return std::nullopt;
  return Meeting::Probing{*side, *seen};
}

void Introductions::introduced(PeerId from, const Introduction& message) {
  if (message.other == peer_->id()) return peer_->disconnect(from, "it introduces this peer to itself");
  if (const auto request = requests_.find(message.other);
      request != requests_.end() && request->second->meeting == message.meeting) {
    if (request->second->present != from) return;
    requests_.erase(request);
  }
  if (socket_.meets(message.meeting)) {
    // The answer to a request that has been settled meanwhile.
    return meet(from, message);
  }
  if (!may(from)) return;
  counts_.brought.add();
  if (!peer_->send(from, Introduce{message.meeting, message.other, message.key, signed_address()},
                   Priority::high))
    return;
  meet(from, message);
  if (const auto review = reviews_.find(message.other); review != reviews_.end()) {
    review->second.last = peer_->now();
    review->second.at = peer_->now() + review->second.backoff.next(peer_->random());
  }
}

void Introductions::declined(PeerId from, const NotIntroduced& message) {
  for (const auto& [peer, request] : requests_)
    if (request->meeting == message.meeting && request->present == from)
      return ask_next(PeerId(peer), std::string_view(message.why).substr(0, 100));
}

// ---- who brings others together

bool Introductions::may(PeerId neighbour) {
  auto& rate = rates_.try_emplace(neighbour, options_.rate, peer_->now()).first->second;
  if (rate.take(peer_->now())) return true;
  counts_.limited.add();
  return false;
}

void Introductions::asked(PeerId from, const Introduce& message) {
  const auto decline = [&](std::string_view why) {
    counts_.declined.add();
    peer_->send(from, NotIntroduced{message.meeting, std::string(why)}, Priority::high);
  };
  if (message.to == peer_->id() || message.to == from)
    return peer_->disconnect(from, "it wants to be introduced to who it is talking to, or to itself");
  if (!may(from)) return decline("it asks too often");
  if (!links_->links().contains(message.to)) return decline("there is no link with that peer");
  if (options_.relay && socket_.reaches_directly(from) && socket_.reaches_directly(message.to)) {
    const auto refusal = socket_.relay(message.meeting, from, message.to);
    if (refusal == RelayTable::Refusal::taken) return decline("that meeting is another's");
  }
  if (!peer_->send(message.to,
                   Introduction{message.meeting, from, message.key, message.address, place_of(from)},
                   Priority::high))
    return decline("the link with that peer is busy");
  // The other one answers for itself; but where it is seen can be said at once, and saves a round trip.
  if (const auto place = place_of(message.to))
    peer_->send(from, Introduction{message.meeting, message.to, message.key, std::nullopt, place},
                Priority::high);
}

// ---- links that should become direct

void Introductions::route_changed(PeerId peer) {
  if (!links_->links().contains(peer)) return;
  tell_where(peer);
  if (socket_.reaches_directly(peer)) {
    reviews_.erase(peer);
    return;
  }
  const TimePoint now = peer_->now();
  const auto [review, fresh] = reviews_.try_emplace(peer, Review{.backoff = Backoff(options_.again)});
  auto& at = review->second.at;
  if (fresh) at = now + review->second.backoff.next(peer_->random());
  const auto* routes = socket_.routes_to(peer);
  const bool yields = peer_->id() > peer;
  if (routes == nullptr || routes->in_doubt())
    at = std::min(at, std::max(now + (yields ? courtesy : Duration{}), review->second.last + respite));
}

void Introductions::review() {
  for (const auto& peer : std::exchange(changed_, {})) route_changed(peer);
  const TimePoint now = peer_->now();
  std::vector<PeerId> due;
  for (auto& [peer, review] : reviews_) {
    if (review.at > now) continue;
    review.last = now;
    review.at = now + review.backoff.next(peer_->random());
    due.push_back(peer);
  }
  for (const auto& peer : due) introduce(peer);
  watch_reviews();
}

void Introductions::watch_reviews() {
  if (!changed_.empty()) return reviewer_->arm({});
  TimePoint first = TimePoint::max();
  for (const auto& [peer, review] : reviews_) first = std::min(first, review.at);
  if (first != TimePoint::max()) reviewer_->arm_at(first);
}

std::string Introductions::trace_of(PeerId peer) const {
  const auto meeting = last_meetings_.find(peer);
  return meeting == last_meetings_.end() ? std::string() : socket_.trace_of(meeting->second.meeting);
}

}  // namespace tutti
