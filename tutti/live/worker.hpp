// A thread for what blocks: does one job after the other, away from the thread that cannot wait. It is
// started by the first job and ends with its owner, after all that it has been given.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace tutti {

class Worker {
 public:
  using Job = std::move_only_function<void()>;

  Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  /// Waits for the jobs that are left: who has lost interest in one lets it end early itself.
  ~Worker();

  void post(Job job);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable news_;
  std::deque<Job> jobs_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace tutti
