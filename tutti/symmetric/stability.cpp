#include "tutti/symmetric/stability.hpp"

#include <algorithm>

namespace tutti::symmetric {
namespace {

/// Promises of one origin that wait for events. A busy origin's newest always waits, so the oldest stay and
/// the newest is replaced by the next one.
constexpr std::size_t promises_pending_max = 8;

}  // namespace

bool Stability::holds_up_to(Origin origin, Sequence sequence) const {
  const auto found = held_.find(origin);
  if (found == held_.end()) return sequence == Sequence{};
  const auto& [sequences, voided] = found->second;
  if (sequence <= voided) return true;
  return std::ranges::any_of(sequences.intervals(), [&](const SequenceInterval& interval) {
    return interval.first <= voided + 1 && sequence <= interval.last;
  });
}

void Stability::settle(Origin origin, Member& member, TimePoint now) {
  while (!member.pending.empty() && holds_up_to(origin, member.pending.front().after)) {
    const auto until = member.pending.front().until;
    member.pending.erase(member.pending.begin());
    if (until <= member.settled) continue;
    member.settled = until;
    member.settled_at = now;
  }
}

void Stability::held(Origin origin, Sequence sequence) {
  held_[origin].sequences.insert(sequence);
}

void Stability::founded(Origin origin, Sequence last) {
  auto& voided = held_[origin].voided;
  voided = std::max(voided, last);
}

void Stability::heard(Origin origin, const StabilityWords& words, Now now) {
  const Tick oldest = now.tick - words_age_ticks_max_;
  auto found = members_.find(origin);
  if (found == members_.end()) {
    if (words.until < oldest || members_.size() >= members_max) return;
    // It counts from its first promise on, before it has settled anything.
    found = members_.emplace(origin, Member{{}, {}, now.time, {}, now.time, now.time}).first;
  }
  auto& member = found->second;
  member.heard_at = now.time;
  founded(origin, words.voided);
  if (words.until >= oldest && (member.pending.empty() || words.until > member.pending.back().until)) {
    if (member.pending.size() == promises_pending_max) member.pending.pop_back();
    member.pending.push_back({words.after, words.until});
  }
  settle(origin, member, now.time);
  if (words.complete < oldest) return;
  member.complete = std::max(member.complete, words.complete);
  member.complete_at = now.time;
}

std::vector<Origin> Stability::update(Now now) {
  std::vector<Origin> gone;
  Tick complete = now.tick;
  Tick horizon = now.tick;
  for (auto& [origin, member] : members_) {
    settle(origin, member, now.time);
    if (now.time - member.heard_at > absence_max_) {
      gone.push_back(origin);
      continue;
    }
    if (now.time - member.settled_at <= 2 * absence_max_) complete = std::min(complete, member.settled);
    if (now.time - member.complete_at <= absence_max_) horizon = std::min(horizon, member.complete);
  }
  for (const auto& origin : gone) members_.erase(origin);
  complete_ = std::max(complete_, complete);
  horizon_ = std::max(horizon_, std::min(complete_, horizon));
  return gone;
}

std::optional<Tick> Stability::settled(TimePoint now, Duration patience) {
  std::optional<Tick> settled;
  for (auto& [origin, member] : members_) {
    settle(origin, member, now);
    if (member.settled == for_ever || now - member.settled_at > patience) continue;
    settled = std::min(settled.value_or(member.settled), member.settled);
  }
  return settled;
}

}  // namespace tutti::symmetric
