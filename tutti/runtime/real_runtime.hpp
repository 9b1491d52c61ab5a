// The live house: the machine's monotone clock, and one Boost.Asio event loop on one thread. Sockets hang on
// the same loop, so everything of a peer happens on its thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "tutti/runtime/runtime.hpp"

namespace tutti {

/// The machine's monotone clock. May be read on any thread.
TimePoint real_now() noexcept;

/// A seed nobody can guess, from the operating system.
std::uint64_t entropy();

class RealRuntime final : public Runtime {
 public:
  struct Options {
    /// Poll instead of sleeping: the lowest latency, at the price of a whole core.
    bool spin = false;
    Log log{};
  };

  RealRuntime() : RealRuntime(Options{}) {}
  explicit RealRuntime(Options options);

  [[nodiscard]] TimePoint now() const noexcept override { return real_now(); }
  Random& random() noexcept override { return random_; }
  [[nodiscard]] const Log& log() const noexcept override { return options_.log; }

  /// Whether it polls instead of sleeping: then a socket is better asked once a turn than waited for.
  [[nodiscard]] bool spins() const { return options_.spin; }

  /// For sockets: what hangs on it is called on the thread inside run().
  boost::asio::io_context& io() { return io_; }

  /// Runs on the calling thread until stop(). May be called again after it has returned.
  void run();
  /// Runs at most one turn and does not wait; for those who have a loop of their own.
  void poll();
  /// Makes run() return soon. Any thread.
  void stop();
  /// Calls `task` soon inside run(). Any thread.
  void post(std::move_only_function<void()> task);

 private:
  void schedule(Event& event, TimePoint at) override;
  void fire_due();
  void watch_next();

  Options options_;
  Random random_;
  boost::asio::io_context io_{1};
  boost::asio::steady_timer alarm_{io_};
  TimePoint alarm_at_ = TimePoint::max();
  EventQueue queue_;
  std::uint64_t sequence_ = 0;
  std::atomic<bool> stopping_ = false;
};

}  // namespace tutti
