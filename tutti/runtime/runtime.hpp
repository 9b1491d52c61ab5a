// What a peer lives on: time, timers, randomness and a log. There are two houses behind this one door, real
// time and virtual time, and nothing on the floors above can tell them apart.
//
// Everything that belongs to one runtime happens on one thread, handler after handler, each to its end.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "tutti/base/log.hpp"
#include "tutti/base/random.hpp"
#include "tutti/base/time.hpp"
#include "tutti/runtime/event_queue.hpp"

namespace tutti {

class Runtime {
 public:
  Runtime() = default;
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;
  virtual ~Runtime() = default;

  /// Never goes back. In virtual time it stands still while a handler runs.
  [[nodiscard]] virtual TimePoint now() const noexcept = 0;
  /// This peer's own stream.
  virtual Random& random() noexcept = 0;
  [[nodiscard]] virtual const Log& log() const noexcept = 0;

  /// Where whoever lives on this runtime lies in memory, as far as handlers are likely to touch it. Valid
  /// until the next call.
  void set_home(std::span<const std::byte> home) { home_ = home; }
  /// See Event::prefetch(): asks for the runtime itself, which is somewhat longer than a cache line.
  void prefetch() const {
    __builtin_prefetch(this);
    __builtin_prefetch(reinterpret_cast<const std::byte*>(this) + cache_line_bytes);
  }
  /// See Event::prefetch_further().
  void prefetch_home() const {
    if (home_.empty()) return;
    for (std::size_t at = 0; at < home_.size(); at += cache_line_bytes) __builtin_prefetch(&home_[at]);
    __builtin_prefetch(&home_.back());
  }

 private:
  static constexpr std::size_t cache_line_bytes = 64;

  friend class Timer;
  virtual void schedule(Event& event, TimePoint at) = 0;

  std::span<const std::byte> home_;
};

/// A member of whoever waits: it dies with its owner and can never fire afterwards. The runtime must outlive
/// it.
class Timer final : private Event {
 public:
  using Callback = std::move_only_function<void()>;

  Timer(Runtime& runtime, Callback callback);

  /// Calls back once, after `after` or as soon as possible if it is not positive. Replaces what was armed
  /// before.
  void arm(Duration after);
  /// The same for a point in time.
  void arm_at(TimePoint at);
  void cancel() noexcept { unschedule(); }
  [[nodiscard]] bool armed() const { return scheduled(); }

 private:
  void fire() override { callback_(); }
  void prefetch() const override {
    __builtin_prefetch(&callback_);
    runtime_.prefetch();
  }
  void prefetch_further() const override { runtime_.prefetch_home(); }

  Runtime& runtime_;
  Callback callback_;
};

}  // namespace tutti
