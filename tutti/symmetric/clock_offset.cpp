#include "tutti/symmetric/clock_offset.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "tutti/base/require.hpp"

namespace tutti::symmetric {
namespace {

/// An exchange longer than this says nothing useful; it also bounds what the arithmetic below has to hold.
constexpr Duration round_trip_max = std::chrono::seconds(30);
/// The window is chosen anew after so many exchanges.
constexpr std::size_t exchanges_per_choice = 8;

static_assert(ClockOffset::windows.back() - 1 == std::numeric_limits<std::uint8_t>::max(),
              "a byte counts the places of the ring round and round");

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
  const auto place = static_cast<std::uint8_t>(next_);
  if (places_.size() == window_)
    places_.erase(std::ranges::find(places_, static_cast<std::uint8_t>(next_ - window_)));
  if (samples_.size() < windows.back())
    samples_.push_back(sample);
  else
    samples_[place] = sample;
  const auto round_trip_at = [&](std::uint8_t at) { return samples_[at].round_trip; };
  places_.insert(std::ranges::lower_bound(places_, round_trip, {}, round_trip_at), place);
  next_ = (next_ + 1) % windows.back();
  if (next_ % exchanges_per_choice == 0)
    if (const auto window = fitting_window(); window != window_) look_at(window);
  return true;
}

void ClockOffset::look_at(std::size_t window) {
  window_ = window;
  places_.resize(std::min(window, samples_.size()));
  auto newest = next_;
  for (auto& place : places_) place = static_cast<std::uint8_t>(--newest);
  std::ranges::sort(places_, {}, [&](std::uint8_t place) {
    const auto age = static_cast<std::uint8_t>(next_ - 1 - place);
    return std::pair(samples_[place].round_trip, age);
  });
}

Duration ClockOffset::estimate() const {
  require(!samples_.empty(), "an offset is estimated from samples");
  const auto shortest = std::span(places_).first((places_.size() + 1) / 2);
  // Relative to one of them: sums of clock readings might overflow.
  const Duration base = samples_[shortest.front()].offset;
  Duration sum{};
  for (const auto place : shortest) sum += samples_[place].offset - base;
  return base + sum / static_cast<std::int64_t>(shortest.size());
}

std::size_t ClockOffset::fitting_window() const {
  std::array<Duration, windows[1]> round_trips{};
  const auto count = std::min(round_trips.size(), samples_.size());
  for (std::size_t age = 1; age <= count; ++age)
    round_trips[age - 1] = samples_[static_cast<std::uint8_t>(next_ - age)].round_trip;
  const auto known = std::span(round_trips).first(count);
  const auto middle = known.begin() + static_cast<std::ptrdiff_t>(count / 2);
  std::ranges::nth_element(known, middle);
  const Duration jitter = *middle - *std::min_element(known.begin(), middle + 1);
  const auto found = std::ranges::upper_bound(restless, jitter);
  return windows[static_cast<std::size_t>(found - restless.begin())];
}

}  // namespace tutti::symmetric
