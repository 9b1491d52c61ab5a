#include "tutti/symmetric/ledger.hpp"

#include <algorithm>

#include "tutti/base/hash.hpp"
#include "tutti/base/require.hpp"

namespace tutti::symmetric {
namespace {

void add_to(Account& account, const Account& more) {
  account.history += more.history;
  account.events += more.events;
}

std::uint64_t hash_of(const EventId& id, const Act& act, ByteView event) {
  auto bytes = encode(id);
  bytes.insert(bytes.end(), event.begin(), event.end());
  if (act != own_act(id)) encode(act, bytes);
  return hash_bytes(bytes);
}

}  // namespace

bool Ledger::is_founded(const Act& act) const {
  const auto found = folded_.find(act.origin);
  return found != folded_.end() &&
         (found->second.sequences.contains(act.first) || found->second.again.contains(act.first));
}

bool Ledger::is_recent(Origin origin) const {
  return std::ranges::any_of(sayings_, [&](const auto& entry) {
    const auto& [act, sayings] = entry;
    return act.origin == origin || std::ranges::find(sayings, origin, &EventId::origin) != sayings.end();
  });
}

bool Ledger::took(const Act& act) const {
  return is_founded(act) || sayings_.contains(act);
}

std::optional<EventId> Ledger::counting(const Act& act, const std::vector<EventId>& sayings) const {
  if (is_founded(act)) return std::nullopt;
  return sayings.front();
}

Ledger::Addition Ledger::add(const EventId& id, const Act& act, ByteView event) {
  require(id.tick > tick_, "an event is not due before its foundation");
  auto& stretch = stretches_[stretch_of(id.tick)];
  add_to(stretch.account, {hash_of(id, act, event), 1});
  stretch.sayings.push_back({id, act});
  ++size_;
  auto& sayings = sayings_[act];
  const auto before = sayings.empty() ? std::nullopt : counting(act, sayings);
  const auto place = std::ranges::lower_bound(sayings, id);
  require(place == sayings.end() || *place != id, "an event is taken in once");
  sayings.insert(place, id);
  const bool counts = counting(act, sayings) == id;
  return {.counts = counts, .withdrawn = counts ? before : std::nullopt};
}

Ledger::Removal Ledger::remove(const EventId& id, const Act& act, ByteView event) {
  auto& stretch = stretches_.at(stretch_of(id.tick));
  stretch.account.history -= hash_of(id, act, event);
  --stretch.account.events;
  std::erase_if(stretch.sayings, [&](const Saying& saying) { return saying.id == id; });
  --size_;
  const auto sayings = sayings_.find(act);
  const bool counted = counting(act, sayings->second) == id;
  std::erase(sayings->second, id);
  const auto next = sayings->second.empty() ? std::nullopt : counting(act, sayings->second);
  if (sayings->second.empty()) sayings_.erase(sayings);
  return {.counted = counted, .restored = counted ? next : std::nullopt};
}

Account Ledger::up_to(Tick tick) const {
  Account account = account_;
  for (const auto& [end, stretch] : stretches_) {
    if (end > stretch_of(tick)) break;
    add_to(account, stretch.account);
  }
  return account;
}

std::vector<Ledger::Saying> Ledger::take_up_to(Tick tick) {
  std::vector<Saying> taken;
  while (!stretches_.empty() && stretches_.begin()->first <= stretch_of(tick)) {
    const auto& sayings = stretches_.begin()->second.sayings;
    taken.insert(taken.end(), sayings.begin(), sayings.end());
    stretches_.erase(stretches_.begin());
  }
  size_ -= taken.size();
  for (const auto& [id, act] : taken) {
    const auto sayings = sayings_.find(act);
    std::erase(sayings->second, id);
    if (sayings->second.empty()) sayings_.erase(sayings);
  }
  return taken;
}

Ledger::Folded Ledger::fold(Tick tick) {
  require(on_grid(tick) && tick > tick_, "a past is folded forwards, on the grid");
  account_ = up_to(tick);
  tick_ = tick;
  Folded result;
  for (const auto& [id, act] : take_up_to(tick)) {
    result.events.push_back(id);
    auto& names = folded_[id.origin];
    names.sequences.insert(id.sequence);
    names.last_tick = std::max(names.last_tick, id.tick);
    if (act == own_act(id)) continue;
    auto& first = folded_[act.origin];
    first.again.insert(act.first);
    first.last_tick = std::max(first.last_tick, id.tick);
  }
  std::erase_if(folded_, [&](const auto& entry) {
    const auto& [origin, names] = entry;
    const bool silent = names.last_tick < tick - memory_ && !is_recent(origin);
    if (silent) result.silenced.push_back(origin);
    return silent;
  });
  return result;
}

Foundation Ledger::foundation() const {
  Foundation foundation{.tick = tick_, .account = account_, .timeline_history = 0, .folded = {}, .image = {}};
  for (const auto& [origin, names] : folded_)
    foundation.folded.push_back(
        {origin, names.sequences.intervals(), names.last_tick, names.again.intervals()});
  return foundation;
}

Ledger::Adopted Ledger::adopt(const Foundation& foundation) {
  require(on_grid(foundation.tick), "a foundation is on the grid");
  std::map<Act, EventId> before;
  for (const auto& [act, sayings] : sayings_)
    if (const auto id = counting(act, sayings)) before.emplace(act, *id);
  Adopted result;
  for (const auto& [id, act] : take_up_to(foundation.tick)) result.dropped.push_back(id);
  tick_ = foundation.tick;
  account_ = foundation.account;
  folded_.clear();
  for (const auto& origin : foundation.folded)
    folded_[origin.origin] = {SequenceSet(origin.sequences), SequenceSet(origin.again), origin.last_tick};
  for (const auto& [act, sayings] : sayings_) {
    const auto counted = before.find(act);
    const auto counts = counting(act, sayings);
    if (counted != before.end() && counted->second.tick > tick_ && counts != counted->second)
      result.withdrawn.push_back(counted->second);
    if (counts && (counted == before.end() || *counts != counted->second)) result.restored.push_back(*counts);
  }
  return result;
}

std::map<Origin, SequenceSet> Ledger::names() const {
  std::map<Origin, SequenceSet> names;
  for (const auto& [origin, entry] : folded_) names.emplace(origin, entry.sequences);
  return names;
}

}  // namespace tutti::symmetric
