#include "tutti/lab/gathering.hpp"

#include <algorithm>
#include <utility>

#include "tutti/base/require.hpp"

namespace tutti::lab {

Patience Patience::under(Duration parents, Duration hop) {
  const auto own = std::max(parents - hop, Duration::zero());
  if (own < hop) return {.own = Duration::zero()};
  return {.own = own, .of_children = own};
}

Gathering::Gathering(std::optional<PeerId> parent, std::set<PeerId> asked, TimePoint deadline,
                     Contribution own)
    : parent_(parent), awaited_(std::move(asked)), deadline_(deadline), result_(std::move(own)) {}

bool Gathering::answered(PeerId neighbour, const Contribution& contribution) {
  require(awaited_.erase(neighbour) == 1, "an answer comes from one who is awaited");
  auto merged = merge(result_.measures, contribution.measures);
  if (!check(merged) || contribution.peers > peers_heard_max - result_.peers) return false;
  result_ = {.peers = result_.peers + contribution.peers, .measures = std::move(merged)};
  return true;
}

}  // namespace tutti::lab
