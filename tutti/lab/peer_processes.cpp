#include "tutti/lab/peer_processes.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tutti/base/text.hpp"
#include "tutti/lab/child_process.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti::lab {
namespace {

int in_milliseconds_up(Duration duration) {
  return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(duration).count());
}

}  // namespace

ProcessLine::ProcessLine(ProcessLine&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), heard_(std::move(other.heard_)) {}

ProcessLine& ProcessLine::operator=(ProcessLine&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(heard_, other.heard_);
  return *this;
}

ProcessLine::~ProcessLine() {
  if (socket_ >= 0) ::close(socket_);
}

bool ProcessLine::say(std::string_view line) {
  const std::string text = fmt::format("{}\n", line);
  for (std::string_view rest = text; !rest.empty();) {
    const auto sent = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) {
      pollfd room{.fd = socket_, .events = POLLOUT, .revents = 0};
      ::poll(&room, 1, -1);
      continue;
    }
    if (sent <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool ProcessLine::listen(bool wait) {
  std::array<char, 65536> bytes{};
  for (;;) {
    const auto count = ::recv(socket_, bytes.data(), bytes.size(), wait ? 0 : MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    heard_.append(bytes.data(), static_cast<std::size_t>(count));
    return count > 0;
  }
}

std::optional<std::string> ProcessLine::next() {
  const auto end = heard_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  auto line = heard_.substr(0, end);
  heard_.erase(0, end + 1);
  return line;
}

std::expected<PeerProcesses, std::string> PeerProcesses::start(std::uint32_t count, const Part& part) {
  PeerProcesses started;
  for (std::uint32_t number = 0; number < count; ++number) {
    std::array<int, 2> line{-1, -1};
    std::array<int, 2> errors{-1, -1};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, line.data()) != 0)
      return std::unexpected(fmt::format("cannot talk with a process: {}", std::strerror(errno)));
    ProcessLine ours(line[0]);
    ProcessLine theirs(line[1]);
    if (::pipe2(errors.data(), O_CLOEXEC) != 0)
      return std::unexpected(fmt::format("cannot hear a process: {}", std::strerror(errno)));
    const pid_t id = fork_child();
    if (id == 0) {
      ::dup2(errors[1], STDERR_FILENO);
      ::close(errors[0]);
      ::close(errors[1]);
      {
        const ProcessLine not_ours = std::move(ours);
      }
      for (auto& other : started.processes_) {
        ::close(other.errors);
        {
          const ProcessLine not_ours = std::move(other.line);
        }
      }
      const int status = part(number, theirs);
      std::fflush(nullptr);
      ::_exit(status);
    }
    ::close(errors[1]);
    if (id < 0) {
      ::close(errors[0]);
      return std::unexpected(fmt::format("cannot start a process: {}", std::strerror(errno)));
    }
    ::fcntl(errors[0], F_SETFL, O_NONBLOCK);
    started.processes_.push_back({.id = id, .line = std::move(ours), .errors = errors[0]});
  }
  return started;
}

PeerProcesses::~PeerProcesses() {
  for (auto& process : processes_) {
    if (process.id >= 0) ::kill(process.id, SIGKILL);
    if (process.errors >= 0) ::close(process.errors);
  }
  for (auto& process : processes_)
    if (process.id >= 0) ::waitpid(process.id, nullptr, 0);
}

std::optional<std::uint32_t> PeerProcesses::hear(
    Duration patience, const std::function<void(std::uint32_t number, std::string_view line)>& heard) {
  std::vector<pollfd> polls;
  for (const auto& process : processes_) {
    polls.push_back({.fd = process.gone ? -1 : process.line.socket(), .events = POLLIN, .revents = 0});
    polls.push_back({.fd = process.gone ? -1 : process.errors, .events = POLLIN, .revents = 0});
  }
  if (::poll(polls.data(), polls.size(), in_milliseconds_up(patience)) <= 0) return std::nullopt;
  std::optional<std::uint32_t> ended;
  for (std::uint32_t number = 0; number < processes_.size(); ++number) {
    auto& process = processes_[number];
    if (process.gone) continue;
    if (polls[2 * number + 1].revents != 0) process.words.read(process.errors);
    if (polls[2 * number].revents == 0) continue;
    process.gone = !process.line.listen(false);
    while (const auto line = process.line.next()) heard(number, *line);
    if (process.gone && !ended) ended = number;
  }
  return ended;
}

std::string PeerProcesses::end_of(std::uint32_t number) {
  auto& process = processes_[number];
  const int status = process.id >= 0 ? wait_for(process.id) : 0;
  process.id = -1;
  if (auto crash = crash_of(status)) return *std::move(crash);
  return fmt::format("ended by itself: status {}", WEXITSTATUS(status));
}

std::string PeerProcesses::with_last_words(std::uint32_t number, std::string_view what) {
  auto& process = processes_[number];
  process.words.read(process.errors);
  return process.words.after(what);
}

void PeerProcesses::end(Duration patience) {
  for (auto& process : processes_) ::shutdown(process.line.socket(), SHUT_WR);
  const TimePoint deadline = real_now() + patience;
  for (bool waiting = true; waiting && real_now() < deadline;) {
    waiting = false;
    for (auto& process : processes_) {
      process.words.read(process.errors);  // so that nobody waits for room to write
      if (process.id >= 0 && ::waitpid(process.id, nullptr, WNOHANG) != 0) process.id = -1;
      waiting = waiting || process.id >= 0;
    }
    if (waiting) ::poll(nullptr, 0, 5);
  }
}

}  // namespace tutti::lab
