#include "tutti/lab/workforce.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tutti/lab/child_process.hpp"

namespace tutti::lab {
namespace {

void write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // whoever reads has gone
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

std::expected<void, std::string> LocalProcesses::begin(const Job& job) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return std::unexpected(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  const pid_t process = fork_child();
  if (process < 0) {
    const int error = errno;
    ::close(ends[0]);
    ::close(ends[1]);
    return std::unexpected(fmt::format("cannot start a process: {}", std::strerror(error)));
  }
  if (process == 0) {
    ::signal(SIGINT, SIG_IGN);  // whoever began the run decides what an interruption ends
    ::close(ends[0]);
    write_all(ends[1], run_(job));
    ::_exit(0);
  }
  ::close(ends[1]);
  workers_.push_back({.job = job, .process = process, .pipe = ends[0]});
  return {};
}

std::vector<Ending> LocalProcesses::wait(Duration longest) {
  std::vector<pollfd> polls;
  polls.reserve(workers_.size());
  for (const auto& worker : workers_) polls.push_back({.fd = worker.pipe, .events = POLLIN, .revents = 0});
  const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(longest).count();
  if (::poll(polls.data(), polls.size(), static_cast<int>(pause)) <= 0) return {};
  std::vector<Ending> endings;
  std::vector<Worker> going;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    auto& worker = workers_[i];
    if (polls[i].revents == 0 || hear(worker))
      going.push_back(std::move(worker));
    else
      endings.push_back(end(worker));
  }
  workers_ = std::move(going);
  return endings;
}

void LocalProcesses::stop() {
  for (auto& worker : workers_) {
    ::kill(worker.process, SIGKILL);
    static_cast<void>(end(worker));
  }
  workers_.clear();
}

/// False at the end.
bool LocalProcesses::hear(Worker& worker) {
  std::array<char, 65536> bytes{};
  const auto count = ::read(worker.pipe, bytes.data(), bytes.size());
  if (count < 0 && errno == EINTR) return true;
  if (count <= 0) return false;
  worker.heard.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

Ending LocalProcesses::end(Worker& worker) {
  ::close(worker.pipe);
  const int status = wait_for(worker.process);
  const auto without_line = [&](std::string why) {
    return Ending{worker.job, std::unexpected(std::move(why))};
  };
  if (auto crash = crash_of(status)) return without_line(*std::move(crash));
  if (worker.heard.empty())
    return without_line(fmt::format("ended without a result: status {}", WEXITSTATUS(status)));
  return {worker.job, std::move(worker.heard)};
}

}  // namespace tutti::lab
