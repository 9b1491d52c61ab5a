#include "tutti/symmetric/clock_offset.hpp"

#include <algorithm>
#include <limits>
#include <ranges>

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
  if (samples_.size() < windows.back()) {
    samples_.push_back(sample);
  } else {
    places_.erase(std::ranges::find(places_, place));
    samples_[place] = sample;
  }
  const auto round_trip_at = [&](std::uint8_t at) { return samples_[at].round_trip; };
  places_.insert(std::ranges::lower_bound(places_, round_trip, {}, round_trip_at), place);
  next_ = (next_ + 1) % windows.back();
  if (next_ % exchanges_per_choice == 0) window_ = fitting_window();
  return true;
}

auto ClockOffset::shortest_of_newest(std::size_t count) const {
  return places_ | std::views::filter([this, count](std::uint8_t place) {
           const auto age = static_cast<std::uint8_t>(next_ - 1 - place);
           return age < count;
         }) |
         std::views::transform([this](std::uint8_t place) -> const Sample& { return samples_[place]; });
}

Duration ClockOffset::estimate() const {
  require(!samples_.empty(), "an offset is estimated from samples");
  const std::size_t used = (std::min(window_, samples_.size()) + 1) / 2;
  auto shortest = shortest_of_newest(window_);
  // Relative to one of them: sums of clock readings might overflow.
  const Duration base = shortest.front().offset;
  Duration sum{};
  for (const Sample& sample : shortest | std::views::take(used)) sum += sample.offset - base;
  return base + sum / static_cast<std::int64_t>(used);
}

std::size_t ClockOffset::fitting_window() const {
  const std::size_t count = std::min(windows[1], samples_.size());
  auto shortest = shortest_of_newest(count);
  const auto middle = std::ranges::next(shortest.begin(), static_cast<std::ptrdiff_t>(count / 2));
  const Duration jitter = (*middle).round_trip - shortest.front().round_trip;
  const auto found = std::ranges::upper_bound(restless, jitter);
  return windows[static_cast<std::size_t>(found - restless.begin())];
}

}  // namespace tutti::symmetric
