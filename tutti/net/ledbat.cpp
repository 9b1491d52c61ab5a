#include "tutti/net/ledbat.hpp"

#include <algorithm>

namespace tutti {
namespace {

/// Round trips that a slowdown lasts, and that go before the first.
constexpr int slowdown_round_trips = 2;
/// A slowdown and its recovery are at most one part of so many of the time.
constexpr int slowdown_share = 10;
/// By which slow start grows in a round trip: twice as fast would leave twice as much in the queue at its
/// end.
constexpr double growth = 1.5;
/// Round trips in a round that tell enough by themselves (RFC 9406, N_RTT_SAMPLE).
constexpr std::uint32_t round_samples_few = 8;
/// Of one sample in the jitter (RFC 3550, 6.4.1).
constexpr int jitter_weight = 16;

}  // namespace

void BaseDelay::add(TimePoint now, Duration sample) {
  if (began_ == TimePoint::min() || now - began_ >= interval * static_cast<int>(intervals)) {
    least_ = none;
    began_ = now;
  }
  for (; now - began_ >= interval; began_ += interval) {
    std::shift_right(least_.begin(), least_.end(), 1);
    least_.front() = Duration::max();
  }
  least_.front() = std::min(least_.front(), sample);
}

Duration BaseDelay::least() const {
  return *std::ranges::min_element(least_);
}

Duration Ledbat::queueing_delay() const {
  const auto least =
      round_.samples < round_samples_few ? std::min(round_.least, former_least_) : round_.least;
  return least == Duration::max() ? Duration::zero() : std::max(least - base_.least(), Duration::zero());
}

void Ledbat::sample(TimePoint now, std::uint64_t bytes, Duration round_trip) {
  base_.add(now, round_trip);
  if (round_.bytes_left == 0) {
    former_least_ = round_.least;
    round_ = {.bytes_left = window_};
  }
  round_.bytes_left -= std::min(round_.bytes_left, bytes);
  round_.least = std::min(round_.least, round_trip);
  ++round_.samples;
  const Duration change =
      newest_ == Duration::zero() ? Duration::zero() : std::chrono::abs(round_trip - newest_);
  newest_ = round_trip;
  jitter_ += (change - jitter_) / jitter_weight;
}

void Ledbat::set_window(double bytes) {
  window_ = static_cast<std::uint64_t>(
      std::clamp(bytes, static_cast<double>(window_bytes_min), static_cast<double>(window_bytes_max)));
}

void Ledbat::slow_down(TimePoint now, Duration round_trip) {
  phase_ = Phase::slowdown;
  slowdown_began_ = now;
  phase_ends_ = now + slowdown_round_trips * round_trip;
  goal_window_ = window_;
  window_ = window_bytes_min;
}

void Ledbat::steer(std::uint64_t bytes, bool limited) {
  const auto window = static_cast<double>(window_);
  // What a whole window's acknowledgements, which is a round trip's, change; these are a part of it.
  const double part = std::min(1.0, static_cast<double>(bytes) / window);
  const Duration delay = queueing_delay();
  if (delay > goal())
    set_window(window - part * window * in_seconds(delay - goal()) / in_seconds(base_.least() + delay));
  else if (limited)
    set_window(window + part * packet_bytes);
}

void Ledbat::acknowledged(TimePoint now, std::uint64_t bytes, Duration round_trip, bool limited) {
  sample(now, bytes, round_trip);
  const bool queue_builds = queueing_delay() > target_ * 3 / 4;
  switch (phase_) {
    case Phase::slow_start:
      if (queue_builds) {
        set_window(static_cast<double>(window_) / growth);  // what is seen is the work of that one
        phase_ = Phase::steady;
        phase_ends_ = now + slowdown_round_trips * round_trip;
      } else if (limited) {
        set_window(static_cast<double>(window_) +
                   (growth - 1) * static_cast<double>(std::min(bytes, window_)));
      }
      return;
    case Phase::steady:
      if (limited && now >= phase_ends_) return slow_down(now, round_trip);
      return steer(bytes, limited);
    case Phase::slowdown:
      if (now >= phase_ends_) phase_ = Phase::recovery;
      return;
    case Phase::recovery:
      if (window_ < goal_window_) {
        if (limited) window_ = std::min(goal_window_, window_ + bytes);
        return;
      }
      phase_ = Phase::steady;
      phase_ends_ = now + std::max(slowdown_interval_min, (slowdown_share - 1) * (now - slowdown_began_));
      return;
  }
}

}  // namespace tutti
