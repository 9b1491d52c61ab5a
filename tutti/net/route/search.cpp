#include "tutti/net/route/search.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "tutti/base/text.hpp"

namespace tutti {

Search::Search(std::span<const Endpoint> named, TimePoint now) : end_(now + patience) {
  add(named, now);
}

void Search::add(std::span<const Endpoint> named, TimePoint now) {
  TimePoint next = now;
  for (const auto& endpoint : named) {
    if (endpoint.port == 0 || find(endpoint) != nullptr) continue;
    if (count(Candidate::Origin::named) >= named_max || candidates_.size() >= named_max + seen_max) return;
    candidates_.push_back({.origin = Candidate::Origin::named,
                           .pair = endpoint,
                           .next = next,
                           .pause = pause_min,
                           .checks_max = std::numeric_limits<std::uint32_t>::max()});
    next += stagger;
  }
}

Search::Candidate* Search::find(const CandidatePair& pair) {
  const auto found = std::ranges::find(candidates_, pair, &Candidate::pair);
  return found == candidates_.end() ? nullptr : &*found;
}

std::size_t Search::count(Candidate::Origin origin) const {
  return static_cast<std::size_t>(std::ranges::count(candidates_, origin, &Candidate::origin));
}

void Search::heard_from(const CandidatePair& pair, TimePoint now) {
  auto* candidate = find(pair);
  if (candidate == nullptr) {
    if (count(Candidate::Origin::seen) >= seen_max) return;
    candidate = &candidates_.emplace_back(
        Candidate{.origin = Candidate::Origin::seen, .pair = pair, .next = now, .pause = pause_min});
  } else if (candidate->origin == Candidate::Origin::named) {
    candidate->origin = Candidate::Origin::seen;
    candidate->next = now;
  }
  if (candidate->checks_max <= std::numeric_limits<std::uint32_t>::max() - checks_per_request)
    candidate->checks_max += checks_per_request;
}

bool Search::Candidate::open() const {
  return !round_trip && checks < checks_max;
}

bool Search::answered(const CandidatePair& pair, Duration round_trip, TimePoint now) {
  auto* candidate = find(pair);
  if (candidate == nullptr) return false;
  candidate->round_trip = std::min(round_trip, candidate->round_trip.value_or(round_trip));
  if (!found_at_) found_at_ = now;
  return true;
}

TimePoint Search::end() const {
  return found_at_ ? std::min(end_, *found_at_ + patience_once_found) : end_;
}

TimePoint Search::next_at() const {
  TimePoint first = TimePoint::max();
  for (const auto& candidate : candidates_)
    if (candidate.open()) first = std::min(first, candidate.next);
  return first <= end() ? first : TimePoint::max();
}

std::optional<CandidatePair> Search::next(TimePoint now) {
  if (now > end()) return std::nullopt;
  for (auto& candidate : candidates_) {
    if (!candidate.open() || candidate.next > now) continue;
    candidate.next = now + candidate.pause;
    candidate.pause = std::min(2 * candidate.pause, pause_max);
    ++candidate.checks;
    return candidate.pair;
  }
  return std::nullopt;
}

bool Search::needs(SocketNumber socket) const {
  return std::ranges::any_of(candidates_, [&](const Candidate& candidate) {
    return candidate.pair.socket == socket && candidate.open() && candidate.next <= end();
  });
}

std::string Search::trace() const {
  if (candidates_.empty()) return "no place is known where it may be";
  std::string text;
  for (const auto& candidate : candidates_) {
    if (!text.empty()) text += "; ";
    text += fmt::format("{}{}: ", candidate.pair.remote.text(),
                        candidate.origin == Candidate::Origin::seen ? " (it was heard from there)" : "");
    text += candidate.round_trip ? fmt::format("answered within {}", describe(*candidate.round_trip))
                                 : fmt::format("no answer to {} checks", candidate.checks);
  }
  return text;
}

}  // namespace tutti
