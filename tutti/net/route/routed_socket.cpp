#include "tutti/net/route/routed_socket.hpp"

#include <algorithm>
#include <utility>

#include "tutti/base/require.hpp"
#include "tutti/net/route/peer_endpoint.hpp"

namespace tutti {
namespace {

/// The number behind the type of a relayed datagram.
MeetingId relayed_meeting(ByteView datagram) {
  MeetingId::rep number = 0;
  for (const auto byte : datagram.subspan(1, sizeof number)) number = number << 8 | byte;
  return MeetingId(number);
}

bool is(DatagramType type, ByteView datagram) {
  return !datagram.empty() && datagram[0] == static_cast<std::uint8_t>(type);
}

}  // namespace

RoutedSocket::RoutedSocket(Runtime& runtime, const PeerId& self, std::unique_ptr<DatagramSocket> inner,
                           const RelayLimits& limits)
    : runtime_(runtime),
      self_(self),
      inner_(std::move(inner)),
      relays_(limits),
      last_transaction_(runtime.random()()),
      searcher_(runtime, [this] { search(); }) {}

RoutedSocket::~RoutedSocket() = default;

void RoutedSocket::start(DatagramHandler& handler) {
  require(handler_ == nullptr, "a socket is started once");
  handler_ = &handler;
  inner_->start(*this);
}

// ---- out

void RoutedSocket::send(const Endpoint& target, ByteView bytes, std::size_t segment_bytes) {
  const auto peer = peer_at(target);
  if (!peer) return inner_->send(target, bytes, segment_bytes);
  const auto known = known_.find(*peer);
  if (known == known_.end() || known->second.routes.best() == nullptr) {
    ++counters_.no_route;
    return;
  }
  const TimePoint now = runtime_.now();
  if (known->second.unanswered.sent(now)) {
    change(*peer, [now](Routes& all) { all.doubt(Route(*all.best()), now); });
    if (listener_) listener_(*peer);
  }
  const Route& route = *known->second.routes.best();
  if (route.direct())
    inner_->send(route.endpoint, bytes, segment_bytes);
  else
    send_relayed(route, bytes, segment_bytes);
}

void RoutedSocket::send_relayed(const Route& route, ByteView bytes, std::size_t segment_bytes) {
  const auto relay = place_of(route.endpoint);
  if (peer_at(relay)) {  // a relay over a relay
    ++counters_.no_route;
    return;
  }
  const auto number = route.relay->value();
  while (!bytes.empty()) {
    wrapped_.clear();
    const auto wrapped_segment = std::min(segment_bytes, bytes.size()) + relayed_header_bytes;
    for (std::size_t count = 0;
         !bytes.empty() && count < batch_segments_max && wrapped_.size() + wrapped_segment <= batch_bytes_max;
         ++count) {
      wrapped_.push_back(static_cast<std::uint8_t>(DatagramType::relayed));
      for (int shift = 56; shift >= 0; shift -= 8)
        wrapped_.push_back(static_cast<std::uint8_t>(number >> shift));
      const auto segment = bytes.first(std::min(segment_bytes, bytes.size()));
      wrapped_.insert(wrapped_.end(), segment.begin(), segment.end());
      bytes = bytes.subspan(segment.size());
    }
    inner_->send(relay, wrapped_, wrapped_segment);
  }
}

Endpoint RoutedSocket::place_of(const Endpoint& target) const {
  const auto peer = peer_at(target);
  const auto* routes = peer ? routes_to(*peer) : nullptr;
  return routes != nullptr && routes->best() != nullptr ? routes->best()->endpoint : target;
}

// ---- in

void RoutedSocket::datagrams_received(std::span<const Datagram> datagrams) {
  upward_.clear();
  bool relayed = false;
  for (const auto& datagram : datagrams) {
    if (is(DatagramType::check, datagram.bytes)) {
      check_received(datagram);
    } else if (is(DatagramType::relayed, datagram.bytes)) {
      relayed = true;
    } else if (const auto peer = peers_.find(datagram.source); peer != peers_.end()) {
      upward_.push_back({datagram.bytes, peer_endpoint(peer->second)});
      heard(peer->second, {datagram.source});
    } else {
      upward_.push_back(datagram);
    }
  }
  if (!upward_.empty()) handler_->datagrams_received(upward_);
  if (!relayed) return;
  // Afterwards, for the introduction that they belong to may be among what came.
  upward_.clear();
  for (const auto& datagram : datagrams)
    if (is(DatagramType::relayed, datagram.bytes)) relayed_received(datagram);
  if (!upward_.empty()) handler_->datagrams_received(upward_);
}

void RoutedSocket::heard(const PeerId& peer, const Route& route) {
  const auto found = known_.find(peer);
  if (found == known_.end()) return;
  const TimePoint now = runtime_.now();
  auto& known = found->second;
  const auto* best = known.routes.best();
  // Two who are direct need not see the same places.
  if (best == nullptr || route == *best || (route.direct() && best->direct())) {
    known.unanswered.answered();
    known.heard = now;
  } else if (now - known.heard >= Unanswered::silence) {
    // It takes another way, for it doubts this one. So this one is not the one to answer on.
    change(PeerId(peer), [&](Routes& all) { all.doubt(Route(*best), now); });
  }
  const bool doubted = std::ranges::any_of(
      known.routes.all(), [&](const Routes::Known& each) { return each.doubted && each.route == route; });
  if (doubted) change(PeerId(peer), [&](Routes& all) { all.trust(route); });
}

void RoutedSocket::relayed_received(const Datagram& datagram) {
  if (datagram.bytes.size() <= relayed_header_bytes) {
    ++counters_.relayed_unknown;
    return;
  }
  const auto meeting = relayed_meeting(datagram.bytes);
  if (relays_.contains(meeting)) return pass_on(meeting, datagram);
  const auto held = meetings_.find(meeting);
  const auto relay = peers_.find(datagram.source);
  if (held == meetings_.end() || relay == peers_.end() || relay->second != held->second.meeting.relay) {
    ++counters_.relayed_unknown;
    return;
  }
  held->second.used = runtime_.now();
  const auto peer = held->second.meeting.peer;
  heard(peer, {peer_endpoint(relay->second), meeting});
  upward_.push_back({datagram.bytes.subspan(relayed_header_bytes), peer_endpoint(peer)});
}

void RoutedSocket::pass_on(MeetingId meeting, const Datagram& datagram) {
  const auto sender = peers_.find(datagram.source);
  const auto receiver = sender == peers_.end()
                            ? std::nullopt
                            : relays_.pass(meeting, sender->second, datagram.bytes.size(), runtime_.now());
  const auto* routes = receiver ? routes_to(*receiver) : nullptr;
  const auto* route = routes != nullptr ? routes->best_direct() : nullptr;
  if (route == nullptr) {
    ++counters_.relay_refused;
    return;
  }
  ++counters_.relayed;
  inner_->send(route->endpoint, datagram.bytes, datagram.bytes.size());
}

// ---- where peers are

const Routes* RoutedSocket::routes_to(const PeerId& peer) const {
  const auto found = known_.find(peer);
  return found == known_.end() ? nullptr : &found->second.routes;
}

/// Does something to the ways to a peer, keeps who is where in step with it, and tells of another best one.
template <typename Change>
void RoutedSocket::change(const PeerId& peer, Change&& how) {
  auto& routes = known_[peer].routes;
  const auto before = routes.best() != nullptr ? std::optional(*routes.best()) : std::nullopt;
  for (const auto& known : routes.all())
    if (known.route.direct()) peers_.erase(known.route.endpoint);
  how(routes);
  for (const auto& known : routes.all())
    if (known.route.direct()) peers_.insert_or_assign(known.route.endpoint, peer);
  const auto after = routes.best() != nullptr ? std::optional(*routes.best()) : std::nullopt;
  if (routes.empty()) known_.erase(peer);
  if (before == after) return;
  if (after) known_.at(peer).heard = runtime_.now();
  if (listener_) listener_(peer);
}

template <typename How>
void RoutedSocket::settle(const PeerId& peer, const Endpoint& place, How&& how) {
  if (const auto found = peers_.find(place); found != peers_.end() && found->second != peer) {
    const PeerId former = found->second;
    change(former, [&](Routes& all) { all.remove({place}); });
  }
  change(peer, how);
}

Endpoint RoutedSocket::proved(const PeerId& peer, const Endpoint& source) {
  if (peer_at(source) == peer) return source;
  const auto place = place_of(source);
  if (peer_at(place)) return source;  // over a relay that says it is another's
  settle(peer, place, [&](Routes& all) { all.follow({place}, runtime_.now()); });
  return peer_endpoint(peer);
}

void RoutedSocket::departed(const PeerId& peer) {
  relays_.forget(peer);
  if (routes_to(peer) == nullptr) return;
  // Where it was says nothing any more: who lives there now may be another. Its meetings are only beginning.
  change(peer, [](Routes& all) { all.remove_direct(); });
}

// ---- meetings

void RoutedSocket::meet(const Meeting& meeting) {
  const TimePoint now = runtime_.now();
  forget_idle();
  if (const auto held = meetings_.find(meeting.id); held != meetings_.end()) {
    if (held->second.meeting.peer != meeting.peer || held->second.meeting.key != meeting.key) return;
    held->second.search.add(meeting.places, now);
    return watch_searches();
  }
  if (meetings_.size() >= meetings_max)
    forget(
        std::ranges::min_element(meetings_, {}, [](const auto& entry) { return entry.second.used; })->first);
  meetings_.emplace(meeting.id, Held{.meeting = meeting, .search = Search(meeting.places, now), .used = now});
  change(meeting.peer,
         [&](Routes& all) { all.confirm({peer_endpoint(meeting.relay), meeting.id}, std::nullopt, now); });
  watch_searches();
}

void RoutedSocket::end_meeting(MeetingId meeting) {
  if (meetings_.contains(meeting)) forget(meeting);
}

void RoutedSocket::forget(MeetingId meeting) {
  const auto peer = meetings_.extract(meeting).mapped().meeting.peer;
  change(peer, [&](Routes& all) { all.remove_relay(meeting); });
}

/// Of a relay that both have left for a direct way, nothing is heard any more.
void RoutedSocket::forget_idle() {
  std::vector<MeetingId> idle;
  for (const auto& [id, held] : meetings_)
    if (runtime_.now() - held.used > meeting_idle) idle.push_back(id);
  for (const auto id : idle) forget(id);
}

bool RoutedSocket::searched(const PeerId& peer) const {
  return std::ranges::none_of(meetings_, [&](const auto& entry) {
    return entry.second.meeting.peer == peer && entry.second.search.next_at() != TimePoint::max();
  });
}

std::string RoutedSocket::trace_of(MeetingId meeting) const {
  const auto held = meetings_.find(meeting);
  return held == meetings_.end() ? std::string() : held->second.search.trace();
}

void RoutedSocket::watch_searches() {
  TimePoint first = TimePoint::max();
  for (const auto& [id, held] : meetings_) first = std::min(first, held.search.next_at());
  if (first == TimePoint::max())
    searcher_.cancel();
  else
    searcher_.arm_at(first);
}

void RoutedSocket::search() {
  const TimePoint now = runtime_.now();
  for (auto& [id, held] : meetings_) {
    while (const auto place = held.search.next(now)) {
      held.asked.emplace(++last_transaction_, std::pair(*place, now));
      send_check(*place, {.kind = Check::Kind::request, .meeting = id, .transaction = last_transaction_},
                 held.meeting.key);
    }
  }
  watch_searches();
}

void RoutedSocket::send_check(const Endpoint& to, const Check& check, const CheckKey& key) {
  ++counters_.checks_sent;
  const auto datagram = seal_check(check, key, self_);
  inner_->send(to, datagram, datagram.size());
}

void RoutedSocket::check_received(const Datagram& datagram) {
  const TimePoint now = runtime_.now();
  const auto meeting = meeting_of(datagram.bytes);
  const auto found = meeting ? meetings_.find(*meeting) : meetings_.end();
  const auto check = found == meetings_.end()
                         ? std::nullopt
                         : open_check(datagram.bytes, found->second.meeting.key, found->second.meeting.peer);
  if (!check) {
    ++counters_.checks_forged;
    return;
  }
  auto& held = found->second;
  if (check->kind == Check::Kind::request) {
    send_check(datagram.source,
               {.kind = Check::Kind::response,
                .meeting = check->meeting,
                .transaction = check->transaction,
                .mapped = datagram.source},
               held.meeting.key);
    held.search.heard_from(datagram.source, now);
    return watch_searches();
  }
  // Only from where the request went: elsewhere it would prove nothing about that place.
  const auto asked = held.asked.find(check->transaction);
  if (asked == held.asked.end() || asked->second.first != datagram.source) return;
  const auto round_trip = now - asked->second.second;
  held.asked.erase(asked);
  held.search.answered(datagram.source, round_trip, now);
  watch_searches();
  settle(held.meeting.peer, datagram.source,
         [&](Routes& all) { all.confirm({datagram.source}, round_trip, now); });
}

}  // namespace tutti
