#include "tutti/symmetric/comparison.hpp"

#include <algorithm>

namespace tutti::symmetric {

Comparison::Outcome Comparison::received(PeerId from, const ComparisonMessage& message) {
  if (const auto* report = std::get_if<SettledReport>(&message)) return compare(from, report->fingerprint);
  if (const auto* query = std::get_if<FingerprintQuery>(&message)) {
    FingerprintAnswer answer;
    for (std::size_t i = 0; i < std::min(query->ticks.size(), comparison_points_max); ++i)
      if (const auto own = own_(query->ticks[i])) answer.fingerprints.push_back(*own);
    return {answer, std::nullopt};
  }
  const auto search = searches_.find(from);
  if (search == searches_.end() || !search->second.differs) return {};  // nobody asked
  const auto& answer = std::get<FingerprintAnswer>(message);
  const auto before = std::pair(search->second.agreed, search->second.differs);
  for (std::size_t i = 0; i < std::min(answer.fingerprints.size(), comparison_points_max); ++i) {
    const auto& theirs = answer.fingerprints[i];
    if (theirs.tick <= search->second.agreed || theirs.tick >= *search->second.differs) continue;
    const auto own = own_(theirs.tick);
    if (!own) continue;
    if (*own == theirs) {
      search->second.agreed = theirs.tick;
    } else if (differ(*own, theirs)) {
      search->second.differs = theirs.tick;
      search->second.ours = *own;
      search->second.theirs = theirs;
      break;
    }
  }
  // What lies between is folded away: it gets no clearer.
  if (before == std::pair(search->second.agreed, search->second.differs)) return report(from, search->second);
  return narrow(from, search->second);
}

Comparison::Outcome Comparison::report(PeerId from, Search& search) {
  search.reported = true;
  const Divergence found{from, *search.differs, search.ours, search.theirs};
  search.differs.reset();
  return {std::nullopt, found};
}

Comparison::Outcome Comparison::compare(PeerId from, const Fingerprint& theirs) {
  const auto own = own_(theirs.tick);
  if (!own) return {};
  auto& search = searches_[from];
  if (*own == theirs) {
    if (!search.differs) search.agreed = std::max(search.agreed, theirs.tick);
    return {};
  }
  if (!differ(*own, theirs) || search.reported || search.differs || theirs.tick <= search.agreed) return {};
  search.differs = theirs.tick;
  search.ours = *own;
  search.theirs = theirs;
  return narrow(from, search);
}

Comparison::Outcome Comparison::narrow(PeerId from, Search& search) {
  const std::int64_t width = *search.differs - search.agreed;
  if (width <= 1) return report(from, search);
  FingerprintQuery query;
  const auto points = std::min<std::int64_t>(width - 1, comparison_points_max);
  for (std::int64_t i = 1; i <= points; ++i) query.ticks.push_back(search.agreed + width * i / (points + 1));
  return {query, std::nullopt};
}

}  // namespace tutti::symmetric
