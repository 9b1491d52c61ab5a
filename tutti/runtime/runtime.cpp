#include "tutti/runtime/runtime.hpp"

#include <utility>

namespace tutti {

Timer::Timer(Runtime& runtime, Callback callback) : runtime_(runtime), callback_(std::move(callback)) {}

void Timer::arm(Duration after) {
  arm_at(runtime_.now() + after);
}

void Timer::arm_at(TimePoint at) {
  runtime_.schedule(*this, at);
}

}  // namespace tutti
