// How a routed socket gets through networks that let no datagrams through.
#include <algorithm>
#include <span>
#include <vector>

#include "tutti/net/route/peer_endpoint.hpp"
#include "tutti/net/route/routed_socket.hpp"

namespace tutti {
namespace {

/// Between two looks at the tunnels: whether datagrams get through meanwhile.
constexpr Duration tending_period = std::chrono::seconds(10);
/// A tunnel through which nothing has come for so long is closed when datagrams get through.
constexpr Duration unused = std::chrono::seconds(30);
/// The same in any case: longer than any sign of life is apart.
constexpr Duration abandoned = std::chrono::seconds(180);

}  // namespace

void RoutedSocket::send_to_place(const Endpoint& place, ByteView bytes, std::size_t segment_bytes) {
  if (const auto* tunnel = open_tunnels_.to(place))
    return sockets_.send({place, tunnel->number}, bytes, segment_bytes);
  open_if_unheard(place);
  sockets_.send(place, bytes, segment_bytes);
}

void RoutedSocket::open_if_unheard(const Endpoint& place) {
  if (tunnels_ != nullptr && unheard_.sent(place, runtime_.now())) tunnels_->open(place);
}

/// Who reaches even the relay through a tunnel only gets no datagrams to anybody. Without tunnels of its own
/// to others it would lose all of them together with that relay.
void RoutedSocket::try_tunnel(const Held& held, const Endpoint& place) {
  const auto* way = direct_route_to(held.meeting.relay);
  if (way == nullptr || !way->tunnelled() || open_tunnels_.to(place) != nullptr) return;
  const auto& candidates = held.search.candidates();
  const auto likely = std::span(candidates).first(std::min(candidates.size(), tunnelled_places_max));
  const bool is_likely = std::ranges::any_of(
      likely, [&](const Search::Candidate& each) { return each.pair == CandidatePair(place); });
  if (is_likely) open_if_unheard(place);
}

SocketNumber RoutedSocket::tunnel_opened(Tunnel tunnel) {
  const auto& [peer, place] = std::pair(tunnel.peer, tunnel.place);
  const auto number = sockets_.adopt({peer, place}, std::move(tunnel.socket));
  open_tunnels_.add({number, peer, place, tunnel.outgoing, runtime_.now()});
  change(peer, [&](Routes& all) { all.confirm(Route::to({place, number}), std::nullopt, runtime_.now()); });
  if (!tender_.armed()) tender_.arm(tending_period);
  return number;
}

void RoutedSocket::tunnel_ended(SocketNumber number) {
  const auto ended = open_tunnels_.remove(number);
  if (!ended) return;
  const auto& peer = ended->peer;
  const auto* taken = direct_route_to(peer);
  const bool needed = taken != nullptr && taken->socket == number;
  change(peer, [&](Routes& all) { all.remove(Route::to({ended->place, number})); });
  // Whoever still talks through it has perhaps lost only this connection.
  const auto known = known_.find(peer);
  if (needed && ended->outgoing && known != known_.end() && !known->second.sessions.empty())
    tunnels_->open(ended->place);
}

void RoutedSocket::tend_tunnels() {
  const TimePoint now = runtime_.now();
  std::vector<std::pair<PeerId, Route>> over;
  for (const auto& [number, tunnel] : open_tunnels_.all()) {
    const auto* best = direct_route_to(tunnel.peer);
    const bool needed = best != nullptr && is_tunnel(best->socket);
    if (now - tunnel.used > (needed ? abandoned : unused))
      over.emplace_back(tunnel.peer, Route::to({tunnel.place, number}));
    else if (needed && tunnel.outgoing)
      check_place(tunnel.peer, tunnel.place);
  }
  for (const auto& [peer, route] : over) change(peer, [&](Routes& all) { all.remove(route); });
  if (!open_tunnels_.all().empty()) tender_.arm(tending_period);
}

}  // namespace tutti
