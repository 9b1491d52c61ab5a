// When snapshots are taken: densely where late events fall, and sparsely where a snapshot costs more memory,
// copying and hashing than it saves replaying.
//
// So during the last two seconds they are a few ticks apart, before that a second, and the further back a
// replay runs, the fewer it takes, since most would be dropped again. They lie at multiples of these
// intervals: a replay takes them where they were, and all peers at whole seconds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "tutti/symmetric/event.hpp"

namespace tutti::symmetric {

class SnapshotSchedule {
 public:
  /// `interval_ticks` are the ticks from one snapshot to the next, if it is always the same number.
  SnapshotSchedule(std::int64_t ticks_per_second, std::optional<std::int64_t> interval_ticks,
                   std::size_t snapshots_max)
      : second_(ticks_per_second),
        interval_(interval_ticks),
        snapshots_max_(static_cast<std::int64_t>(snapshots_max)) {}

  /// Ticks between two snapshots of the distant past.
  [[nodiscard]] std::int64_t coarse() const { return interval_.value_or(second_); }
  /// How many ticks count as the recent past.
  [[nodiscard]] std::int64_t recent() const { return 2 * second_; }

  /// The tick of the first snapshot after `tick`, when `now` is the newest tick there is or is to be, and an
  /// image looks at so many bytes whatever has changed.
  [[nodiscard]] Tick next_after(Tick tick, Tick now, std::size_t bytes_looked_at) const {
    const auto from = std::max<std::int64_t>(tick.value(), 0);
    const auto multiple_after = [&](std::int64_t interval) { return (from / interval + 1) * interval; };
    const std::int64_t age = now.value() - from;
    if (age <= recent())
      return Tick(std::min(multiple_after(fine(bytes_looked_at)), multiple_after(coarse())));
    // This close together they would stay if they were all kept.
    const std::int64_t spacing = 2 * age / snapshots_max_;
    return Tick((from + std::max(spacing, coarse())) / coarse() * coarse());
  }

 private:
  // Between two of the recent past. Where only what changed is copied, a replay pays for each page that a
  // tick writes, so it should be short. Where everything is copied, so much costs about as much as a tick.
  [[nodiscard]] std::int64_t fine(std::size_t bytes_looked_at) const {
    constexpr std::size_t bytes_per_tick = 8 * 1024;
    constexpr std::int64_t ticks_tracked = 5;
    constexpr std::int64_t ticks_min = 10;
    if (interval_) return *interval_;
    if (bytes_looked_at == 0) return std::min(ticks_tracked, second_);
    return std::min(std::max(static_cast<std::int64_t>(bytes_looked_at / bytes_per_tick), ticks_min),
                    second_);
  }

  std::int64_t second_;
  std::optional<std::int64_t> interval_;
  std::int64_t snapshots_max_;
};

}  // namespace tutti::symmetric
