// Divergence is caught: neighbours compare fingerprints of ticks that have settled, and when two states
// differ though the events are the same, they search together for the first tick at which they do.
//
// Each peer reports the fingerprint of one settled tick now and then. Whoever finds its own to differ asks
// for fingerprints at points spread over the range between the last tick known to agree and the one that does
// not, keeps the first interval at whose end they differ, and asks again, until the interval is one tick. A
// day of ticks takes four rounds. Reports with different histories are left alone: they say nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "tutti/base/ids.hpp"
#include "tutti/symmetric/fingerprint.hpp"

namespace tutti::symmetric {

/// The fingerprint of a settled tick.
struct SettledReport {
  Fingerprint fingerprint;
};
/// Asks for fingerprints at these ticks; at most comparison_points_max.
struct FingerprintQuery {
  std::vector<Tick> ticks;
};
/// The answer, in the order of the query; ticks that cannot be shown are left out.
struct FingerprintAnswer {
  std::vector<Fingerprint> fingerprints;
};
using ComparisonMessage = std::variant<SettledReport, FingerprintQuery, FingerprintAnswer>;

inline constexpr std::size_t comparison_points_max = 32;

/// Two peers that know the same events and have different states.
struct Divergence {
  PeerId peer;
  Tick first_bad_tick;  ///< as far as both still have ticks to show
  Fingerprint ours;
  Fingerprint theirs;
};

/// One peer's side of all comparisons with its neighbours.
class Comparison {
 public:
  /// This peer's own fingerprint of a tick; nothing if it cannot be shown (yet, or any more).
  using Own = std::function<std::optional<Fingerprint>(Tick)>;

  explicit Comparison(Own own) : own_(std::move(own)) {}

  struct Outcome {
    std::optional<ComparisonMessage> reply;  ///< to the neighbour
    std::optional<Divergence> divergence;    ///< found just now; reported once for each neighbour
  };
  Outcome received(PeerId from, const ComparisonMessage& message);

 private:
  struct Search {
    Tick agreed;                  // the last tick at which both are known to agree
    std::optional<Tick> differs;  // the first tick at which they are known not to: a search is under way
    Fingerprint ours;
    Fingerprint theirs;
    bool reported = false;
  };

  Outcome compare(PeerId from, const Fingerprint& theirs);
  Outcome narrow(PeerId from, Search& search);
  static Outcome report(PeerId from, Search& search);
  static bool differ(const Fingerprint& one, const Fingerprint& other) {
    return one.history == other.history && one.state_hash != other.state_hash;
  }

  Own own_;
  std::map<PeerId, Search> searches_;
};

}  // namespace tutti::symmetric
