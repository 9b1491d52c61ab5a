#include "tutti/lab/pace_watch.hpp"

#include <algorithm>

namespace tutti::lab {

void PaceWatch::started(const Site& site) {
  peers_[site.number] = {.recovering_since = site.house.now(),
                         .violations = site.recorder.counter("pace.violations"),
                         .recovery = site.recorder.distribution("recovery", "s")};
  site.house.board().put(site.number, column_, 0);
}

void PaceWatch::ended(House& house, std::uint32_t number) {
  peers_[number] = {};
  house.board().put(number, column_, std::nullopt);
}

void PaceWatch::tick_shown(House& house, std::uint32_t number, symmetric::Tick tick) {
  auto& board = house.board();
  auto& peer = peers_[number];
  board.put(number, column_, tick.value());
  if (const auto greatest = board.get_common(common_column_); greatest && tick.value() < *greatest)
    peer.violations.add();
  board.raise_common(common_column_, tick.value());
  if (!peer.recovering_since) return;
  const auto others = greatest_in_reach(house, number);
  if (others && tick.value() + 1 < *others) return;
  const auto since = *peer.recovering_since;
  peer.recovering_since.reset();
  if (others) peer.recovery.add(in_seconds(house.now() - since));
}

std::optional<std::int64_t> PaceWatch::greatest_in_reach(const House& house, std::uint32_t number) const {
  std::optional<std::int64_t> greatest;
  std::vector<bool> seen(peers_.size());
  std::vector<std::uint32_t> waiting{number};
  seen[number] = true;
  while (!waiting.empty()) {
    const auto at = waiting.back();
    waiting.pop_back();
    for (const auto next : house.neighbours(at)) {
      if (seen[next]) continue;
      const auto tick = house.board().get(next, column_);
      if (!tick) continue;
      seen[next] = true;
      waiting.push_back(next);
      greatest = std::max(greatest.value_or(*tick), *tick);
    }
  }
  return greatest;
}

}  // namespace tutti::lab
