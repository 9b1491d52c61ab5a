// How much may be in flight so that the queues of the network stay short: a window after LEDBAT (RFC 6817)
// with the slow start and the slowdowns of LEDBAT++ (draft-irtf-iccrg-ledbat-plus-plus). What round trips
// take beyond the shortest one is time spent in queues: the window grows while that is below a target, and
// shrinks above. It is for who has time. It stands on top of the connection's own congestion control and
// never allows more than that does, so losses are left to it.
//
//   slow start   half as much again each round trip, until the delay passes 3/4 of the target
//   steady       one packet more each round trip below the target; above it, less by the share that the
//                excess has in the round trip, which is what is too much in flight (as in FAST TCP)
//   slowdown     two packets for two round trips, so that the queue runs empty and the shortest round trip is
//                seen: shortly after slow start, and now and then. Without it, who comes second would take
//                the first one's queue for the path itself.
//   recovery     doubles each round trip, up to the window from before the slowdown
//
// The shortest round trip is that of the last 20 seconds, so that a route that becomes longer is believed
// then. A path's own jitter is no queue, but the shortest of many round trips is further below their average
// than the shortest of a few is. So four times the jitter (RFC 3550) is added to the target, as RFC 6298 adds
// four deviations; a jittery path would be left unused otherwise.
//
// Rejected: the decrease of LEDBAT++, up to half the window for a delay of one and a half targets. Where the
// target is a small part of the round trip, it leaves most of the path unused.
//
// RFC 6817 measures one-way delays, for which QUIC has no time stamps; LEDBAT++ goes by round trips, too.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tutti/base/time.hpp"

namespace tutti {

/// The least round trip of the last while. Old ones are forgotten in steps (RFC 6817, BASE_HISTORY).
class BaseDelay {
 public:
  static constexpr std::size_t intervals = 4;
  static constexpr Duration interval = std::chrono::seconds(5);

  void add(TimePoint now, Duration sample);
  /// Of what was added; Duration::max() before that.
  [[nodiscard]] Duration least() const;

 private:
  static constexpr std::array<Duration, intervals> none = [] {
    std::array<Duration, intervals> none{};
    none.fill(Duration::max());
    return none;
  }();

  std::array<Duration, intervals> least_ = none;  // the present interval's first
  TimePoint began_ = TimePoint::min();
};

class Ledbat {
 public:
  static constexpr std::uint64_t packet_bytes = 1400;  ///< about a full one
  static constexpr std::uint64_t window_bytes_initial = 2 * packet_bytes;
  static constexpr std::uint64_t window_bytes_min = 2 * packet_bytes;
  /// More is in flight on no path that anybody has.
  static constexpr std::uint64_t window_bytes_max = std::uint64_t{1} << 30;
  /// Between two slowdowns, so that the shortest round trip is seen several times before it is forgotten.
  static constexpr Duration slowdown_interval_min = std::chrono::seconds(10);

  /// Keeps about `target` in the queues.
  explicit Ledbat(Duration target) : target_(target) {}

  /// How much may be in flight.
  [[nodiscard]] std::uint64_t window_bytes() const { return window_; }
  /// `bytes` that were in flight have arrived; the newest round trip took `round_trip`. `limited`: more would
  /// have been sent since the last call, had the window been larger. It does not grow otherwise.
  void acknowledged(TimePoint now, std::uint64_t bytes, Duration round_trip, bool limited);

  /// What the queues add to a round trip: by the least one of the present round, for what leaves in a burst
  /// waits for itself; and of the one before, as long as the present one has few.
  [[nodiscard]] Duration queueing_delay() const;

 private:
  enum class Phase : std::uint8_t { slow_start, steady, slowdown, recovery };

  /// The round trips seen while one window's bytes arrive.
  struct Round {
    Duration least = Duration::max();
    std::uint64_t bytes_left = 0;
    std::uint32_t samples = 0;
  };

  void sample(TimePoint now, std::uint64_t bytes, Duration round_trip);
  void set_window(double bytes);
  /// What the queueing delay is to be: above zero.
  [[nodiscard]] Duration goal() const { return target_ + 4 * jitter_; }
  void steer(std::uint64_t bytes, bool limited);
  void slow_down(TimePoint now, Duration round_trip);

  Duration target_;
  BaseDelay base_;
  Round round_;
  Duration former_least_ = Duration::max();  // of the round before
  Duration newest_{};                        // round trip
  Duration jitter_{};                        // how far a round trip is from the one before, on average
  std::uint64_t window_ = window_bytes_initial;
  std::uint64_t goal_window_ = 0;  // of the recovery
  Phase phase_ = Phase::slow_start;
  TimePoint slowdown_began_{};
  TimePoint phase_ends_ = TimePoint::max();  // the slowdown; or what goes before it
};

}  // namespace tutti
