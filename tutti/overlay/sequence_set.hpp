// A set of sequence numbers, kept as intervals: what was received from one origin is nearly always one
// interval, with a gap or two while something is under way. A high-water mark would be smaller and wrong: it
// takes what never came for seen.
#pragma once

#include <cstdint>
#include <vector>

#include "tutti/base/ids.hpp"

namespace tutti {

struct SequenceInterval {
  Sequence first;
  Sequence last;  ///< included; not below first

  bool operator==(const SequenceInterval&) const = default;
};

class SequenceSet {
 public:
  SequenceSet() = default;
  /// Of any intervals, in any order, overlapping or not; inverted ones are ignored.
  explicit SequenceSet(const std::vector<SequenceInterval>& intervals);

  /// False if it was in already.
  bool insert(Sequence sequence);
  [[nodiscard]] bool contains(Sequence sequence) const;
  /// What is in this set and not in `other`.
  [[nodiscard]] SequenceSet minus(const SequenceSet& other) const;

  [[nodiscard]] bool empty() const { return intervals_.empty(); }
  [[nodiscard]] std::uint64_t size() const;
  /// Ordered, disjoint and not adjacent.
  [[nodiscard]] const std::vector<SequenceInterval>& intervals() const { return intervals_; }

  bool operator==(const SequenceSet&) const = default;

 private:
  std::vector<SequenceInterval> intervals_;
};

}  // namespace tutti
