// How far a neighbour's clock is from ours, from exchanges of four time stamps (RFC 5905, section 8).
//
// Only the half of the exchanges with the shorter round trips counts: they had less queueing, and what is
// left of the jitter is as likely to be on the way there as on the way back. Averaging over more of them
// takes out more of the jitter and lags further behind the drift of the clocks: with one exchange a second,
// jitter s and drift d, both errors are equal over (2 s / d) ^ 2/3 exchanges. So a quiet path is averaged
// over few exchanges, where even a bad clock is followed closely, and a restless one over many.
//
// An exchange finds its place among the others of the window when it comes, so that nothing is sorted for an
// estimate.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "tutti/base/time.hpp"

namespace tutti::symmetric {

/// One exchange of time stamps: sent and received by this peer's clock, and in between by the neighbour's.
struct ClockExchange {
  TimePoint sent;
  TimePoint remote_received;
  TimePoint remote_sent;
  TimePoint received;
};

class ClockOffset {
 public:
  /// Windows for clocks that drift by 10 us a second, as disciplined ones hardly do, and the jitter of round
  /// trips (from the shortest to the median) from which on the next one is used.
  static constexpr std::array<std::size_t, 3> windows{16, 64, 256};
  static constexpr std::array<Duration, 2> restless{std::chrono::milliseconds(2),
                                                    std::chrono::milliseconds(20)};

  /// False, and nothing changes, if the stamps contradict each other.
  bool add(const ClockExchange& exchange);
  /// Whether the window is not yet full: until then more exchanges make the estimate better at once.
  [[nodiscard]] bool wants_more() const { return samples_.size() < window_; }
  /// Theirs minus ours: the mean over the half of the window with the shorter round trips (of equally long
  /// ones, the newer), rounded towards that of the shortest. Needs an exchange.
  [[nodiscard]] Duration estimate() const;

 private:
  struct Sample {
    Duration round_trip;
    Duration offset;
  };

  [[nodiscard]] std::size_t fitting_window() const;
  /// Makes a window of the newest `window` samples.
  void look_at(std::size_t window);

  std::vector<Sample> samples_;       // a ring of the largest window
  std::vector<std::uint8_t> places_;  // the window's in it, by round_trip, and of equal ones the newer first
  std::size_t next_ = 0;
  std::size_t window_ = windows.front();
};

}  // namespace tutti::symmetric
