#include "tutti/runtime/sim_runtime.hpp"

#include <algorithm>

#include "tutti/base/require.hpp"
#include "tutti/runtime/shard.hpp"

namespace tutti {

SimRuntime::SimRuntime(Shard& shard, std::uint64_t seed, std::uint32_t node, const Log& log)
    : shard_(shard), log_(&log), random_(Random::keyed({seed, node})), node_(node) {}

SimRuntime::~SimRuntime() = default;

TimePoint SimRuntime::now() const noexcept {
  return clock_ ? clock_->reading(shard_.now()) : shard_.now();
}

void SimRuntime::schedule(Event& event, TimePoint at) {
  const TimePoint moment = clock_ ? clock_->moment(at) : at;
  shard_.schedule(event, {std::max(moment, shard_.now()), node_, node_, sequence_++});
}

void SimRuntime::set_drift(double parts_per_million) {
  require(parts_per_million > -1e6, "a clock that loses still runs forward");
  if (!clock_) clock_ = std::make_unique<LocalClock>();
  clock_->set_drift(shard_.now(), parts_per_million);
}

void SimRuntime::step_clock(Duration step) {
  require(step >= Duration::zero(), "a clock never goes back");
  if (!clock_) clock_ = std::make_unique<LocalClock>();
  clock_->step(shard_.now(), step);
}

}  // namespace tutti
