#include "tutti/overlay/flood.hpp"

#include <algorithm>
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
/// What an item costs beyond its payload.
constexpr std::size_t item_overhead_bytes = 64;

}  // namespace

void Flood::init(Peer& peer) {
  peer_ = &peer;
  pump_.emplace(peer.runtime(), [this] { pump(); });
  received_ = peer.measure().counter("flood.received");
  duplicates_ = peer.measure().counter("flood.duplicates");
  said_ = peer.measure().counter("flood.said");
}

bool Flood::take_over(Peerlet& former) {
  auto* const other = dynamic_cast<Flood*>(&former);
  if (other == nullptr) return false;
  histories_ = std::move(other->histories_);
  announced_ = std::move(other->announced_);
  pulsed_ = std::move(other->pulsed_);
  neighbours_ = std::move(other->neighbours_);
  stored_bytes_ = other->stored_bytes_;
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

TokenBucket Flood::incoming_bucket() const {
  return TokenBucket(options_.neighbour_limit, peer_->now());
}

TokenBucket Flood::outgoing_bucket() const {
  const auto [rate, burst] = options_.neighbour_limit;
  return TokenBucket({rate / 4, burst / 4}, peer_->now());
}

Sequence Flood::broadcast(Bytes payload) {
  require(payload.size() <= broadcast_bytes_max, "a broadcast is at most broadcast_bytes_max long");
  ++last_sequence_;
  said_.add();
  const Origin origin = peer_->origin();
  const Envelope event(FloodEvent{{origin, last_sequence_, payload}});
  keep(histories_[origin], last_sequence_, std::move(payload));
  forward_event(event, origin, last_sequence_, std::nullopt);
  return last_sequence_;
}

void Flood::announce(Bytes payload) {
  require(payload.size() <= broadcast_bytes_max, "an announcement is at most broadcast_bytes_max long");
  ++last_announcement_;
  forward_announcement(Envelope(FloodAnnouncement{peer_->origin(), last_announcement_, std::move(payload)}),
                       std::nullopt);
}

void Flood::pulse(Bytes payload) {
  require(payload.size() <= pulse_bytes_max, "a pulse is at most pulse_bytes_max long");
  ++last_pulse_;
  forward_pulse(Envelope(FloodPulse{peer_->origin(), last_pulse_, std::move(payload)}), std::nullopt);
}

void Flood::keep(History& history, Sequence sequence, Bytes payload) {
  history.seen.insert(sequence);
  const auto bytes = payload.size() + item_overhead_bytes;
  if (history.payloads.emplace(sequence, std::move(payload)).second) stored_bytes_ += bytes;
}

void Flood::forget(Origin origin, Sequence sequence) {
  const auto history = histories_.find(origin);
  if (history == histories_.end()) return;
  const auto payload = history->second.payloads.find(sequence);
  if (payload == history->second.payloads.end()) return;
  stored_bytes_ -= payload->second.size() + item_overhead_bytes;
  history->second.payloads.erase(payload);
}

void Flood::forget_origin(Origin origin) {
  require(origin != peer_->origin(), "nobody forgets itself");
  announced_.erase(origin);
  pulsed_.erase(origin);
  const auto history = histories_.find(origin);
  if (history == histories_.end()) return;
  for (const auto& [sequence, payload] : history->second.payloads)
    stored_bytes_ -= payload.size() + item_overhead_bytes;
  histories_.erase(history);
}

void Flood::remember(Origin origin, Sequence sequence, Bytes payload) {
  require(neighbours_.empty(), "what is remembered is known before anybody can lack it");
  keep(histories_[origin], sequence, std::move(payload));
}

void Flood::begin_anew(const std::map<Origin, SequenceSet>& known) {
  for (const auto& [origin, sequences] : known)
    if (histories_.size() < options_.origins_max) histories_.try_emplace(origin);
  for (auto& [origin, history] : histories_) {
    const auto found = known.find(origin);
    history.seen = found == known.end() ? SequenceSet{} : found->second;
    for (const auto& [sequence, payload] : history.payloads) history.seen.insert(sequence);
  }
  std::erase_if(histories_, [](const auto& entry) { return entry.second.seen.empty(); });
  const Envelope message(digest());
  for (const auto& [id, neighbour] : neighbours_) peer_->send(id, message, Priority::high);
}

FloodDigest Flood::digest() const {
  FloodDigest digest;
  for (const auto& [origin, history] : histories_)
    digest.entries.push_back({origin, history.seen.intervals()});
  return digest;
}

void Flood::link_up(PeerId neighbour) {
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

void Flood::forward_event(const Envelope& event, Origin origin, Sequence sequence,
                          std::optional<PeerId> except) {
  if (!passes_on(origin)) return;
  for (auto& [id, neighbour] : neighbours_) {
    if (!neighbour.synchronized || id == except) continue;
    if (neighbour.outgoing.take(peer_->now())) {
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

bool Flood::take(PeerId from, const FloodItem& item) {
  const auto blame = [&](std::string_view why) {
    peer_->disconnect(from, why);
    return false;
  };
  if (item.sequence == Sequence{}) return blame("a broadcast has sequence 0");
  if (item.payload.size() > broadcast_bytes_max) return blame("a broadcast is too large");
  auto history = histories_.find(item.origin);
  if (history != histories_.end() && history->second.seen.contains(item.sequence)) {
    ++statistics_.duplicates;
    duplicates_.add();
    return false;
  }
  // After beginning anew one's own may come back.
  if (item.origin == peer_->origin() && item.sequence > last_sequence_)
    return blame("a broadcast claims to be this peer's own");
  if (history == histories_.end() && histories_.size() >= options_.origins_max)
    return blame(fmt::format("broadcasts of more than {} origins", options_.origins_max));
  if (stored_bytes_ + item.payload.size() > options_.stored_bytes_max)
    return blame(fmt::format("more than {} bytes of broadcasts", options_.stored_bytes_max));
  if (listener_ != nullptr) {
    const auto reception = listener_->broadcast_received(item.origin, item.sequence, item.payload);
    if (!reception) return blame(reception.error());
    if (*reception == Reception::ignored) {
      // The listener may have begun anew meanwhile.
      if (history = histories_.find(item.origin); history != histories_.end())
        history->second.seen.insert(item.sequence);
      return false;
    }
  }
  keep(histories_[item.origin], item.sequence, item.payload);
  ++statistics_.received;
  received_.add();
  return true;
}

void Flood::event_received(PeerId from, const FloodEvent& event) {
  if (within_rate(from) && take(from, event.item))
    forward_event(Envelope(event), event.item.origin, event.item.sequence, from);
}

void Flood::batch_received(PeerId from, const FloodBatch& batch) {
  // The digests of the other neighbours were answered before this came: it is theirs to catch up with, too.
  FloodBatch fresh;
  for (const auto& item : batch.items)
    if (take(from, item)) fresh.items.push_back(item);
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
  auto& neighbour = found->second;
  neighbour.synchronized = true;
  neighbour.lacking.clear();
  std::map<Origin, SequenceSet> theirs;
  for (const auto& entry : digest.entries) theirs.emplace(entry.origin, SequenceSet(entry.intervals));
  for (const auto& [origin, history] : histories_) {
    if (!passes_on(origin)) continue;
    SequenceSet kept;
    for (const auto& [sequence, payload] : history.payloads) kept.insert(sequence);
    const auto missing = kept.minus(theirs[origin]);
    for (const auto& interval : missing.intervals()) neighbour.lacking.push_back({origin, interval});
  }
  pump();
}

const Bytes* Flood::kept(Origin origin, Sequence sequence) const {
  const auto history = histories_.find(origin);
  if (history == histories_.end()) return nullptr;
  const auto payload = history->second.payloads.find(sequence);
  return payload == history->second.payloads.end() ? nullptr : &payload->second;
}

FloodBatch Flood::next_batch(Neighbour& neighbour) {
  FloodBatch batch;
  std::size_t bytes = 0;
  while (!neighbour.lacking.empty() && bytes < batch_bytes_max && batch.items.size() < batch_items_max) {
    auto& [origin, interval] = neighbour.lacking.back();
    if (const auto* payload = kept(origin, interval.first)) {
      batch.items.push_back({origin, interval.first, *payload});
      bytes += payload->size() + item_overhead_bytes;
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
      auto batch = next_batch(neighbour);
      if (batch.items.empty()) break;                                   // nothing of it is kept any more
      if (!peer_->send(id, std::move(batch), Priority::medium)) break;  // the link is about to end
    }
    more = more || !neighbour.lacking.empty();
  }
  if (more) pump_->arm(pump_pause);
}

}  // namespace tutti
