// For tests: live sessions in one process that know of each other only what their bootstraps find.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/live/counter_test_app.hpp"
#include "tutti/live/live_session.hpp"

namespace tutti {

/// What all peers of a test have to say, from any thread.
class Lines {
 public:
  Log log() {
    return Log(LogLevel::debug, [this](LogLevel, std::string_view line) {
      const std::lock_guard lock(mutex_);
      lines_.emplace_back(line);
    });
  }
  bool contain(std::string_view part) {
    const std::lock_guard lock(mutex_);
    for (const auto& line : lines_)
      if (line.find(part) != std::string::npos) return true;
    return false;
  }
  std::string all() {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const auto& line : lines_) text += line + "\n";
    return text;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

using CounterSession = std::unique_ptr<LiveSession<Counter>>;

inline CounterSession open_counter(LiveOptions options) {
  options.listen = Endpoint::v4(0x7f000001, 0);
  auto session = LiveSession<Counter>::open(options);
  EXPECT_TRUE(session) << session.error();
  return *std::move(session);
}

/// Until `done` or, generously, a minute has passed: a bound on failure, not a measure.
template <typename Done>
bool wait_until(Done done) {
  for (const auto end = real_now() + std::chrono::seconds(60); real_now() < end; std::this_thread::yield())
    if (done()) return true;
  return false;
}

/// The same while the sessions' frames run.
template <typename Sessions, typename Done>
bool run_until(const Sessions& sessions, Done done) {
  return wait_until([&] {
    for (auto& session : sessions) session->frame();
    return done();
  });
}

}  // namespace tutti
