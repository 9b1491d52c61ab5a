#include "tutti/net/route/relay_table.hpp"

#include <algorithm>

namespace tutti {

std::size_t RelayTable::pairs_of(const PeerId& peer) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      pairs_, [&](const auto& entry) { return entry.second.one == peer || entry.second.other == peer; }));
}

void RelayTable::make_room(const PeerId& one, const PeerId& other) {
  std::size_t count = 0;
  auto oldest = pairs_.end();
  for (auto each = pairs_.begin(); each != pairs_.end(); ++each) {
    if (!each->second.is_of(one, other)) continue;
    ++count;
    if (oldest == pairs_.end() || each->second.used < oldest->second.used) oldest = each;
  }
  if (count >= meetings_max) pairs_.erase(oldest);
}

std::optional<RelayTable::Refusal> RelayTable::open(MeetingId meeting, const PeerId& one, const PeerId& other,
                                                    TimePoint now) {
  std::erase_if(pairs_, [&](const auto& entry) { return now - entry.second.used > limits_.idle; });
  if (const auto found = pairs_.find(meeting); found != pairs_.end()) {
    return found->second.is_of(one, other) ? std::nullopt : std::optional(Refusal::taken);
  }
  make_room(one, other);
  if (pairs_.size() >= limits_.pairs_max) return Refusal::full;
  const auto share = std::max<std::size_t>(1, limits_.pairs_max / 4);
  if (pairs_of(one) >= share || pairs_of(other) >= share) return Refusal::peer_is_full;
  pairs_.emplace(meeting, Pair{one, other, TokenBucket(limits_.bytes, now), now});
  return std::nullopt;
}

std::optional<PeerId> RelayTable::pass(MeetingId meeting, const PeerId& sender, std::size_t bytes,
                                       TimePoint now) {
  const auto found = pairs_.find(meeting);
  if (found == pairs_.end()) return std::nullopt;
  auto& pair = found->second;
  if (sender != pair.one && sender != pair.other) return std::nullopt;
  if (!pair.bytes.take(now, static_cast<double>(bytes))) return std::nullopt;
  pair.used = now;
  return sender == pair.one ? pair.other : pair.one;
}

bool RelayTable::serves(const PeerId& peer, TimePoint now) const {
  return std::ranges::any_of(pairs_, [&](const auto& entry) {
    const auto& pair = entry.second;
    return (pair.one == peer || pair.other == peer) && now - pair.used <= limits_.idle;
  });
}

void RelayTable::forget(const PeerId& peer) {
  std::erase_if(pairs_,
                [&](const auto& entry) { return entry.second.one == peer || entry.second.other == peer; });
}

}  // namespace tutti
