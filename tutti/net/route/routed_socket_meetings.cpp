#include <algorithm>
#include <set>

#include "tutti/net/route/peer_endpoint.hpp"
#include "tutti/net/route/routed_socket.hpp"

namespace tutti {

void RoutedSocket::meet(const Meeting& meeting) {
  const TimePoint now = runtime_.now();
  forget_idle();
  if (const auto held = meetings_.find(meeting.id); held != meetings_.end()) {
    if (held->second.meeting.peer != meeting.peer || held->second.meeting.key != meeting.key) return;
    held->second.search.add(meeting.places, now);
    // Where somebody else says that it sees the other peer, that one may have asked to be seen.
    if (held->second.meeting.relay == meeting.relay) plan_probing(held->second, meeting.probing);
    return watch_searches();
  }
  if (meetings_.size() >= meetings_max)
    forget(
        std::ranges::min_element(meetings_, {}, [](const auto& entry) { return entry.second.used; })->first);
  auto& held =
      meetings_
          .emplace(meeting.id, Held{.meeting = meeting, .search = Search(meeting.places, now), .used = now})
          .first->second;
  plan_probing(held, meeting.probing);
  change(meeting.peer,
         [&](Routes& all) { all.confirm({peer_endpoint(meeting.relay), meeting.id}, std::nullopt, now); });
  watch_searches();
}

void RoutedSocket::end_meeting(MeetingId meeting) {
  if (meetings_.contains(meeting)) forget(meeting);
}

void RoutedSocket::forget(MeetingId meeting) {
  if (probing_ == meeting) end_probing();
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
    const auto& held = entry.second;
    return held.meeting.peer == peer && (held.search.next_at() != TimePoint::max() ||
                                         (held.birthday && held.birthday->next_at() != TimePoint::max()));
  });
}

std::string RoutedSocket::trace_of(MeetingId meeting) const {
  const auto found = meetings_.find(meeting);
  if (found == meetings_.end()) return {};
  const auto& held = found->second;
  return held.birthday ? held.search.trace() + "; " + held.birthday->trace() : held.search.trace();
}

void RoutedSocket::watch_searches() {
  TimePoint first = TimePoint::max();
  for (const auto& [id, held] : meetings_) {
    first = std::min(first, held.search.next_at());
    if (held.birthday) first = std::min(first, held.birthday->next_at());
  }
  if (first == TimePoint::max())
    searcher_.cancel();
  else
    searcher_.arm_at(first);
}

void RoutedSocket::search() {
  const TimePoint now = runtime_.now();
  for (auto& [id, held] : meetings_) {
    while (const auto pair = held.search.next(now)) {
      ask(held, {*pair, now});
      try_tunnel(held, pair->remote);
    }
    if (held.birthday) probe(held);
  }
  watch_searches();
}

// ---- birthday probing

void RoutedSocket::plan_probing(Held& held, const std::optional<Meeting::Probing>& probing) {
  if (!probing || held.birthday) return;
  if (probing->side == Birthday::Side::many_sockets && !sockets_.can_open()) return;
  held.birthday.emplace(probing->side, probing->seen, runtime_.now(), Random(runtime_.random()()));
}

/// At most one goes on at a time, whoever it is with: another does without. Its peer is introduced again.
std::optional<std::string_view> RoutedSocket::begin_probing(Held& held) {
  if (reaches_directly(held.meeting.peer)) return "there is a direct way";
  if (probing_) return "another one is under way";
  auto& birthday = *held.birthday;
  if (const auto refusal = probing_limit_.begin(held.meeting.peer, birthday.seen(), runtime_.now()))
    return refusal;
  birthday.begin(runtime_.now());
  // The other side may probe in another of the meetings with it.
  for (auto& [id, each] : meetings_)
    if (each.meeting.peer == held.meeting.peer) each.search.prolong(birthday.end());
  probing_ = held.meeting.id;
  ++counters_.probings;
  return std::nullopt;
}

