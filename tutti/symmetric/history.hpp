// How much of a session's past a peer keeps.
//
// What is kept can be shown again and can still be merged with what others did meanwhile; what is folded away
// is one image of the state. Folding happens at ticks of a grid that all peers share, so that many of them
// hold the image of the same tick and a newcomer can fetch it from several.
#pragma once

#include <chrono>
#include <cstdint>
#include <variant>

#include "tutti/base/time.hpp"
#include "tutti/symmetric/stability.hpp"

namespace tutti::symmetric {

/// Every event since the session began, as long as this peer lives.
struct FullHistory {};
/// What lies before the stability horizon is folded away.
struct HorizonHistory {};
/// The same, but the last `span` is kept in any case.
struct RecentHistory {
  Duration span = std::chrono::hours(1);
};
using HistoryKept = std::variant<HorizonHistory, FullHistory, RecentHistory>;

struct HistoryOptions {
  HistoryKept kept{};
  /// For how long an absent member keeps its place: what it did can be taken in unchanged when it is back.
  /// Equal at all peers of a session, or the shortest one decides.
  Duration absence_max = absence_max_default;
};

/// The distance of the ticks at which a past is folded.
inline constexpr Duration fold_grid = std::chrono::seconds(10);
/// Nothing younger is final, whatever is known: whoever has just come may have done something already.
inline constexpr Duration fold_age_min = std::chrono::seconds(10);
/// An origin that was silent for this long before a foundation is not listed in it any more; and a peer gives
/// up what it said itself, and what was not taken up, after the same time.
inline constexpr Duration origin_memory = std::chrono::hours(24);

}  // namespace tutti::symmetric
