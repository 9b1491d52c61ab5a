// The queue ahead of a narrow path: bytes leave one after the other at the path's bandwidth, and what would
// wait beyond the limit is dropped (tail drop). All it has to remember is until when the path is busy.
#pragma once

#include <algorithm>
#include <optional>

#include "tutti/net/model/network_model.hpp"

namespace tutti {

class PathQueue {
 public:
  /// How long `bytes` occupy a path of this bandwidth; at most network_delay_max.
  [[nodiscard]] static constexpr Duration time_of(std::uint64_t bytes, const Bandwidth& bandwidth) {
    require(bandwidth.bytes_per_second > 0, "a path lets something through");
    const auto time =
        (Wide{bytes} * 1'000'000'000 + bandwidth.bytes_per_second - 1) / bandwidth.bytes_per_second;
    return Duration(
        static_cast<std::int64_t>(std::min<Wide>(time, static_cast<Wide>(network_delay_max.count()))));
  }

  /// How long what was taken so far still occupies the path.
  [[nodiscard]] Duration backlog(TimePoint now) const {
    return std::max(busy_until_ - now, Duration::zero());
  }
  [[nodiscard]] std::uint64_t backlog_bytes(TimePoint now, const Bandwidth& bandwidth) const {
    return static_cast<std::uint64_t>(static_cast<Wide>(backlog(now).count()) * bandwidth.bytes_per_second /
                                      1'000'000'000);
  }

  /// How long until no more than `bytes` of it are left.
  [[nodiscard]] Duration time_until_backlog(TimePoint now, std::uint64_t bytes,
                                            const Bandwidth& bandwidth) const {
    return std::max(backlog(now) - time_of(bytes, bandwidth), Duration::zero());
  }

  /// A packet that arrives `now`: how long until its last byte has left; nothing if it does not fit. An idle
  /// path takes a packet of any size.
  std::optional<Duration> take(TimePoint now, std::uint64_t bytes, const Bandwidth& bandwidth) {
    const Duration waiting = backlog(now);
    const Duration duration = time_of(bytes, bandwidth);
    if (waiting > Duration::zero() && waiting + duration > time_of(bandwidth.queue_bytes, bandwidth))
      return {};
    busy_until_ = now + waiting + duration;
    return waiting + duration;
  }

  /// The same for a sender that waits until there is room: nothing is dropped.
  Duration take_patiently(TimePoint now, std::uint64_t bytes, const Bandwidth& bandwidth) {
    busy_until_ = now + backlog(now) + time_of(bytes, bandwidth);
    return busy_until_ - now;
  }

 private:
  __extension__ using Wide = unsigned __int128;

  TimePoint busy_until_{};
};

}  // namespace tutti
