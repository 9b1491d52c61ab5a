#include "tutti/lab/flooding_floor.hpp"

#include <algorithm>
#include <cmath>
#include <queue>
#include <utility>

#include "tutti/base/text.hpp"

namespace tutti::lab {
namespace {

constexpr double ticks_per_second = 50;
/// So many events for an estimate that hardly varies.
constexpr std::size_t events_wanted = 20'000;

std::optional<double> rate_of(const Plan& plan) {
  for (const auto& part : plan.parts)
    if (const auto* generator = std::get_if<Generator>(&part.content))
      if (const auto* poisson = std::get_if<Poisson>(generator)) return poisson->per_minute;
  return std::nullopt;
}

/// When each peer hears what `origin` says at time 0, in seconds.
class Flooding {
 public:
  Flooding(const Topology& topology, const NetworkModel& model, std::uint64_t seed)
      : neighbours_(topology.peers), model_(model), seed_(seed) {
    for (const auto& [one, other] : topology.links) {
      neighbours_[one].push_back(other);
      neighbours_[other].push_back(one);
    }
  }

  std::vector<std::optional<double>> heard(std::uint32_t origin) {
    using Hearing = std::pair<double, std::uint32_t>;
    std::vector<std::optional<double>> result(neighbours_.size());
    std::priority_queue<Hearing, std::vector<Hearing>, std::greater<>> coming;
    coming.emplace(0.0, origin);
    while (!coming.empty()) {
      const auto [time, peer] = coming.top();
      coming.pop();
      if (result[peer]) continue;
      result[peer] = time;
      for (const auto next : neighbours_[peer]) {
        if (result[next]) continue;
        const auto arrivals = carry(model_, seed_, {.source = peer, .target = next, .sequence = ++packets_});
        if (!arrivals.empty()) coming.emplace(time + in_seconds(arrivals.earliest()), next);
      }
    }
    return result;
  }

 private:
  std::vector<std::vector<std::uint32_t>> neighbours_;
  const NetworkModel& model_;
  std::uint64_t seed_;
  std::uint64_t packets_ = 0;
};

}  // namespace

std::optional<double> flooding_floor(const Plan& plan, std::uint64_t seed) {
  const auto option = plan.options.find("deadline");
  const auto rate = rate_of(plan);
  if (option == plan.options.end() || !rate || plan.topology.peers == 0) return std::nullopt;
  const auto deadline = parse_duration(option->second);
  if (!deadline) return std::nullopt;
  const double deadline_ticks = std::max(1.0, std::ceil(in_seconds(*deadline) * ticks_per_second - 1e-9));

  Flooding flooding(plan.topology, *plan.model, seed);
  auto random = Random::keyed({seed, 0xf1});
  // For each peer, when late events came and for which tick.
  std::vector<std::vector<std::pair<double, double>>> late(plan.topology.peers);
  double now = 0;
  for (std::size_t i = 0; i < events_wanted; ++i) {
    now += 60 / *rate * random.exponential();
    const double due = std::floor(now * ticks_per_second) + deadline_ticks;
    const auto origin = static_cast<std::uint32_t>(random.below(plan.topology.peers));
    const auto heard = flooding.heard(origin);
    for (std::uint32_t peer = 0; peer < plan.topology.peers; ++peer) {
      if (!heard[peer]) continue;
      const double tick = std::floor((now + *heard[peer]) * ticks_per_second);
      if (tick > due) late[peer].emplace_back(tick, due);
    }
  }
  double travelled = 0;
  for (auto& events : late) {
    std::ranges::sort(events);
    double last = -1;
    for (const auto& [tick, due] : events)
      if (std::exchange(last, tick) != tick) travelled += tick - due;
  }
  return 100 * travelled / (now * ticks_per_second * plan.topology.peers);
}

}  // namespace tutti::lab
