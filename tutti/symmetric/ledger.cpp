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

}  // namespace

void Ledger::add(const EventId& id, ByteView event) {
  require(id.tick > tick_, "an event is not due before its foundation");
  auto bytes = encode(id);
  bytes.insert(bytes.end(), event.begin(), event.end());
  auto& stretch = stretches_[stretch_of(id.tick)];
  add_to(stretch.account, {hash_bytes(bytes), 1});
  stretch.events.push_back(id);
  ++size_;
}

Account Ledger::up_to(Tick tick) const {
  Account account = account_;
  for (const auto& [end, stretch] : stretches_) {
    if (end > stretch_of(tick)) break;
    add_to(account, stretch.account);
  }
  return account;
}

std::vector<EventId> Ledger::take_up_to(Tick tick) {
  std::vector<EventId> events;
  while (!stretches_.empty() && stretches_.begin()->first <= stretch_of(tick)) {
    const auto& taken = stretches_.begin()->second.events;
    events.insert(events.end(), taken.begin(), taken.end());
    size_ -= taken.size();
    stretches_.erase(stretches_.begin());
  }
  return events;
}

Ledger::Folded Ledger::fold(Tick tick) {
  require(on_grid(tick) && tick > tick_, "a past is folded forwards, on the grid");
  account_ = up_to(tick);
  tick_ = tick;
  Folded result{take_up_to(tick), {}};
  for (const auto& id : result.events) {
    auto& names = folded_[id.origin];
    names.sequences.insert(id.sequence);
    names.last_tick = std::max(names.last_tick, id.tick);
  }
  std::erase_if(folded_, [&](const auto& entry) {
    const bool silent = entry.second.last_tick < tick - memory_;
    if (silent) result.silenced.push_back(entry.first);
    return silent;
  });
  return result;
}

Foundation Ledger::foundation() const {
  Foundation foundation{.tick = tick_, .account = account_, .timeline_history = 0, .folded = {}, .image = {}};
  for (const auto& [origin, names] : folded_)
    foundation.folded.push_back({origin, names.sequences.intervals(), names.last_tick});
  return foundation;
}

std::vector<EventId> Ledger::adopt(const Foundation& foundation) {
  require(on_grid(foundation.tick), "a foundation is on the grid");
  auto events = take_up_to(foundation.tick);
  tick_ = foundation.tick;
  account_ = foundation.account;
  folded_.clear();
  for (const auto& origin : foundation.folded)
    folded_[origin.origin] = {SequenceSet(origin.sequences), origin.last_tick};
  return events;
}

bool Ledger::founded(Origin origin, Sequence sequence) const {
  const auto found = folded_.find(origin);
  return found != folded_.end() && found->second.sequences.contains(sequence);
}

bool Ledger::knows(Origin origin) const {
  return folded_.contains(origin) || std::ranges::any_of(stretches_, [&](const auto& entry) {
           return std::ranges::find(entry.second.events, origin, &EventId::origin) !=
                  entry.second.events.end();
         });
}

std::map<Origin, SequenceSet> Ledger::names() const {
  std::map<Origin, SequenceSet> names;
  for (const auto& [origin, entry] : folded_) names.emplace(origin, entry.sequences);
  return names;
}

}  // namespace tutti::symmetric
