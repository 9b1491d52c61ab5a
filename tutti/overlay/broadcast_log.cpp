#include "tutti/overlay/broadcast_log.hpp"

#include <utility>

namespace tutti {

bool BroadcastLog::heard(const Origin& origin, Sequence sequence) const {
  const auto history = histories_.find(origin);
  return history != histories_.end() && history->second.heard.contains(sequence);
}

std::vector<BroadcastLog::Stretch> BroadcastLog::missing(const std::map<Origin, SequenceSet>& theirs) const {
  std::vector<Stretch> missing;
  for (const auto& [origin, history] : histories_) {
    SequenceSet here;
    for (const auto& [sequence, broadcast] : history.kept) here.insert(sequence);
    const auto found = theirs.find(origin);
    const auto lacking = found == theirs.end() ? std::move(here) : here.minus(found->second);
    for (const auto& interval : lacking.intervals()) missing.push_back({origin, interval});
  }
  return missing;
}

const BroadcastLog::Kept* BroadcastLog::find(const Origin& origin, Sequence sequence) const {
  const auto history = histories_.find(origin);
  if (history == histories_.end()) return nullptr;
  const auto broadcast = history->second.kept.find(sequence);
  return broadcast == history->second.kept.end() ? nullptr : &broadcast->second;
}

void BroadcastLog::hear(const Origin& origin, Sequence sequence) {
  if (const auto history = histories_.find(origin); history != histories_.end())
    history->second.heard.insert(sequence);
}

void BroadcastLog::keep(const Origin& origin, Sequence sequence, Kept broadcast) {
  auto& history = histories_[origin];
  history.heard.insert(sequence);
  const auto bytes = broadcast.bytes();
  if (history.kept.emplace(sequence, std::move(broadcast)).second) bytes_ += bytes;
}

void BroadcastLog::seal(const Origin& origin, Sequence sequence, Bytes seal) {
  auto& broadcast = histories_.at(origin).kept.at(sequence);
  bytes_ += seal.size() - broadcast.seal.size();
  broadcast.seal = std::move(seal);
}

void BroadcastLog::forget(const Origin& origin, Sequence sequence) {
  const auto history = histories_.find(origin);
  if (history == histories_.end()) return;
  const auto broadcast = history->second.kept.find(sequence);
  if (broadcast == history->second.kept.end()) return;
  bytes_ -= broadcast->second.bytes();
  history->second.kept.erase(broadcast);
}

void BroadcastLog::forget(const Origin& origin) {
  const auto history = histories_.find(origin);
  if (history == histories_.end()) return;
  for (const auto& [sequence, broadcast] : history->second.kept) bytes_ -= broadcast.bytes();
  histories_.erase(history);
}

void BroadcastLog::begin_anew(const std::map<Origin, SequenceSet>& known, std::size_t origins_max) {
  for (const auto& [origin, sequences] : known)
    if (histories_.size() < origins_max) histories_.try_emplace(origin);
  for (auto& [origin, history] : histories_) {
    const auto found = known.find(origin);
    history.heard = found == known.end() ? SequenceSet{} : found->second;
    for (const auto& [sequence, broadcast] : history.kept) history.heard.insert(sequence);
  }
  std::erase_if(histories_, [](const auto& entry) { return entry.second.heard.empty(); });
}

}  // namespace tutti
