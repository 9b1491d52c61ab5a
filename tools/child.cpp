#include "child.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tutti/runtime/real_runtime.hpp"

namespace tutti::tools {

std::expected<Child, std::string> Child::start(const std::vector<std::string>& arguments) {
  std::array<int, 2> input{-1, -1};
  std::array<int, 2> output{-1, -1};
  if (::pipe2(input.data(), O_CLOEXEC) != 0)
    return std::unexpected(fmt::format("no pipe: {}", std::strerror(errno)));
  if (::pipe2(output.data(), O_CLOEXEC) != 0) {
    const auto why = fmt::format("no pipe: {}", std::strerror(errno));
    ::close(input[0]);
    ::close(input[1]);
    return std::unexpected(why);
  }
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (const auto& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  pid_t process = -1;
  const int error = ::posix_spawn(&process, pointers[0], &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(input[0]);
  ::close(output[1]);
  if (error != 0) {
    ::close(input[1]);
    ::close(output[0]);
    return std::unexpected(fmt::format("'{}' cannot be started: {}", arguments[0], std::strerror(error)));
  }
  ::fcntl(output[0], F_SETFL, O_NONBLOCK);
  return Child(process, input[1], output[0]);
}

Child::Child(Child&& other) noexcept {
  *this = std::move(other);
}

Child& Child::operator=(Child&& other) noexcept {
  std::swap(process_, other.process_);
  std::swap(input_, other.input_);
  std::swap(output_, other.output_);
  std::swap(heard_, other.heard_);
  return *this;
}

Child::~Child() {
  kill();
  close();
}

void Child::close() {
  if (input_ >= 0) ::close(std::exchange(input_, -1));
  if (output_ >= 0) ::close(std::exchange(output_, -1));
}

bool Child::tell(std::string_view line) {
  if (input_ < 0) return false;
  const std::string text = fmt::format("{}\n", line);
  return ::write(input_, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

std::optional<std::string> Child::hear() {
  if (output_ < 0) return std::nullopt;
  std::array<char, 4096> buffer{};
  for (ssize_t got = 0; (got = ::read(output_, buffer.data(), buffer.size())) > 0;)
    heard_.append(buffer.data(), static_cast<std::size_t>(got));
  const auto end = heard_.find('\n');
  if (end == std::string::npos) return std::nullopt;
  auto line = heard_.substr(0, end);
  heard_.erase(0, end + 1);
  return line;
}

void Child::kill() {
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(std::exchange(process_, -1), nullptr, 0);
}

bool Child::running() {
  if (process_ < 0) return false;
  if (::waitpid(process_, nullptr, WNOHANG) == 0) return true;
  process_ = -1;
  return false;
}

void Child::wait(Duration patience) {
  if (input_ >= 0) ::close(std::exchange(input_, -1));
  const auto end = real_now() + patience;
  while (running() && real_now() < end) ::poll(nullptr, 0, 10);
  kill();
}

void Child::wait_for_any(std::span<Child* const> children, Duration patience) {
  std::vector<pollfd> descriptors;
  for (const auto* child : children)
    if (child->output_ >= 0) descriptors.push_back({child->output_, POLLIN, 0});
  ::poll(descriptors.data(), descriptors.size(),
         static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(patience).count()));
}

}  // namespace tutti::tools
