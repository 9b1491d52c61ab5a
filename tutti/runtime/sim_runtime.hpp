// One node's runtime in the laboratory. It belongs to the simulator and lasts as long: a peer that stops and
// starts again finds it as it was left.
#pragma once

#include <cstdint>
#include <memory>

#include "tutti/base/hash.hpp"
#include "tutti/runtime/local_clock.hpp"
#include "tutti/runtime/runtime.hpp"

namespace tutti {

class Shard;

class SimRuntime final : public Runtime {
 public:
  SimRuntime(Shard& shard, std::uint64_t seed, std::uint32_t node, const Log& log);
  ~SimRuntime() override;

  /// By this node's own clock, which is the simulation's unless set_drift() or step_clock() were called.
  [[nodiscard]] TimePoint now() const noexcept override;
  Random& random() noexcept override { return random_; }
  [[nodiscard]] const Log& log() const noexcept override { return *log_; }

  [[nodiscard]] std::uint32_t node() const { return node_; }
  /// Where this node's log lines go, instead of where the simulator's go. `log` outlives the node.
  void set_log(const Log& log) { log_ = &log; }

  /// From now on this node's clock gains `parts_per_million` on the simulation's. Timers that are armed keep
  /// their moments.
  void set_drift(double parts_per_million);
  /// Sets this node's clock forward by `step`, which is not negative: a clock never goes back. So does a
  /// machine's that was asleep.
  void step_clock(Duration step);

  /// Numbers what this node sends without a channel, over all its peers' lives: names the network's draws.
  std::uint32_t next_letter() { return letters_++; }

  /// Adds something that must be equal in equal runs, such as an application's state, to the trace.
  void trace(std::uint64_t value) { trace_.add(value); }

 private:
  friend class Simulator;
  friend Shard;
  void schedule(Event& event, TimePoint at) override;

  Shard& shard_;
  const Log* log_;
  std::unique_ptr<LocalClock> clock_;  // nothing while it is the simulation's
  Random random_;
  RunningHash trace_;
  std::uint64_t sequence_ = 0;
  std::uint32_t node_;
  std::uint32_t letters_ = 0;
};

}  // namespace tutti
