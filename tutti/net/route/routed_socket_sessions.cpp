// What a routed socket learns from the channels of the transport above: where peers are, and where they seem
// to be.
#include <algorithm>

#include "tutti/net/route/peer_endpoint.hpp"
#include "tutti/net/route/routed_socket.hpp"

namespace tutti {

CandidatePair RoutedSocket::pair_of(const Endpoint& place) const {
  const auto peer = peer_at(place);
  const auto* routes = peer ? routes_to(*peer) : nullptr;
  return routes != nullptr && routes->best() != nullptr ? routes->best()->pair() : CandidatePair(place);
}

Endpoint RoutedSocket::opened(const PeerId& peer, const Endpoint& place, const ChannelSecret& secret) {
  const MeetingId number(secret.number);
  if (sessions_.emplace(number, peer).second) known_[peer].sessions.push_back({number, secret.key});
  if (peer_at(place) == peer) return place;
  unheard_.forget(place);
  // Its datagrams have come through the tunnel.
  if (const auto* tunnel = open_tunnels_.to(place); tunnel != nullptr && tunnel->peer == peer)
    return peer_endpoint(peer);
  const auto pair = pair_of(place);
  if (peer_at(pair.remote)) return place;  // over a relay that says it is another's
  settle(peer, pair, [&](Routes& all) { all.follow(Route::to(pair), runtime_.now()); });
  return peer_endpoint(peer);
}

void RoutedSocket::closed(const ChannelSecret& secret) {
  const MeetingId number(secret.number);
  const auto session = sessions_.find(number);
  if (session == sessions_.end()) return;
  const auto known = known_.find(session->second);
  std::erase_if(known->second.sessions, [&](const Session& each) { return each.number == number; });
  if (known->second.sessions.empty() && known->second.routes.empty()) known_.erase(known);
  sessions_.erase(session);
}

Endpoint RoutedSocket::sighted(const PeerId& peer, const Endpoint& place) {
  const auto pair = pair_of(place);
  if (peer_at(place) == peer || peer_at(pair.remote)) return place;
  // What has come together with the packet that told who is there still bears the place.
  if (const auto found = peers_.find(pair); found != peers_.end() && found->second == peer)
    return peer_endpoint(peer);
  if (worth_a_line(++counters_.sightings))
    runtime_.log()(LogLevel::info, "{} is sighted at {}, which is checked; {} such packets so far",
                   peer.brief(), pair.remote.text(), counters_.sightings);
  // One check for each packet that has come from there, and so no more than three times its bytes.
  check_place(peer, pair);
  return peer_endpoint(peer);
}

void RoutedSocket::check_place(const PeerId& peer, const CandidatePair& pair) {
  const auto known = known_.find(peer);
  if (known == known_.end() || known->second.sessions.empty()) return;
  const TimePoint now = runtime_.now();
  auto& session = known->second.sessions.back();
  if (session.asked && session.asked->second.pair == pair &&
      now - session.asked->second.at < validation_pause)
    return;
  session.asked = {++last_transaction_, Asked{pair, now}};
  send_check(pair,
             {.kind = Check::Kind::request, .meeting = session.number, .transaction = last_transaction_},
             session.key);
}

void RoutedSocket::session_check_received(const CandidatePair& pair, ByteView datagram, const PeerId& peer) {
  auto& sessions = known_.at(peer).sessions;
  auto& session = *std::ranges::find(sessions, *meeting_of(datagram), &Session::number);
  const auto check = open_check(datagram, session.key, peer);
  if (!check) return drop_forged(pair.remote);
  if (check->kind == Check::Kind::request) return respond(pair, *check, session.key);
  // Only from where the request went: elsewhere it would prove nothing about that place.
  if (!session.asked || session.asked->first != check->transaction || session.asked->second.pair != pair)
    return;
  session.asked.reset();
  settle(peer, pair, [&](Routes& all) { all.follow(Route::to(pair), runtime_.now()); });
}

}  // namespace tutti
