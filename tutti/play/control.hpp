// Commands for a running application, a line each: from standard input when a script holds the other end, and
// "quit" when the process is asked to end (SIGINT, SIGTERM) or the script has gone.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "tutti/base/time.hpp"

namespace tutti::play {

class Control {
 public:
  static constexpr std::size_t line_bytes_max = 64 * 1024;

  /// Listens for signals, and for lines if `standard_input`. One per process.
  explicit Control(bool standard_input);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  /// The next command; waits for it until then at most.
  std::optional<std::string> next(TimePoint until);

 private:
  struct Listener;

  void add(std::string command);

  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::string> commands_;
  std::unique_ptr<Listener> listener_;
  std::thread thread_;
};

}  // namespace tutti::play
