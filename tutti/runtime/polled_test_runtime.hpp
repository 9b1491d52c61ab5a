// For tests: real sockets in a time that passes only while the test runs. Timeouts of a fraction of a second
// would otherwise measure the machine: a process that is not scheduled for that long finds, when it wakes,
// all its timers due before it has heard a word.
//
// Here at most a millisecond passes from one turn to the next, however long that took. So whoever waits for
// something has many turns for it to arrive in, and both ends of a connection have the same.
#pragma once

#include <algorithm>
#include <chrono>
#include <utility>

#include "tutti/runtime/real_runtime.hpp"

namespace tutti {

class PolledRuntime final : public Runtime {
 public:
  explicit PolledRuntime(Log log = {}) : sockets_({.log = std::move(log)}) {}

  [[nodiscard]] TimePoint now() const noexcept override { return std::min(real_now() - missed_, turn_end_); }
  Random& random() noexcept override { return sockets_.random(); }
  [[nodiscard]] const Log& log() const noexcept override { return sockets_.log(); }

  /// For sockets, whose events come with a turn of this runtime.
  RealRuntime& sockets() { return sockets_; }

  /// One turn.
  void poll() {
    const auto begin = now();
    missed_ = real_now() - begin;
    turn_end_ = begin + turn_duration_max;
    sockets_.poll();
    // What is due when this begins; what that arms in turn waits for the next time.
    const auto due = now();
    const auto last = sequence_;
    while (!queue_.empty() && queue_.next().at <= due && queue_.next().sequence < last) queue_.pop().fire();
  }

 private:
  static constexpr Duration turn_duration_max = std::chrono::milliseconds(1);

  void schedule(Event& event, TimePoint at) override { queue_.schedule(event, {at, 0, 0, sequence_++}); }

  RealRuntime sockets_;
  Duration missed_{};  // of real time, between turns that were too far apart
  TimePoint turn_end_ = real_now() + turn_duration_max;
  EventQueue queue_;
  std::uint64_t sequence_ = 0;
};

}  // namespace tutti
