#include "tutti/symmetric/clock_offset.hpp"

#include <algorithm>

#include "tutti/base/require.hpp"

namespace tutti::symmetric {
namespace {

/// An exchange longer than this says nothing useful; it also bounds what the arithmetic below has to hold.
constexpr Duration round_trip_max = std::chrono::seconds(30);
/// The window is chosen anew after so many exchanges.
constexpr std::size_t exchanges_per_choice = 8;

}  // namespace

bool ClockOffset::add(const ClockExchange& exchange) {
  const Duration round_trip =
      (exchange.received - exchange.sent) - (exchange.remote_sent - exchange.remote_received);
  if (exchange.remote_sent < exchange.remote_received || round_trip < Duration::zero() ||
      round_trip > round_trip_max)
    return false;
  const Duration there = exchange.remote_received - exchange.sent;
  const Duration back = exchange.remote_sent - exchange.received;
  const Sample sample{round_trip, there / 2 + back / 2};
  if (samples_.size() < windows.back())
    samples_.push_back(sample);
  else
    samples_[next_] = sample;
  next_ = (next_ + 1) % windows.back();
  if (next_ % exchanges_per_choice == 0) window_ = fitting_window();
  return true;
}

Duration ClockOffset::estimate() const {
  require(!samples_.empty(), "an offset is estimated from samples");
  auto sorted = newest(window_);
  const std::size_t used = (sorted.size() + 1) / 2;
  std::ranges::nth_element(sorted, sorted.begin() + static_cast<std::ptrdiff_t>(used - 1), {},
                           &Sample::round_trip);
  // Relative to one of them: sums of clock readings might overflow.
  const Duration base = sorted.front().offset;
  Duration sum{};
  for (std::size_t i = 0; i < used; ++i) sum += sorted[i].offset - base;
  return base + sum / static_cast<std::int64_t>(used);
}

ClockOffset::Samples ClockOffset::newest(std::size_t count) const {
  count = std::min(count, samples_.size());
  Samples result;
  for (std::size_t i = 1; i <= count; ++i)
    result.push_back(samples_[(next_ + windows.back() - i) % windows.back()]);
  return result;
}

std::size_t ClockOffset::fitting_window() const {
  auto sorted = newest(windows[1]);
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::ranges::nth_element(sorted, middle, {}, &Sample::round_trip);
  const auto least = std::ranges::min_element(sorted, {}, &Sample::round_trip);
  const auto jitter = middle->round_trip - least->round_trip;
  const auto found = std::ranges::upper_bound(restless, jitter);
  return windows[static_cast<std::size_t>(found - restless.begin())];
}

}  // namespace tutti::symmetric
