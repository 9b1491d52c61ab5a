// The laboratory's house: a discrete-event scheduler over virtual time. A run is a pure function of the
// program and the seed: what happens to a node happens in the total order of EventKey, each node draws from a
// random stream of its own, and a running hash over all that happens to it is its trace. The nodes' traces
// together are the trace of the run: equal traces mean equal runs.
//
// Nodes are dealt out to shards, each with a queue and, if there are several, a thread of its own. The shards
// advance in windows no longer than the lookahead, the time that nothing one node does can take less than to
// reach another; so within a window they need not know of each other, and what they send each other is handed
// over between windows (conservative synchronization; Fujimoto, "Parallel Discrete Event Simulation", CACM
// 1990). What happens to each node, and so the trace, does not depend on the number of shards.
//
// Whoever runs the simulation may do anything to any node between runs. During a run with several shards an
// event touches its own node only, and peers are neither made nor destroyed.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "tutti/runtime/block_list.hpp"
#include "tutti/runtime/shard.hpp"
#include "tutti/runtime/sim_runtime.hpp"

namespace tutti {

class Simulator {
 public:
  static constexpr unsigned shards_max = 64;

  /// At least one shard, at most shards_max.
  explicit Simulator(std::uint64_t seed, unsigned shards = 1);
  Simulator(const Simulator&) = delete;
  Simulator& operator=(const Simulator&) = delete;
  ~Simulator();

  /// The next node; they are numbered from 0. The reference lasts as long as the simulator.
  SimRuntime& add_node();
  [[nodiscard]] SimRuntime& node(std::uint32_t index) { return nodes_[index]; }
  [[nodiscard]] std::uint32_t node_count() const { return static_cast<std::uint32_t>(nodes_.size()); }
  /// Where the log lines of all nodes added from now on go; nowhere unless set.
  void set_log(Log log) { logs_.push_back(std::move(log)); }

  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  /// Between runs, and with one shard during them.
  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] unsigned shard_count() const { return static_cast<unsigned>(shards_.size()); }
  [[nodiscard]] unsigned shard_of(std::uint32_t node) const {
    return shard_count() == 1 ? 0 : node % shard_count();  // a division costs more than most calls do
  }

  /// The simulation's time at a node, during a run and between runs: not its own clock's.
  [[nodiscard]] TimePoint now_of(std::uint32_t node) const { return shards_[shard_of(node)]->now(); }

  /// Nothing that one node does reaches another sooner than this. While it is zero, several shards take
  /// turns on one thread.
  void set_lookahead(Duration lookahead) { lookahead_ = lookahead; }

  /// Lets `event` happen to `target` at `at` (or now, if that has passed), caused by `source`: called by what
  /// happens to `source`, or between runs. To another shard's node it must be at least the lookahead away;
  /// then only that shard may touch the event before it has fired.
  void schedule(Event& event, TimePoint at, std::uint32_t target, std::uint32_t source);

  /// Lets everything happen that is due by then; afterwards it is then.
  void run_until(TimePoint then);
  void run_for(Duration span) { run_until(now_ + span); }

  /// Between runs.
  [[nodiscard]] std::uint64_t event_count() const;
  [[nodiscard]] std::uint64_t trace_hash() const;

 private:
  void step(Shard& shard);
  void run_in_turns(TimePoint then);
  void run_in_windows(TimePoint then);
  [[nodiscard]] TimePoint next_event_at() const;

  std::uint64_t seed_;
  TimePoint now_{};
  Duration lookahead_{};
  std::optional<TimePoint> window_end_;  // while several threads run
  std::deque<Log> logs_{Log{}};
  std::vector<std::unique_ptr<Shard>> shards_;
  BlockList<SimRuntime> nodes_;
};

}  // namespace tutti
