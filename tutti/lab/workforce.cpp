#include "tutti/lab/workforce.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tutti/lab/child_process.hpp"
#include "tutti/runtime/real_runtime.hpp"

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
  std::array<int, 2> ends{-1, -1};
  std::array<int, 2> errors{-1, -1};
  const auto refuse = [&](std::string_view what) {
    const int error = errno;
    for (const int file : {ends[0], ends[1], errors[0], errors[1]})
      if (file >= 0) ::close(file);
    return std::unexpected(fmt::format("{}: {}", what, std::strerror(error)));
  };
  if (::pipe2(ends.data(), O_CLOEXEC) != 0 || ::pipe2(errors.data(), O_CLOEXEC) != 0)
    return refuse("cannot make a pipe");
  const pid_t process = fork_child();
  if (process < 0) return refuse("cannot start a process");
  if (process == 0) {
    ::signal(SIGINT, SIG_IGN);  // whoever began the run decides what an interruption ends
    ::dup2(errors[1], STDERR_FILENO);
    for (const int file : {ends[0], errors[0], errors[1]}) ::close(file);
    write_all(ends[1], run_(job));
    ::_exit(0);
  }
  ::close(ends[1]);
  ::close(errors[1]);
  ::fcntl(errors[0], F_SETFL, O_NONBLOCK);
  workers_.push_back(
      {.job = job, .process = process, .pipe = ends[0], .errors = errors[0], .begun = real_now()});
  return {};
}

std::vector<Ending> LocalProcesses::wait(Duration longest) {
  std::vector<pollfd> polls;
  polls.reserve(2 * workers_.size());
  for (const auto& worker : workers_) {
    polls.push_back({.fd = worker.pipe, .events = POLLIN, .revents = 0});
    polls.push_back({.fd = worker.errors, .events = POLLIN, .revents = 0});
  }
  const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(longest).count();
  if (::poll(polls.data(), polls.size(), static_cast<int>(pause)) < 0) return {};
  std::vector<Ending> endings;
  std::vector<Worker> going;
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    auto& worker = workers_[i];
    pass_on_words(worker);
    if (polls[2 * i].revents != 0 && !hear(worker)) {
      endings.push_back(end(worker));
    } else if (over_time(worker)) {
      ::kill(worker.process, SIGKILL);
      auto ending = end(worker);
      ending.line = std::unexpected(
          worker.words.after(fmt::format("ended: it took longer than {:.0f} s", in_seconds(*longest_))));
      endings.push_back(std::move(ending));
    } else {
      going.push_back(std::move(worker));
    }
  }
  workers_ = std::move(going);
  return endings;
}

bool LocalProcesses::over_time(const Worker& worker) const {
  return longest_ && real_now() - worker.begun > *longest_;
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

void LocalProcesses::pass_on_words(Worker& worker) {
  const auto words = worker.words.read(worker.errors);
  if (words.empty()) return;
  std::fwrite(words.data(), 1, words.size(), stderr);
  std::fflush(stderr);
}

Ending LocalProcesses::end(Worker& worker) {
  ::close(worker.pipe);
  const int status = wait_for(worker.process);
  pass_on_words(worker);
  ::close(worker.errors);
  const auto without_line = [&](std::string why) {
    return Ending{worker.job, std::unexpected(std::move(why))};
  };
  if (const auto crash = crash_of(status)) return without_line(worker.words.after(*crash));
  if (worker.heard.empty())
    return without_line(fmt::format("ended without a result: status {}", WEXITSTATUS(status)));
  return {worker.job, std::move(worker.heard)};
}

}  // namespace tutti::lab
