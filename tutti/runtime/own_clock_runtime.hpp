// A runtime whose clock is its peer's own: it runs on another one and gains or loses on that one's clock, as
// SimRuntime does on the simulation's. So an experiment's wrong clocks are wrong live, too.
#pragma once

#include <cstdint>

#include "tutti/runtime/local_clock.hpp"
#include "tutti/runtime/runtime.hpp"

namespace tutti {

class OwnClockRuntime final : public Runtime {
 public:
  /// Shows the time of `inner`, which outlives it, until told otherwise.
  explicit OwnClockRuntime(Runtime& inner);

  [[nodiscard]] TimePoint now() const noexcept override { return reading(inner_.now()); }
  Random& random() noexcept override { return inner_.random(); }
  [[nodiscard]] const Log& log() const noexcept override { return inner_.log(); }

  /// What this clock shows when the inner one shows `at`, as far as is known now.
  [[nodiscard]] TimePoint reading(TimePoint at) const { return clock_.reading(at); }
  /// See SimRuntime: timers that are armed keep their moments.
  void set_drift(double parts_per_million) { clock_.set_drift(inner_.now(), parts_per_million); }
  void step_clock(Duration step) { clock_.step(inner_.now(), step); }

 private:
  void schedule(Event& event, TimePoint at) override;
  void fire_due();

  Runtime& inner_;
  LocalClock clock_;
  EventQueue queue_;  // by the inner clock
  std::uint64_t sequence_ = 0;
  Timer alarm_;
};

}  // namespace tutti
