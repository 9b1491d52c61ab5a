#include "tutti/overlay/sequence_set.hpp"

#include <algorithm>

namespace tutti {
namespace {

/// The first interval that ends at `sequence` or later.
template <typename Intervals>
auto at_or_after(Intervals& intervals, Sequence sequence) {
  return std::ranges::lower_bound(intervals, sequence, {}, &SequenceInterval::last);
}

}  // namespace

SequenceSet::SequenceSet(const std::vector<SequenceInterval>& intervals) {
  auto sorted = intervals;
  std::erase_if(sorted, [](const auto& interval) { return interval.last < interval.first; });
  std::ranges::sort(sorted, {}, &SequenceInterval::first);
  for (const auto& interval : sorted) {
    // Written without last + 1, which wraps at the greatest number.
    if (!intervals_.empty() &&
        (interval.first <= intervals_.back().last || interval.first - intervals_.back().last == 1))
      intervals_.back().last = std::max(intervals_.back().last, interval.last);
    else
      intervals_.push_back(interval);
  }
}

bool SequenceSet::insert(Sequence sequence) {
  const auto next = at_or_after(intervals_, sequence);
  if (next != intervals_.end() && next->first <= sequence) return false;
  const bool joins_next = next != intervals_.end() && next->first - sequence == 1;
  const bool joins_previous = next != intervals_.begin() && sequence - std::prev(next)->last == 1;
  if (joins_previous && joins_next) {
    std::prev(next)->last = next->last;
    intervals_.erase(next);
  } else if (joins_previous) {
    std::prev(next)->last = sequence;
  } else if (joins_next) {
    next->first = sequence;
  } else {
    intervals_.insert(next, {sequence, sequence});
  }
  return true;
}

bool SequenceSet::contains(Sequence sequence) const {
  const auto interval = at_or_after(intervals_, sequence);
  return interval != intervals_.end() && interval->first <= sequence;
}

SequenceSet SequenceSet::minus(const SequenceSet& other) const {
  SequenceSet rest;
  for (auto interval : intervals_) {
    auto hole = at_or_after(other.intervals_, interval.first);
    bool covered = false;
    for (; hole != other.intervals_.end() && hole->first <= interval.last; ++hole) {
      if (interval.first < hole->first) rest.intervals_.push_back({interval.first, hole->first - 1});
      if (hole->last >= interval.last) {
        covered = true;
        break;
      }
      interval.first = hole->last + 1;
    }
    if (!covered) rest.intervals_.push_back(interval);
  }
  return rest;
}

std::uint64_t SequenceSet::size() const {
  std::uint64_t count = 0;
  for (const auto& interval : intervals_) count += interval.last - interval.first + 1;
  return count;
}

}  // namespace tutti
