#include "tutti/symmetric/deadline.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include "tutti/base/require.hpp"
#include "tutti/base/text.hpp"

namespace tutti::symmetric {
namespace {

/// Of a peer that has not measured any path yet.
constexpr Duration unmeasured = std::chrono::milliseconds(100);
/// It shrinks only if it would by this share.
constexpr double hysteresis = 0.2;

Duration slowest(const std::vector<const PathDelay*>& paths) {
  Duration delay{};
  for (const auto* path : paths) delay = std::max(delay, path->generous());
  return delay;
}

/// The least that this share of all measurements does not exceed.
Duration quantile(const std::vector<const PathDelay*>& paths, double share) {
  std::vector<Duration> all;
  for (const auto* path : paths) all.insert(all.end(), path->samples().begin(), path->samples().end());
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(all.size())));
  const auto place =
      all.begin() + static_cast<std::ptrdiff_t>(std::clamp<std::size_t>(rank, 1, all.size()) - 1);
  std::ranges::nth_element(all, place);
  return *place;
}

}  // namespace

std::expected<DeadlinePolicy, std::string> parse_deadline(std::string_view text) {
  if (text == "auto") return AdaptiveDeadline{};
  if (text.ends_with('%')) {
    const auto percent = parse_real(text.substr(0, text.size() - 1));
    if (!percent || !(*percent > 0 && *percent <= 100))
      return std::unexpected(fmt::format("'{}' is no share above 0% and up to 100%", text));
    return AdaptiveDeadline{*percent / 100};
  }
  const auto time = parse_duration(text);
  if (!time || *time < Duration::zero())
    return std::unexpected(fmt::format(
        "'{}' is no deadline: a time such as 120ms, the share of arrivals that are to be in time such "
        "as 95%, or auto",
        text));
  return FixedDeadline{*time};
}

std::string describe(const DeadlinePolicy& policy) {
  if (const auto* fixed = std::get_if<FixedDeadline>(&policy)) return duration_text(fixed->ahead);
  return fmt::format("{}%", std::get<AdaptiveDeadline>(policy).punctuality * 100);
}

Deadline::Deadline(DeadlinePolicy policy, Duration max) : max_(max), ahead_(std::min(unmeasured, max)) {
  choose(policy);
}

void Deadline::choose(DeadlinePolicy policy) {
  if (const auto* adaptive = std::get_if<AdaptiveDeadline>(&policy))
    require(adaptive->punctuality > 0 && adaptive->punctuality <= 1, "punctuality is a share");
  policy_ = policy;
  chosen_ = true;
  if (const auto* fixed = std::get_if<FixedDeadline>(&policy_)) ahead_ = std::min(fixed->ahead, max_);
}

void Deadline::paths_measured(const std::vector<const PathDelay*>& paths) {
  const auto* adaptive = std::get_if<AdaptiveDeadline>(&policy_);
  if (adaptive == nullptr || paths.empty()) return;
  const Duration wanted =
      std::min(adaptive->punctuality == 1 ? slowest(paths) : quantile(paths, adaptive->punctuality), max_);
  if (std::exchange(chosen_, false) || wanted > ahead_ ||
      in_seconds(wanted) < in_seconds(ahead_) * (1 - hysteresis))
    ahead_ = wanted;
}

}  // namespace tutti::symmetric
