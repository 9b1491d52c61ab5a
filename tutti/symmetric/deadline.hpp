// How far ahead of now a peer stamps what its user does.
//
// An event that is due before it has arrived somewhere makes that peer travel back. One that is due late is
// late on its own user's screen, too. The choice between the two is one number, the punctuality: the share of
// arrivals that are to be in time. Half of them feels quick and rolls back a lot; all of them waits for the
// slowest path. Each peer measures its own paths and has its own deadline, since the tick travels with the
// event.
//
// The paths are those from the others to here, which is all that a peer can measure: the network is taken to
// be as slow in the other direction.
#pragma once

#include <compare>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tutti/base/time.hpp"
#include "tutti/symmetric/path_delay.hpp"

namespace tutti::symmetric {

struct FixedDeadline {
  Duration ahead{};

  constexpr bool operator==(const FixedDeadline&) const = default;
};
struct AdaptiveDeadline {
  /// Above 0. At 1 the slowest path counts, and a reserve is added for its variation.
  double punctuality = 1;

  constexpr bool operator==(const AdaptiveDeadline&) const = default;
};
using DeadlinePolicy = std::variant<AdaptiveDeadline, FixedDeadline>;

/// "120ms" is fixed, "95%" adapts, "auto" is 100%. The error is a sentence.
std::expected<DeadlinePolicy, std::string> parse_deadline(std::string_view text);
/// What parse_deadline() understands.
std::string describe(const DeadlinePolicy& policy);

/// One peer's deadline: grows at once when the paths do, and shrinks when that is worth while, since each
/// change is felt by the user.
class Deadline {
 public:
  /// Never above `max`.
  Deadline(DeadlinePolicy policy, Duration max);

  [[nodiscard]] Duration ahead() const { return ahead_; }
  [[nodiscard]] const DeadlinePolicy& policy() const { return policy_; }

  /// From now on; what is known of the paths is looked at with the next paths_measured().
  void choose(DeadlinePolicy policy);
  /// The paths that are measured() so far.
  void paths_measured(const std::vector<const PathDelay*>& paths);

 private:
  DeadlinePolicy policy_;
  Duration max_;
  Duration ahead_{};
  bool chosen_ = true;  // since the paths were looked at
};

}  // namespace tutti::symmetric
