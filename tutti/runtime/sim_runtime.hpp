// The laboratory's house: a discrete-event scheduler over virtual time. A run is a pure function of the
// program and the seed: events happen in the total order of EventKey, each node draws from a random stream of
// its own, and a running hash over all keys is the trace of the run: equal traces mean equal runs.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tutti/base/hash.hpp"
#include "tutti/runtime/runtime.hpp"

namespace tutti {

class Simulator;

/// One node's runtime. It belongs to the simulator and lasts as long: a peer that stops and starts again
/// finds it as it was left.
class SimRuntime final : public Runtime {
 public:
  SimRuntime(Simulator& simulator, std::uint32_t node);

  [[nodiscard]] TimePoint now() const noexcept override;
  Random& random() noexcept override { return random_; }
  [[nodiscard]] const Log& log() const noexcept override { return log_; }

  [[nodiscard]] std::uint32_t node() const { return node_; }
  /// Where this node's log lines go; nowhere unless set.
  void set_log(Log log) { log_ = std::move(log); }

 private:
  friend Simulator;
  void schedule(Event& event, TimePoint at) override;

  Simulator& simulator_;
  Random random_;
  Log log_;
  std::uint64_t sequence_ = 0;
  std::uint32_t node_;
};

class Simulator {
 public:
  explicit Simulator(std::uint64_t seed);

  /// The next node; they are numbered from 0. The reference lasts as long as the simulator.
  SimRuntime& add_node();
  [[nodiscard]] SimRuntime& node(std::uint32_t index) { return *nodes_[index]; }
  [[nodiscard]] std::uint32_t node_count() const { return static_cast<std::uint32_t>(nodes_.size()); }

  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  [[nodiscard]] TimePoint now() const { return now_; }

  /// Lets `event` happen to `target` at `at` (or now, if that has passed), caused by `source`.
  void schedule(Event& event, TimePoint at, std::uint32_t target, std::uint32_t source);

  /// Lets the next event happen; false if there is none.
  bool step();
  /// Lets everything happen that is due by then; afterwards it is then.
  void run_until(TimePoint then);
  void run_for(Duration span) { run_until(now_ + span); }

  [[nodiscard]] std::uint64_t event_count() const { return event_count_; }
  /// Adds something that must be equal in equal runs, such as an application's state, to the trace.
  void trace(std::uint64_t value) { trace_.add(value); }
  [[nodiscard]] std::uint64_t trace_hash() const { return trace_.value(); }

 private:
  std::uint64_t seed_;
  TimePoint now_{};
  EventQueue queue_;
  std::vector<std::unique_ptr<SimRuntime>> nodes_;
  std::uint64_t event_count_ = 0;
  RunningHash trace_;
};

}  // namespace tutti
