#include "tutti/lab/pace_watch.hpp"

#include <algorithm>

namespace tutti::lab {

void PaceWatch::started(const Site& site) {
  auto& peer = peers_[site.number];
  peer = {.running = true,
          .tick = {},
          .recovering_since = site.world.simulator().now(),
          .violations = site.recorder.counter("pace.violations"),
          .recovery = site.recorder.distribution("recovery", "s")};
}

void PaceWatch::tick_shown(World& world, std::uint32_t number, symmetric::Tick tick) {
  auto& peer = peers_[number];
  peer.tick = tick;
  if (tick < greatest_) peer.violations.add();
  greatest_ = std::max(greatest_, tick);
  if (!peer.recovering_since) return;
  const auto others = greatest_in_reach(world, number);
  if (others && tick + 1 < *others) return;
  const auto since = *peer.recovering_since;
  peer.recovering_since.reset();
  if (others) peer.recovery.add(in_seconds(world.simulator().now() - since));
}

std::optional<symmetric::Tick> PaceWatch::greatest_in_reach(World& world, std::uint32_t number) const {
  std::optional<symmetric::Tick> greatest;
  std::vector<bool> seen(peers_.size());
  std::vector<std::uint32_t> waiting{number};
  seen[number] = true;
  while (!waiting.empty()) {
    const auto at = waiting.back();
    waiting.pop_back();
    for (const auto next : world.neighbours(at)) {
      if (seen[next] || !peers_[next].running) continue;
      seen[next] = true;
      waiting.push_back(next);
      greatest = std::max(greatest.value_or(peers_[next].tick), peers_[next].tick);
    }
  }
  return greatest;
}

}  // namespace tutti::lab
