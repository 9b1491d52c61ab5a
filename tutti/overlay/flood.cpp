#include "tutti/overlay/flood.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "tutti/base/require.hpp"

namespace tutti {
namespace {

/// One batch: small enough that a live event never waits long behind it.
constexpr std::size_t batch_bytes_max = 32 * 1024;
constexpr std::size_t batch_items_max = 512;
/// A link takes more of a catch-up while less than this waits on it.
constexpr std::size_t queue_bytes_low = 256 * 1024;
/// Batches sent to all neighbours in one turn.
constexpr int batches_per_turn_max = 16;
constexpr Duration pump_pause = std::chrono::milliseconds(5);
/// Those who say two things under one number are named that often.
constexpr std::uint64_t contradictions_logged_max = 100;
/// From one signature to the next, at least: a hundred a second cost a peer a hundredth of its time, and each
/// of the others two.
constexpr Duration sealing_pause = std::chrono::milliseconds(10);

}  // namespace

void Flood::init(Peer& peer) {
  peer_ = &peer;
  if (options_.signing) {
    sealer_.emplace(*options_.signing);
    require(options_.signing->identity.peer() == peer.id(), "a peer signs by its own key");
    if (const auto shown = sealer_->show(peer.id(), options_.signing->authorization); !shown)
      peer.log()(LogLevel::error, "what this peer does will not be accepted: {}", shown.error());
  }
  pump_.emplace(peer.runtime(), [this] { pump(); });
  sealing_.emplace(peer.runtime(), [this] { send_own(); });
  received_ = peer.measure().counter("flood.received");
  duplicates_ = peer.measure().counter("flood.duplicates");
  said_ = peer.measure().counter("flood.said");
  contradictions_ = peer.measure().counter("flood.contradictions");
}

bool Flood::take_over(Peerlet& former) {
  auto* const other = dynamic_cast<Flood*>(&former);
  if (other == nullptr) return false;
  log_ = std::move(other->log_);
  announced_ = std::move(other->announced_);
  pulsed_ = std::move(other->pulsed_);
  neighbours_ = std::move(other->neighbours_);
  conduct_ = std::move(other->conduct_);
  if (other->sealer_) sealer_ = std::move(other->sealer_);  // it is the network that is signed
  last_sequence_ = other->last_sequence_;
  last_announcement_ = other->last_announcement_;
  last_pulse_ = other->last_pulse_;
  drop_messages_ = other->drop_messages_;
  statistics_ = other->statistics_;
  listener_ = other->listener_;
  for (auto& [id, neighbour] : neighbours_) {
    neighbour.incoming = incoming_bucket();
    neighbour.outgoing = outgoing_bucket();
  }
  pump_->arm({});
  return true;
}

void Flood::stop() {
  send_own();
  pump_.reset();
  sealing_.reset();
}

TokenBucket Flood::incoming_bucket() const {
  return TokenBucket(options_.neighbour_limit, peer_->now());
}

TokenBucket Flood::outgoing_bucket() const {
  const auto [rate, burst] = options_.neighbour_limit;
  return TokenBucket({rate / 4, burst / 4}, peer_->now());
}

Flood::Conduct Flood::new_conduct() const {
  const auto allowance = [&](double share) {
    const auto part = [share](RateLimit limit) { return RateLimit{limit.rate * share, limit.burst * share}; };
    return Allowance{TokenBucket(part(options_.own_limit), peer_->now()),
                     TokenBucket(part(options_.own_bytes_limit), peer_->now())};
  };
  return {.theirs = allowance(1), .ours = allowance(0.5)};
}

bool Flood::Allowance::take(std::size_t size, TimePoint now) {
  const auto cost = static_cast<double>(size);
  return broadcasts.holds(1, now) && bytes.take(now, cost) && broadcasts.take(now);
}

// ---- what this peer says

Sequence Flood::broadcast(Bytes payload) {
  require(payload.size() <= broadcast_bytes_max, "a broadcast is at most broadcast_bytes_max long");
  ++last_sequence_;
  said_.add();
  const Origin origin = peer_->origin();
  log_.keep(origin, last_sequence_, {std::move(payload), {}});
  unsent_.emplace_back(origin, last_sequence_);
  send_own_soon();
  return last_sequence_;
}

void Flood::send_own_soon() {
  if (!sealer_ || unsent_.size() >= Sealer::batch_max || peer_->now() - sealing_pause >= sealed_at_)
    send_own();
  else if (!sealing_->armed())
    sealing_->arm_at(sealed_at_ + sealing_pause);
}

void Flood::send_own() {
  auto own = std::exchange(unsent_, {});
  std::erase_if(own, [this](const auto& name) { return log_.find(name.first, name.second) == nullptr; });
  if (own.empty()) return;
  if (sealer_) {
    sealed_at_ = peer_->now();
    std::vector<Statement> statements;
    for (const auto& [origin, sequence] : own)
      statements.push_back({Utterance::broadcast, origin, sequence, log_.find(origin, sequence)->payload});
    auto seals = sealer_->seal(statements);
    for (std::size_t i = 0; i < own.size(); ++i) log_.seal(own[i].first, own[i].second, std::move(seals[i]));
  }
  for (const auto& [origin, sequence] : own) {
    const auto& [payload, seal] = *log_.find(origin, sequence);
    if (origin == peer_->origin()) forward_event({{origin, sequence, payload, seal}}, std::nullopt);
  }
}

Bytes Flood::seal_of(Utterance kind, Sequence number, ByteView payload) const {
  return sealer_ ? sealer_->seal({kind, peer_->origin(), number, payload}) : Bytes{};
}

void Flood::announce(Bytes payload) {
  require(payload.size() <= broadcast_bytes_max, "an announcement is at most broadcast_bytes_max long");
  ++last_announcement_;
  auto seal = seal_of(Utterance::announcement, last_announcement_, payload);
  forward_announcement(
      Envelope(FloodAnnouncement{peer_->origin(), last_announcement_, std::move(payload), std::move(seal)}),
      std::nullopt);
}

void Flood::pulse(Bytes payload) {
  require(payload.size() <= pulse_bytes_max, "a pulse is at most pulse_bytes_max long");
  ++last_pulse_;
  auto seal = seal_of(Utterance::pulse, last_pulse_, payload);
  forward_pulse(Envelope(FloodPulse{peer_->origin(), last_pulse_, std::move(payload), std::move(seal)}),
                std::nullopt);
}

// ---- what is kept

void Flood::forget(Origin origin, Sequence sequence) {
  log_.forget(origin, sequence);
}

void Flood::forget_origin(Origin origin) {
  require(origin != peer_->origin(), "nobody forgets itself");
  announced_.erase(origin);
  pulsed_.erase(origin);
  log_.forget(origin);
}

void Flood::remember(Origin origin, Sequence sequence, Bytes payload, Bytes seal) {
  require(neighbours_.empty(), "what is remembered is known before anybody can lack it");
  const bool unsealed = sealer_ && seal.empty();
  require(!unsealed || origin.peer == peer_->id(), "what others said is remembered with its seal");
  log_.keep(origin, sequence, {std::move(payload), std::move(seal)});
  if (!unsealed) return;
  unsent_.emplace_back(origin, sequence);
  send_own_soon();
}

void Flood::begin_anew(const std::map<Origin, SequenceSet>& known) {
  log_.begin_anew(known, options_.origins_max);
  ask_again();
}

void Flood::ask_again() {
  const Envelope message(digest());
  for (const auto& [id, neighbour] : neighbours_) peer_->send(id, message, Priority::high);
}

// ---- neighbours

FloodDigest Flood::digest() const {
  FloodDigest digest;
  if (sealer_) digest.authorization = sealer_->signing().authorization;
  for (const auto& [origin, heard] : log_.all_heard()) digest.entries.push_back({origin, heard.intervals()});
  return digest;
}

void Flood::link_up(PeerId neighbour) {
  for (auto one = conduct_.begin(); one != conduct_.end();) {
    auto& [theirs, ours] = one->second;
    const bool as_new = theirs.full(peer_->now()) && ours.full(peer_->now());
    one = as_new && !neighbours_.contains(one->first) ? conduct_.erase(one) : std::next(one);
  }
  conduct_.try_emplace(neighbour, new_conduct());
  neighbours_.insert_or_assign(neighbour,
                               Neighbour{.incoming = incoming_bucket(), .outgoing = outgoing_bucket()});
  peer_->send(neighbour, digest(), Priority::high);
}

void Flood::set_drop_messages(bool drop) {
  drop_messages_ = drop;
  for (auto& [id, neighbour] : neighbours_)
    std::erase_if(neighbour.lacking, [&](const Lacking& lacking) { return !passes_on(lacking.origin); });
}

void Flood::link_down(PeerId neighbour) {
  neighbours_.erase(neighbour);
}

void Flood::forward_event(FloodEvent message, std::optional<PeerId> except) {
  const auto origin = message.item.origin;
  const auto sequence = message.item.sequence;
  const auto size = message.item.payload.size();
  if (!passes_on(origin)) return;
  const auto now = peer_->now();
  const bool own = origin.peer == peer_->id();
  const Envelope event(std::move(message));
  for (auto& [id, neighbour] : neighbours_) {
    if (!neighbour.synchronized || id == except) continue;
    if (neighbour.outgoing.take(now) && (!own || conduct_.at(id).ours.take(size, now))) {
      peer_->send_unreliable(id, event);
      peer_->send(id, event, Priority::high);
    } else {
      neighbour.lacking.push_back({origin, {sequence, sequence}});
      if (!pump_->armed()) pump_->arm(pump_pause);
    }
  }
}

void Flood::forward_announcement(const Envelope& announcement, std::optional<PeerId> except) {
  for (auto& [id, neighbour] : neighbours_)
    if (neighbour.synchronized && id != except && neighbour.outgoing.take(peer_->now()))
      peer_->send(id, announcement, Priority::high);
}

void Flood::forward_pulse(const Envelope& pulse, std::optional<PeerId> except) {
  for (auto& [id, neighbour] : neighbours_)
    if (neighbour.synchronized && id != except && neighbour.outgoing.take(peer_->now()))
      peer_->send_unreliable(id, pulse);
}

bool Flood::within_rate(PeerId from) {
  const auto neighbour = neighbours_.find(from);
  if (neighbour == neighbours_.end()) return false;
  if (neighbour->second.incoming.take(peer_->now())) return true;
  peer_->disconnect(
      from, fmt::format("it floods: more than {} broadcasts a second", options_.neighbour_limit.rate));
  return false;
}

bool Flood::within_allowance(PeerId from, std::size_t size) {
  if (conduct_.at(from).theirs.take(size, peer_->now())) return true;
  peer_->disconnect(from,
                    fmt::format("it says too much: more than {} broadcasts or {} bytes of them a second",
                                options_.own_limit.rate, options_.own_bytes_limit.rate));
  return false;
}

std::expected<void, std::string> Flood::check_seal(const Statement& statement, ByteView seal) {
  if (sealer_) return sealer_->check(statement, seal);
  if (!seal.empty()) return std::unexpected("it is signed, and nothing is here");
  return {};
}

bool Flood::overrules(const FloodItem& item, const Bytes& former) {
  contradictions_.add();
  if (++statistics_.contradictions <= contradictions_logged_max)
    peer_->log()(LogLevel::warning, "{} has said two things under its number {}: its signatures prove it",
                 item.origin.peer.brief(), item.sequence.value());
  return item.payload < former;
}

bool Flood::take(PeerId from, const FloodItem& item) {
  const auto blame = [&](std::string_view why) {
    peer_->disconnect(from, why);
    return false;
  };
  if (item.sequence == Sequence{}) return blame("a broadcast has sequence 0");
  if (item.payload.size() > broadcast_bytes_max) return blame("a broadcast is too large");
  const auto* const former = sealer_ ? kept(item.origin, item.sequence) : nullptr;
  if (log_.heard(item.origin, item.sequence) && (former == nullptr || *former == item.payload)) {
    ++statistics_.duplicates;
    duplicates_.add();
    return false;
  }
  // After beginning anew one's own may come back.
  if (item.origin == peer_->origin() && item.sequence > last_sequence_)
    return blame("a broadcast claims to be this peer's own");
  if (!log_.knows(item.origin) && log_.origins() >= options_.origins_max)
    return blame(fmt::format("broadcasts of more than {} origins", options_.origins_max));
  if (log_.bytes() + item.payload.size() > options_.stored_bytes_max)
    return blame(fmt::format("more than {} bytes of broadcasts", options_.stored_bytes_max));
  if (const auto sealed =
          check_seal({Utterance::broadcast, item.origin, item.sequence, item.payload}, item.seal);
      !sealed)
    return blame(fmt::format("a broadcast is not in order: {}", sealed.error()));
  if (former != nullptr && !overrules(item, *former)) return false;
  if (item.origin.peer == from && !within_allowance(from, item.payload.size())) return false;
  if (listener_ != nullptr) {
    const auto reception =
        former == nullptr
            ? listener_->broadcast_received(item.origin, item.sequence, item.payload, item.seal)
            : listener_->broadcast_corrected(item.origin, item.sequence, *former, item.payload, item.seal);
    if (!reception) return blame(reception.error());
    if (*reception == Reception::refused) return false;
    if (*reception == Reception::ignored) {
      log_.hear(item.origin, item.sequence);
      return false;
    }
  }
  log_.forget(item.origin, item.sequence);
  log_.keep(item.origin, item.sequence, {item.payload, item.seal});
  ++statistics_.received;
  received_.add();
  return true;
}

void Flood::event_received(PeerId from, const FloodEvent& event) {
  if (within_rate(from) && take(from, event.item)) forward_event(event, from);
}

void Flood::batch_received(PeerId from, const FloodBatch& batch) {
  // The digests of the other neighbours were answered before this came: it is theirs to catch up with, too.
  FloodBatch fresh;
  for (const auto& item : batch.items) {
    if (!neighbours_.contains(from)) break;  // it was disconnected for one of them
    if (take(from, item)) fresh.items.push_back(item);
  }
  statistics_.caught_up += fresh.items.size();
  if (fresh.items.empty() || drop_messages_) return;
  const Envelope message(std::move(fresh));
  for (const auto& [id, neighbour] : neighbours_)
    if (neighbour.synchronized && id != from) peer_->send(id, message, Priority::medium);
}

void Flood::announcement_received(PeerId from, const FloodAnnouncement& announcement) {
  if (!within_rate(from) || announcement.origin == peer_->origin()) return;
  const auto known = announced_.find(announcement.origin);
  if (known != announced_.end() && announcement.number <= known->second) return;
  if (known == announced_.end() && announced_.size() >= options_.origins_max)
    return peer_->disconnect(from,
                             fmt::format("announcements of more than {} origins", options_.origins_max));
  if (const auto sealed = check_seal(
          {Utterance::announcement, announcement.origin, announcement.number, announcement.payload},
          announcement.seal);
      !sealed)
    return peer_->disconnect(from, fmt::format("an announcement is not in order: {}", sealed.error()));
  if (announcement.origin.peer == from && !within_allowance(from, announcement.payload.size())) return;
  if (listener_ != nullptr) {
    const auto accepted = listener_->announcement_received(announcement.origin, announcement.payload);
    if (!accepted) return peer_->disconnect(from, accepted.error());
  }
  announced_.insert_or_assign(announcement.origin, announcement.number);
  if (passes_on(announcement.origin)) forward_announcement(Envelope(announcement), from);
}

void Flood::pulse_received(PeerId from, const FloodPulse& pulse) {
  if (!within_rate(from) || pulse.origin == peer_->origin()) return;
  const auto known = pulsed_.find(pulse.origin);
  if (known != pulsed_.end() && pulse.number <= known->second) return;
  if (known == pulsed_.end() && pulsed_.size() >= options_.origins_max)
    return peer_->disconnect(from, fmt::format("pulses of more than {} origins", options_.origins_max));
  if (pulse.payload.size() > pulse_bytes_max) return peer_->disconnect(from, "a pulse is too large");
  if (const auto sealed =
          check_seal({Utterance::pulse, pulse.origin, pulse.number, pulse.payload}, pulse.seal);
      !sealed)
    return peer_->disconnect(from, fmt::format("a pulse is not in order: {}", sealed.error()));
  if (listener_ != nullptr) {
    const auto accepted = listener_->pulse_received(pulse.origin, pulse.payload);
    if (!accepted) return peer_->disconnect(from, accepted.error());
  }
  pulsed_.insert_or_assign(pulse.origin, pulse.number);
  if (passes_on(pulse.origin)) forward_pulse(Envelope(pulse), from);
}

void Flood::digest_received(PeerId from, const FloodDigest& digest) {
  const auto found = neighbours_.find(from);
  if (found == neighbours_.end() || !within_rate(from)) return;
  if (sealer_)
    if (const auto shown = sealer_->show(from, digest.authorization); !shown)
      return peer_->disconnect(from, shown.error());
  send_own();  // what it gets is sealed
  auto& neighbour = found->second;
  neighbour.synchronized = true;
  std::map<Origin, SequenceSet> theirs;
  for (const auto& entry : digest.entries) theirs.emplace(entry.origin, SequenceSet(entry.intervals));
  neighbour.lacking.clear();
  // What this peer said itself, which goes no faster than it is allowed to, comes last: at the front.
  const auto missing = log_.missing(theirs);
  for (const bool own : {true, false})
    for (const auto& lacking : missing)
      if ((lacking.origin.peer == peer_->id()) == own && passes_on(lacking.origin))
        neighbour.lacking.push_back(lacking);
  pump();
}

const Bytes* Flood::kept(Origin origin, Sequence sequence) const {
  const auto* const broadcast = log_.find(origin, sequence);
  return broadcast == nullptr ? nullptr : &broadcast->payload;
}

FloodBatch Flood::next_batch(PeerId to, Neighbour& neighbour) {
  FloodBatch batch;
  std::size_t bytes = 0;
  while (!neighbour.lacking.empty() && bytes < batch_bytes_max && batch.items.size() < batch_items_max) {
    auto& [origin, interval] = neighbour.lacking.back();
    if (const auto* broadcast = log_.find(origin, interval.first)) {
      const bool own = origin.peer == peer_->id();
      if (own && !conduct_.at(to).ours.take(broadcast->payload.size(), peer_->now())) break;
      batch.items.push_back({origin, interval.first, broadcast->payload, broadcast->seal});
      bytes += broadcast->bytes();
    }
    if (interval.first == interval.last)
      neighbour.lacking.pop_back();
    else
      ++interval.first;
  }
  return batch;
}

void Flood::pump() {
  bool more = false;
  for (auto& [id, neighbour] : neighbours_) {
    for (int i = 0; i < batches_per_turn_max && !neighbour.lacking.empty(); ++i) {
      if (peer_->queue_bytes(id, Priority::medium) > queue_bytes_low) break;
      auto batch = next_batch(id, neighbour);
      if (batch.items.empty()) break;                                   // no more now, or nothing is kept
      if (!peer_->send(id, std::move(batch), Priority::medium)) break;  // the link is about to end
    }
    more = more || !neighbour.lacking.empty();
  }
  if (more) pump_->arm(pump_pause);
}

}  // namespace tutti
