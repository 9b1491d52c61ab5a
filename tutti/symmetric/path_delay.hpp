// How long things take from one peer to here, and how long one should reckon with.
//
// The last few measurements are kept and their quartiles used, not mean and deviation: what was held up while
// a path was cut comes seconds late and says nothing about the path.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "tutti/base/require.hpp"
#include "tutti/base/time.hpp"

namespace tutti::symmetric {

class PathDelay {
 public:
  static constexpr std::size_t window = 16;
  static constexpr std::size_t enough = 3;

  void add(Duration delay) {
    samples_[next_] = delay;
    next_ = (next_ + 1) % window;
    count_ = std::min(count_ + 1, window);
  }
  /// Whether there are enough measurements for one that went wrong not to decide.
  [[nodiscard]] bool measured() const { return count_ >= enough; }
  /// The last few, in no order.
  [[nodiscard]] std::span<const Duration> samples() const { return std::span(samples_).first(count_); }
  /// The median. Needs measured().
  [[nodiscard]] Duration typical() const { return quantile(1, 2); }
  /// What hardly anything exceeds: the upper quartile and twice the distance between the quartiles, which for
  /// a normal distribution is 3.4 deviations above the mean. Needs measured().
  [[nodiscard]] Duration generous() const {
    const Duration upper = quantile(3, 4);
    return upper + 2 * (upper - quantile(1, 4));
  }

 private:
  [[nodiscard]] Duration quantile(std::size_t numerator, std::size_t denominator) const {
    require(measured(), "a delay is estimated from enough measurements");
    auto sorted = samples_;
    std::sort(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(count_));
    return sorted[(count_ - 1) * numerator / denominator];
  }

  std::array<Duration, window> samples_{};
  std::size_t count_ = 0;
  std::size_t next_ = 0;
};

}  // namespace tutti::symmetric
