#include "tutti/lab/play.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tutti/base/require.hpp"

namespace tutti::lab {

Mistake Cue::failure(std::string_view why) const {
  return {
      scenario->source, line->number, call->columns.peerlet,
      fmt::format("peer {} at {:.3f} s: {} failed: {}", peer.value(), in_seconds(time), call->text(), why)};
}

std::expected<Play, Mistakes> Play::prepare(std::vector<Scenario> scenarios, const Vocabulary& vocabulary,
                                            std::uint32_t peers) {
  Mistakes mistakes;
  for (const auto& scenario : scenarios) {
    auto found = check(scenario, vocabulary, peers);
    std::ranges::move(found, std::back_inserter(mistakes));
  }
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes));
  return Play(std::move(scenarios), peers);
}

Play::Play(std::vector<Scenario> scenarios, std::uint32_t peers)
    : scenarios_(std::move(scenarios)), peers_(peers) {
  for (std::uint32_t s = 0; s < scenarios_.size(); ++s)
    for (std::uint32_t l = 0; l < scenarios_[s].lines.size(); ++l)
      order_.push_back({scenarios_[s].lines[l].time, s, l});
  std::ranges::sort(order_);
  skip_finished();
}

void Play::skip_finished() {
  while (place_ < order_.size() && peer_index_ >= line_of(order_[place_]).peers.count(peers_)) {
    ++place_;
    peer_index_ = 0;
  }
}

std::optional<Duration> Play::next() const {
  if (place_ == order_.size()) return std::nullopt;
  return order_[place_].time;
}

std::optional<Cue> Play::due(Duration now) {
  if (place_ == order_.size() || order_[place_].time > now) return std::nullopt;
  const auto& entry = order_[place_];
  const auto& line = line_of(entry);
  const Cue cue{line.time, line.peers.at(peer_index_), &line.call, &scenarios_[entry.scenario], &line};
  ++peer_index_;
  skip_finished();
  return cue;
}

Mistakes Play::run_until(Duration now, Stage& stage) {
  Mistakes failures;
  while (const auto cue = due(now))
    if (const auto outcome = perform(stage, cue->peer, *cue->call);
        !outcome && !(cue->line->at_random && !stage.is_running(cue->peer)))
      failures.push_back(cue->failure(outcome.error()));
  return failures;
}

}  // namespace tutti::lab
