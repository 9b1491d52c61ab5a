#include "tutti/runtime/real_runtime.hpp"

#include <chrono>
#include <random>
#include <utility>

#include <boost/asio/post.hpp>

namespace tutti {
namespace {

/// Timers that are due while handlers keep coming wait no longer than this many handlers.
constexpr std::size_t handlers_per_turn_max = 64;
/// Due timers fired before input gets its turn again.
constexpr std::size_t timers_per_turn_max = 256;

}  // namespace

TimePoint real_now() noexcept {
  return TimePoint(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()));
}

std::uint64_t entropy() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

RealRuntime::RealRuntime(Options options) : options_(std::move(options)), random_(entropy()) {}

void RealRuntime::schedule(Event& event, TimePoint at) {
  queue_.schedule(event, {at, 0, 0, sequence_++});
}

void RealRuntime::fire_due() {
  const TimePoint now = real_now();
  for (std::size_t fired = 0; fired < timers_per_turn_max; ++fired) {
    if (queue_.empty() || queue_.next_at() > now) return;
    queue_.pop().fire();
  }
}

void RealRuntime::watch_next() {
  const TimePoint next = queue_.empty() ? TimePoint::max() : queue_.next_at();
  if (next == alarm_at_) return;
  alarm_at_ = next;
  if (next == TimePoint::max()) {
    alarm_.cancel();
    return;
  }
  alarm_.expires_at(std::chrono::steady_clock::time_point(
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(next.time_since_epoch())));
  alarm_.async_wait([this](const boost::system::error_code& cancelled) {
    if (!cancelled) alarm_at_ = TimePoint::max();  // only wakes run_one(); the turn fires what is due
  });
}

void RealRuntime::poll() {
  io_.restart();
  for (std::size_t i = 0; i < handlers_per_turn_max && io_.poll_one() > 0; ++i) {
  }
  fire_due();
}

void RealRuntime::run() {
  const auto work = boost::asio::make_work_guard(io_);
  while (!stopping_.load(std::memory_order_relaxed)) {
    if (!options_.spin) {
      watch_next();
      if (queue_.empty() || queue_.next_at() > real_now()) {
        io_.restart();
        io_.run_one();
      }
    }
    poll();
  }
  stopping_ = false;
}

void RealRuntime::stop() {
  stopping_ = true;
  boost::asio::post(io_, [] {});
}

void RealRuntime::post(std::move_only_function<void()> task) {
  boost::asio::post(io_, std::move(task));
}

}  // namespace tutti
