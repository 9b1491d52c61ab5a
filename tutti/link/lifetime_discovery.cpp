#include "tutti/link/lifetime_discovery.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace tutti {
namespace {

using namespace std::chrono_literals;

/// The helper has been told of what will come by then.
constexpr Duration notice = 1s;
/// From one request to the next: Linux counts on a conversation when it goes on for longer than two seconds.
constexpr Duration conversation = 3s;
/// An answer at once comes within this, and none after a silence comes later than this.
constexpr Duration patience = 2s;
constexpr int requests = 2;

}  // namespace

std::optional<Duration> LifetimeDiscovery::keep_alive(Duration outlived) {
  return outlived > Duration() ? std::optional(outlived * 3 / 4) : std::nullopt;
}

void LifetimeDiscovery::init(Peer& peer) {
  peer_ = &peer;
  looker_.emplace(peer.runtime(), [this] { look(); });
  stepper_.emplace(peer.runtime(), [this] { step(); });
}

void LifetimeDiscovery::find_others(Peer& peer) {
  links_ = peer.find<LinkManager>();
  introductions_ = peer.find<Introductions>();
}

void LifetimeDiscovery::stop() {
  looker_.reset();
  stepper_.reset();
  trial_.reset();
  while (!served_.empty()) end_serving(served_.begin()->first);
}

void LifetimeDiscovery::link_down(PeerId peer) {
  helpers_.forget(peer);
  end_serving(peer);
}

void LifetimeDiscovery::look_later() {
  looker_->arm(jittered(period, peer_->random()));
}

void LifetimeDiscovery::look() {
  look_later();
  // Another network's NAT is another one, and nothing is known of it.
  const bool open = in_the_open();
  const auto wanted = keep_alive(open ? silences.back() : introductions_->nat().outlived());
  if (keep_alive_ != wanted) links_->set_keep_alive(keep_alive_ = wanted);
  if (trial_ || open) return;
  if (const auto silence = next_silence()) try_out(*silence);
}

bool LifetimeDiscovery::in_the_open() const {
  const auto address = introductions_->address();
  return address.filtering == NatDependence::endpoint_independent && !address.external.empty() &&
         std::ranges::find(address.internal, address.external[0]) != address.internal.end();
}

std::optional<Duration> LifetimeDiscovery::next_silence() const {
  const auto& nat = introductions_->nat();
  const auto next = std::ranges::upper_bound(silences, nat.outlived());
  if (next == silences.end() || nat.failures(*next) >= failures_believed) return std::nullopt;
  return *next;
}

void LifetimeDiscovery::try_out(Duration silence) {
  const auto& nat = introductions_->nat();
  const auto seen = nat.external();
  if (seen.empty()) return;
  std::vector<PeerId> able;
  for (const auto& [peer, link] : links_->links()) {
    const auto sight = nat.seen_by(peer);
    // Whoever sees this peer elsewhere than most do is on this side of the NAT.
    if (introductions_->place_of(peer) && sight && sight->address == seen[0].address) able.push_back(peer);
  }
  const auto helper = helpers_.choose(std::move(able), peer_->now(), peer_->random());
  if (!helper) return;
  auto socket = socket_.open_further();
  const MeetingId number(peer_->random()());
  const auto key = random_check_key();
  if (!socket || !peer_->send(*helper, Linger{number, key, silence}, Priority::medium)) return;
  socket->start(*this);
  trial_ = Trial{.place = *introductions_->place_of(*helper),
                 .seen = seen[0],
                 .number = number,
                 .key = key,
                 .silence = silence,
                 .socket = std::move(socket)};
  stepper_->arm(notice);
}

void LifetimeDiscovery::step() {
  if (trial_->requests == requests) return judge();
  request();
  stepper_->arm(trial_->requests == requests ? trial_->silence + patience : conversation);
}

void LifetimeDiscovery::request() {
  auto& trial = *trial_;
  ++trial.requests;
  trial.last_request = peer_->now();
  const auto check = seal_check({.kind = Check::Kind::request, .meeting = trial.number}, trial.key, anybody);
  // One may be lost.
  for (int i = 0; i < 2; ++i) trial.socket->send(trial.place, check, check.size());
}

void LifetimeDiscovery::datagrams_received(std::span<const Datagram> datagrams) {
  auto& trial = *trial_;
  for (const auto& datagram : datagrams) {
    const auto check = open_check(datagram.bytes, trial.key, anybody);
    const bool is_answer = check && check->meeting == trial.number && datagram.source == trial.place;
    const auto silent = peer_->now() - trial.last_request;
    if (is_answer && (trial.requests < requests || silent <= patience))
      trial.answered = true;
    else if (is_answer && silent >= trial.silence)
      trial.outlived = true;
    else
      trial.disturbed = true;
  }
}

void LifetimeDiscovery::judge() {
  const auto trial = std::exchange(trial_, std::nullopt);
  const auto seen = introductions_->nat().external();
  // A helper that could not be reached, or another network meanwhile: that says nothing.
  if (!trial->answered || trial->disturbed || seen.empty() || seen[0].address != trial->seen.address) return;
  introductions_->judge_lifetime(trial->silence, trial->outlived);
}

// ---- as a helper

void LifetimeDiscovery::asked(PeerId from, const Linger& message) {
  end_serving(from);
  if (message.silence <= Duration() || message.silence > silence_max || served_.size() >= served_max ||
      !socket_.expect_knocks(message.number, message.key,
                             [this, from](const Endpoint& source) { requested(from, source); }))
    return;
  auto& served =
      served_.try_emplace(from, peer_->runtime(), [this, from] { silence_over(from); }).first->second;
  served.number = message.number;
  served.key = message.key;
  served.silence = message.silence;
  served.timer.arm(notice + conversation + message.silence);
}

void LifetimeDiscovery::requested(PeerId from, const Endpoint& source) {
  auto& served = served_.at(from);
  // Nobody else is sent anything in its name.
  const auto place = introductions_->place_of(from);
  if (!place || place->address != source.address || served.answers == answers_max) return;
  ++served.answers;
  served.source = source;
  socket_.answer_knock(source, served.number, served.key);
  served.timer.arm(served.silence);
}

void LifetimeDiscovery::silence_over(PeerId from) {
  const auto& served = served_.at(from);
  // One may be lost.
  for (int i = 0; i < 2 && served.source; ++i)
    socket_.answer_knock(*served.source, served.number, served.key);
  end_serving(from);
}

void LifetimeDiscovery::end_serving(PeerId from) {
  const auto served = served_.find(from);
  if (served == served_.end()) return;
  socket_.end_knocks(served->second.number);
  served_.erase(served);
}

}  // namespace tutti
