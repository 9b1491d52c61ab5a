// Checks that test whom a NAT lets in, and for how long (RFC 5780, 4.4 and 4.6). They lead to no way.
#include <algorithm>

#include "tutti/net/route/routed_socket.hpp"

namespace tutti {
namespace {

/// One may be lost, and silence means something here.
constexpr int copies = 2;

/// A knock has left by then, whatever its socket does with it.
constexpr Duration knocked_by = std::chrono::seconds(1);

}  // namespace

bool RoutedSocket::knock(const Endpoint& place, MeetingId number, const CheckKey& key) {
  const auto socket = sockets_.open({anybody, place});
  if (!socket) return false;
  const auto datagram = seal_check({.kind = Check::Kind::request, .meeting = number}, key, anybody);
  for (int i = 0; i < copies; ++i) {
    ++counters_.checks_sent;
    sockets_.send({place, *socket}, datagram, datagram.size());
  }
  if (!closer_.armed()) closer_.arm(knocked_by);
  return true;
}

bool RoutedSocket::expect_knocks(MeetingId number, const CheckKey& key,
                                 std::function<void(const Endpoint&)> heard) {
  return knocks_.try_emplace(number, Knocks{.key = key, .heard = std::move(heard)}).second;
}

void RoutedSocket::answer_knock(const Endpoint& source, MeetingId number, const CheckKey& key) {
  const auto datagram = seal_check({.kind = Check::Kind::request, .meeting = number}, key, anybody);
  ++counters_.checks_sent;
  sockets_.send(source, datagram, datagram.size());
}

bool RoutedSocket::knock_received(const Datagram& datagram) {
  const auto number = meeting_of(datagram.bytes);
  const auto expected = number ? knocks_.find(*number) : knocks_.end();
  if (expected == knocks_.end()) return false;
  if (open_check(datagram.bytes, expected->second.key, anybody))
    expected->second.heard(datagram.source);
  else
    drop_forged(datagram.source);
  return true;
}

bool RoutedSocket::has_to_do_with(const decltype(Endpoint::address)& address) const {
  const auto is_there = [&](const CandidatePair& pair) { return pair.remote.address == address; };
  return std::ranges::any_of(peers_, [&](const auto& entry) { return is_there(entry.first); }) ||
         std::ranges::any_of(meetings_, [&](const auto& entry) {
           return std::ranges::any_of(entry.second.search.candidates(),
                                      [&](const auto& candidate) { return is_there(candidate.pair); });
         });
}

}  // namespace tutti
