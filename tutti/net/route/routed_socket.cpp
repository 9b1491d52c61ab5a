#include "tutti/net/route/routed_socket.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "tutti/base/big_endian.hpp"
#include "tutti/base/require.hpp"
#include "tutti/net/route/peer_endpoint.hpp"

namespace tutti {
namespace {

/// The number behind the type of a relayed datagram.
MeetingId relayed_meeting(ByteView datagram) {
  return MeetingId(read_big_endian(datagram.subspan(1, sizeof(MeetingId::rep))));
}

bool is(DatagramType type, ByteView datagram) {
  return !datagram.empty() && datagram[0] == static_cast<std::uint8_t>(type);
}

}  // namespace

RoutedSocket::RoutedSocket(Runtime& runtime, const PeerId& self, std::unique_ptr<DatagramSocket> inner,
                           LocalSockets::Open open, const RelayLimits& limits,
                           std::unique_ptr<Tunnels> tunnels)
    : runtime_(runtime),
      self_(self),
      sockets_(std::move(inner), std::move(open),
               [this](SocketNumber socket, std::span<const Datagram> datagrams) {
                 datagrams_received(socket, datagrams);
               }),
      tunnels_(std::move(tunnels)),
      relays_(limits),
      last_transaction_(runtime.random()()),
      searcher_(runtime, [this] { search(); }),
      closer_(runtime, [this] { close_unused(); }),
      tender_(runtime, [this] { tend_tunnels(); }) {}

RoutedSocket::~RoutedSocket() = default;

void RoutedSocket::start(DatagramHandler& handler) {
  require(handler_ == nullptr, "a socket is started once");
  handler_ = &handler;
  sockets_.start();
  if (tunnels_ != nullptr)
    tunnels_->start({.opened = [this](Tunnel tunnel) { return tunnel_opened(std::move(tunnel)); },
                     .ended = [this](SocketNumber number) { tunnel_ended(number); }});
}

// ---- out

void RoutedSocket::send(const Endpoint& target, ByteView bytes, std::size_t segment_bytes) {
  const auto peer = peer_at(target);
  if (!peer) return send_to_place(target, bytes, segment_bytes);
  const auto known = known_.find(*peer);
  if (known == known_.end() || known->second.routes.best() == nullptr) {
    ++counters_.no_route;
    return;
  }
  const TimePoint now = runtime_.now();
  if (known->second.unanswered.sent(now)) {
    const Route doubtful = *known->second.routes.best();
    if (!known->second.routes.in_doubt())
      runtime_.log()(LogLevel::info, "{} does not answer {}", peer->brief(), describe(doubtful));
    if (tunnels_ != nullptr && doubtful.direct() && !doubtful.tunnelled()) tunnels_->open(doubtful.endpoint);
    change(*peer, [now](Routes& all) { all.doubt(Route(*all.best()), now); });
    if (listener_) listener_(*peer);
  }
  const Route& route = *known->second.routes.best();
  if (route.direct())
    sockets_.send(route.pair(), bytes, segment_bytes);
  else
    send_relayed(route, bytes, segment_bytes);
}

void RoutedSocket::send_relayed(const Route& route, ByteView bytes, std::size_t segment_bytes) {
  const auto relay = peer_at(route.endpoint);
  const auto* way = relay ? direct_route_to(*relay) : nullptr;
  if (way == nullptr) {  // gone, or a relay over a relay
    ++counters_.no_route;
    return;
  }
  std::array<std::uint8_t, relayed_header_bytes> header{static_cast<std::uint8_t>(DatagramType::relayed)};
  write_big_endian(route.relay->value(), std::span(header).subspan(1));
  while (!bytes.empty()) {
    wrapped_.clear();
    const auto wrapped_segment = std::min(segment_bytes, bytes.size()) + relayed_header_bytes;
    for (std::size_t count = 0;
         !bytes.empty() && count < batch_segments_max && wrapped_.size() + wrapped_segment <= batch_bytes_max;
         ++count) {
      wrapped_.insert(wrapped_.end(), header.begin(), header.end());
      const auto segment = bytes.first(std::min(segment_bytes, bytes.size()));
      wrapped_.insert(wrapped_.end(), segment.begin(), segment.end());
      bytes = bytes.subspan(segment.size());
    }
    sockets_.send(way->pair(), wrapped_, wrapped_segment);
  }
}

Endpoint RoutedSocket::place_of(const Endpoint& target) const {
  const auto peer = peer_at(target);
  const auto* routes = peer ? routes_to(*peer) : nullptr;
  return routes != nullptr && routes->best() != nullptr ? routes->best()->endpoint : target;
}

// ---- in

void RoutedSocket::datagrams_received(SocketNumber socket, std::span<const Datagram> datagrams) {
  upward_.clear();
  if (is_tunnel(socket)) open_tunnels_.used(socket, runtime_.now());
  bool relayed = false;
  for (const auto& datagram : datagrams) {
    if (is(DatagramType::check, datagram.bytes)) {
      check_received(socket, datagram);
    } else if (is(DatagramType::relayed, datagram.bytes)) {
      relayed = true;
    } else {
      plain_received(socket, datagram);
    }
  }
  if (!upward_.empty()) handler_->datagrams_received(upward_);
  if (!relayed) return;
  // Afterwards, for the introduction that they belong to may be among what came.
  upward_.clear();
  for (const auto& datagram : datagrams)
    if (is(DatagramType::relayed, datagram.bytes)) relayed_received(socket, datagram);
  if (!upward_.empty()) handler_->datagrams_received(upward_);
}

void RoutedSocket::plain_received(SocketNumber socket, const Datagram& datagram) {
  const CandidatePair pair(datagram.source, socket);
  if (const auto peer = peers_.find(pair); peer != peers_.end()) {
    upward_.push_back({datagram.bytes, peer_endpoint(peer->second)});
    return heard(peer->second, Route::to(pair));
  }
  if (socket == main_socket) {
    unheard_.heard(datagram.source);
    return upward_.push_back(datagram);
  }
  // The other side may have been answered before this one. Above, a place means the main socket, which is
  // not the way back; and nobody but that peer has anything to say here.
  const auto* purpose = sockets_.purpose_of(socket);
  if (purpose != nullptr && purpose->place == datagram.source)
    upward_.push_back({datagram.bytes, peer_endpoint(purpose->peer)});
  else
    ++counters_.strays;
}

void RoutedSocket::heard(PeerId peer, const Route& route) {
  const auto found = known_.find(peer);
  if (found == known_.end()) return;
  const TimePoint now = runtime_.now();
  auto& known = found->second;
  const auto* best = known.routes.best();
  // Two who are direct need not see the same places. But who takes a tunnel gets no datagrams through.
  const bool alike =
      best != nullptr && route.direct() && best->direct() && (!route.tunnelled() || best->tunnelled());
  if (best == nullptr || route == *best || alike) {
    known.unanswered.answered();
    known.heard = now;
  } else if (now - known.heard >= Unanswered::silence) {
    // It takes another way, for it doubts this one. So this one is not the one to answer on.
    change(peer, [&](Routes& all) { all.doubt(Route(*best), now); });
  }
  const bool doubted = std::ranges::any_of(
      known.routes.all(), [&](const Routes::Known& each) { return each.doubted && each.route == route; });
  if (doubted) change(peer, [&](Routes& all) { all.trust(route); });
}

void RoutedSocket::relayed_received(SocketNumber socket, const Datagram& datagram) {
  if (datagram.bytes.size() <= relayed_header_bytes)
    return drop(counters_.relayed_unknown, datagram.source, "a relayed datagram without content");
  const auto meeting = relayed_meeting(datagram.bytes);
  if (relays_.contains(meeting)) return pass_on(meeting, socket, datagram);
  const auto held = meetings_.find(meeting);
  const auto relay = peers_.find({datagram.source, socket});
  if (held == meetings_.end() || relay == peers_.end() || relay->second != held->second.meeting.relay)
    return drop(counters_.relayed_unknown, datagram.source,
                "a relayed datagram of no meeting, or not from its relay");
  held->second.used = runtime_.now();
  const auto peer = held->second.meeting.peer;
  heard(peer, {peer_endpoint(relay->second), meeting});
  upward_.push_back({datagram.bytes.subspan(relayed_header_bytes), peer_endpoint(peer)});
}

void RoutedSocket::drop(std::uint64_t& counter, const Endpoint& source, std::string_view what) {
  if (worth_a_line(++counter))
    runtime_.log()(LogLevel::info, "dropped {}, from {}; {} so far", what, source.text(), counter);
}

void RoutedSocket::pass_on(MeetingId meeting, SocketNumber socket, const Datagram& datagram) {
  const auto sender = peers_.find({datagram.source, socket});
  const auto receiver = sender == peers_.end()
                            ? std::nullopt
                            : relays_.pass(meeting, sender->second, datagram.bytes.size(), runtime_.now());
  const auto* route = receiver ? direct_route_to(*receiver) : nullptr;
  if (route == nullptr)
    return drop(counters_.relay_refused, datagram.source,
                "a datagram to be passed on, from neither of the two or beyond their limit");
  ++counters_.relayed;
  sockets_.send(route->pair(), datagram.bytes, datagram.bytes.size());
}

// ---- where peers are

const Routes* RoutedSocket::routes_to(const PeerId& peer) const {
  const auto found = known_.find(peer);
  return found == known_.end() ? nullptr : &found->second.routes;
}

const Route* RoutedSocket::direct_route_to(const PeerId& peer) const {
  const auto* routes = routes_to(peer);
  return routes != nullptr ? routes->best_direct() : nullptr;
}

bool RoutedSocket::reaches_directly(const PeerId& peer) const {
  return direct_route_to(peer) != nullptr && !routes_to(peer)->in_doubt();
}

/// Does something to the ways to a peer, keeps who is where in step with it, and tells of another best one.
/// The id is a copy, for the one that was given may stand in what is changed.
void RoutedSocket::change(PeerId peer, const std::function<void(Routes&)>& how) {
  auto& routes = known_[peer].routes;
  const auto before = routes.best() != nullptr ? std::optional(*routes.best()) : std::nullopt;
  for (const auto& known : routes.all())
    if (known.route.direct()) peers_.erase(known.route.pair());
  how(routes);
  for (const auto& known : routes.all())
    if (known.route.direct()) peers_.insert_or_assign(known.route.pair(), peer);
  const auto after = routes.best() != nullptr ? std::optional(*routes.best()) : std::nullopt;
  if (routes.empty() && known_.at(peer).sessions.empty()) known_.erase(peer);
  if (sockets_.further() > 0) closer_.arm({});
  if (before == after) return;
  if (after) {
    // Nothing has been sent there yet.
    known_.at(peer).heard = runtime_.now();
    known_.at(peer).unanswered.answered();
  }
  // Where all are in doubt they take turns.
  if (before && after && !known_.at(peer).routes.in_doubt() && describe(*before) != describe(*after))
    runtime_.log()(LogLevel::info, "what is for {} goes {} now, and no more {}", peer.brief(),
                   describe(*after), describe(*before));
  if (listener_) listener_(peer);
}

void RoutedSocket::settle(const PeerId& peer, const CandidatePair& pair,
                          const std::function<void(Routes&)>& how) {
  if (const auto found = peers_.find(pair); found != peers_.end() && found->second != peer)
    change(found->second, [&](Routes& all) { all.remove(Route::to(pair)); });
  change(peer, how);
}

void RoutedSocket::departed(const PeerId& peer) {
  relays_.forget(peer);
  if (routes_to(peer) == nullptr) return;
  // Where it was says nothing any more: who lives there now may be another. Its meetings are only beginning.
  change(peer, [](Routes& all) { all.remove_direct(); });
}

std::vector<Tally> RoutedSocket::tallies() const {
  auto all = tunnels_ != nullptr ? tunnels_->tallies() : std::vector<Tally>{};
  all.insert(all.end(), {{"route.relayed", &counters_.relayed},
                         {"route.relay_refused", &counters_.relay_refused},
                         {"route.relayed_unknown", &counters_.relayed_unknown},
                         {"route.checks_sent", &counters_.checks_sent},
                         {"route.checks_forged", &counters_.checks_forged},
                         {"route.sightings", &counters_.sightings},
                         {"route.no_route", &counters_.no_route},
                         {"route.probings", &counters_.probings},
                         {"route.strays", &counters_.strays}});
  return all;
}

}  // namespace tutti
