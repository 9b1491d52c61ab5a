// Which peers a line of a scenario is about: 4   0-9   1,4,7-9   *
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/base/strong.hpp"
#include "tutti/lab/mistake.hpp"

namespace tutti::lab {

/// A peer of an experiment, from 0.
using PeerNumber = Strong<struct PeerNumberTag, std::uint32_t>;

/// Peers of one experiment; their numbers are below it.
inline constexpr std::uint32_t peers_max = 10'000'000;

/// A set of peers, in ascending order whatever order it was written in.
class PeerSet {
 public:
  /// Whatever peers there are.
  static PeerSet everybody();
  /// From `first` to `last`, both included, which is not before `first`.
  static PeerSet range(PeerNumber first, PeerNumber last);
  static PeerSet one(PeerNumber peer) { return range(peer, peer); }
  /// Numbers, ranges and lists of them, or `*`.
  static std::expected<PeerSet, Fault> parse(std::string_view text);

  bool operator==(const PeerSet&) const = default;

  /// In the shortest form that parse() reads.
  [[nodiscard]] std::string text() const;
  /// How many there are if the experiment has `peers`.
  [[nodiscard]] std::uint32_t count(std::uint32_t peers) const;
  /// The one at `index`, which is below the count; the smallest is at 0.
  [[nodiscard]] PeerNumber at(std::uint32_t index) const;
  [[nodiscard]] bool contains(PeerNumber peer) const;
  /// Whether each is one of `peers`.
  [[nodiscard]] bool fits(std::uint32_t peers) const;
  /// The greatest number; 0 for everybody.
  [[nodiscard]] PeerNumber last() const;

 private:
  struct Range {
    PeerNumber first;
    PeerNumber last;
    bool operator==(const Range&) const = default;
    [[nodiscard]] std::uint32_t size() const { return last - first + 1; }
  };

  /// Sorts and joins what touches, so that equal sets are equal.
  void normalize();

  std::vector<Range> ranges_;  // none: everybody
};

}  // namespace tutti::lab