void RoutedSocket::probe(Held& held) {
  const TimePoint now = runtime_.now();
  auto& birthday = *held.birthday;
  if (birthday.is_due(now))
    if (const auto refusal = begin_probing(held)) birthday.refuse(*refusal);
  if (!birthday.under_way()) return;
  while (const auto place = birthday.next(now)) {
    const auto socket = birthday.side() == Birthday::Side::many_sockets
                            ? sockets_.open({held.meeting.peer, *place})
                            : std::optional(main_socket);
    if (socket) ask(held, {{*place, *socket}, now, true});
  }
  if (!birthday.under_way()) end_probing();
}

/// Sockets to which the other side has spoken are kept while they may become a way.
void RoutedSocket::end_probing() {
  std::erase_if(meetings_.at(*probing_).asked, [](const auto& entry) { return entry.second.probe; });
  probing_.reset();
  if (sockets_.further() > 0) closer_.arm({});
}

void RoutedSocket::close_unused() {
  std::set<SocketNumber> ways;
  for (const auto& [peer, known] : known_)
    for (const auto& each : known.routes.all())
      if (each.route.socket != main_socket) ways.insert(each.route.socket);
  open_tunnels_.keep_only(ways);
  const auto* prober = probing_ ? &meetings_.at(*probing_).meeting.peer : nullptr;
  sockets_.close_unless([&](SocketNumber socket, const LocalSockets::Purpose& purpose) {
    if (ways.contains(socket) || (prober != nullptr && purpose.peer == *prober)) return true;
    return std::ranges::any_of(meetings_,
                               [&](const auto& entry) { return entry.second.search.needs(socket); });
  });
  // Nobody tells when a search is over.
  if (sockets_.further() > ways.size()) closer_.arm(std::chrono::seconds(1));
}

// ---- checks

void RoutedSocket::ask(Held& held, const Asked& asked) {
  held.asked.emplace(++last_transaction_, asked);
  send_check(asked.pair,
             {.kind = Check::Kind::request, .meeting = held.meeting.id, .transaction = last_transaction_},
             held.meeting.key);
}

void RoutedSocket::send_check(const CandidatePair& to, const Check& check, const CheckKey& key) {
  ++counters_.checks_sent;
  const auto datagram = seal_check(check, key, self_);
  sockets_.send(to, datagram, datagram.size());
}

void RoutedSocket::check_received(SocketNumber socket, const Datagram& datagram) {
  const CandidatePair pair(datagram.source, socket);
  const auto meeting = meeting_of(datagram.bytes);
  if (socket == main_socket && knock_received(datagram)) return;
  if (const auto session = meeting ? sessions_.find(*meeting) : sessions_.end(); session != sessions_.end())
    return session_check_received(pair, datagram.bytes, session->second);
  const auto found = meeting ? meetings_.find(*meeting) : meetings_.end();
  const auto check = found == meetings_.end()
                         ? std::nullopt
                         : open_check(datagram.bytes, found->second.meeting.key, found->second.meeting.peer);
  if (!check) return drop_forged(datagram.source);
  auto& held = found->second;
  if (check->kind == Check::Kind::response) return answered(held, pair, check->transaction);
  respond(pair, *check, held.meeting.key);
  held.search.heard_from(pair, runtime_.now());
  watch_searches();
}

void RoutedSocket::respond(const CandidatePair& to, const Check& request, const CheckKey& key) {
  send_check(to,
             {.kind = Check::Kind::response,
              .meeting = request.meeting,
              .transaction = request.transaction,
              .mapped = to.remote},
             key);
}

void RoutedSocket::answered(Held& held, const CandidatePair& pair, std::uint64_t transaction) {
  const TimePoint now = runtime_.now();
  // Only from where the request went: elsewhere it would prove nothing about that place.
  const auto asked = held.asked.find(transaction);
  if (asked == held.asked.end() || asked->second.pair != pair) return;
  const auto round_trip = now - asked->second.at;
  if (asked->second.probe) held.search.heard_from(pair, now);
  held.asked.erase(asked);
  held.search.answered(pair, round_trip, now);
  for (auto& [id, each] : meetings_)
    if (each.meeting.peer == held.meeting.peer && each.birthday) each.birthday->met();
  if (probing_ && !meetings_.at(*probing_).birthday->under_way()) end_probing();
  watch_searches();
  settle(held.meeting.peer, pair, [&](Routes& all) { all.confirm(Route::to(pair), round_trip, now); });
}

}  // namespace tutti
