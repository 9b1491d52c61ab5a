#include "tutti/runtime/own_clock_runtime.hpp"

namespace tutti {

OwnClockRuntime::OwnClockRuntime(Runtime& inner) : inner_(inner), alarm_(inner, [this] { fire_due(); }) {}

void OwnClockRuntime::schedule(Event& event, TimePoint at) {
  queue_.schedule(event, {clock_.moment(at), 0, 0, sequence_++});
  alarm_.arm_at(queue_.next().at);
}

void OwnClockRuntime::fire_due() {
  // What is due when this begins; what that arms in turn waits for the next time.
  const TimePoint now = inner_.now();
  const auto last = sequence_;
  while (!queue_.empty() && queue_.next().at <= now && queue_.next().sequence < last) queue_.pop().fire();
  if (!queue_.empty()) alarm_.arm_at(queue_.next().at);
}

}  // namespace tutti
