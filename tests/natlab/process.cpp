#include "natlab/process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tutti/base/require.hpp"

namespace tutti::natlab {
namespace {

/// For `ip` and `nft`, which take milliseconds.
constexpr Duration program_duration_max = std::chrono::seconds(30);

/// Of what a program was given, when it fails.
constexpr std::size_t quoted_bytes_max = 2000;

[[noreturn]] void fail(int error, const std::string& what) {
  throw std::system_error(error, std::generic_category(), what);
}

Descriptor memory_file() {
  Descriptor file(::memfd_create("natlab", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (file.get() < 0) fail(errno, "no file in memory");
  return file;
}

/// Holds `text`, and is read from its begin.
Descriptor file_of(std::string_view text) {
  auto file = memory_file();
  for (auto rest = text; !rest.empty();) {
    const auto written = ::write(file.get(), rest.data(), rest.size());
    if (written < 0) fail(errno, "cannot write to a file in memory");
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

/// Cannot grow beyond what a process may say; its position tells how much that was.
Descriptor file_of_limited_size() {
  auto file = memory_file();
  if (::ftruncate(file.get(), output_bytes_max) != 0 || ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_GROW) != 0)
    fail(errno, "cannot limit a file in memory");
  return file;
}

int exit_code(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Process::Process(const std::vector<std::string>& arguments, std::string_view input)
    : output_(file_of_limited_size()) {
  require(!arguments.empty(), "a process has a program");
  const auto input_file = file_of(input);
  std::vector<char*> pointers;
  pointers.reserve(arguments.size() + 1);
  for (const auto& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input_file.get(), STDIN_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output_.get(), STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, output_.get(), STDERR_FILENO);
  const int error = ::posix_spawnp(&id_, pointers[0], &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) fail(error, fmt::format("'{}' cannot be started", arguments[0]));
}

Process::Process(Process&& other) noexcept
    : id_(std::exchange(other.id_, -1)), ended_(other.ended_), output_(std::move(other.output_)) {}

Process::~Process() {
  if (id_ < 0 || ended_) return;
  signal(SIGKILL);
  while (::waitpid(id_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

std::optional<int> Process::wait(Duration patience) {
  if (ended_) return ended_;
  // Not pidfd_open(): the header of glibc 2.36 does not declare it for C++.
  const Descriptor handle(static_cast<int>(::syscall(SYS_pidfd_open, id_, 0)));
  if (handle.get() < 0) fail(errno, "cannot wait for a process");
  pollfd end{.fd = handle.get(), .events = POLLIN, .revents = 0};
  const auto limit = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
  ::poll(&end, 1, static_cast<int>(std::clamp<std::int64_t>(limit, 0, 1 << 30)));
  int status = 0;
  if (::waitpid(id_, &status, WNOHANG) == id_) ended_ = exit_code(status);
  return ended_;
}

void Process::signal(int number) {
  if (!ended_) ::kill(id_, number);
}

std::string Process::output() const {
  const auto size = ::lseek(output_.get(), 0, SEEK_CUR);  // the position is the writer's too
  std::string text(static_cast<std::size_t>(std::max<off_t>(size, 0)), '\0');
  const auto got = ::pread(output_.get(), text.data(), text.size(), 0);
  text.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  return text;
}

std::vector<std::string> dying_with_this_thread(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"setpriv", "--pdeathsig", "KILL", "--"});
  return arguments;
}

std::string run(const std::vector<std::string>& arguments, std::string_view input) {
  Process process(arguments, input);
  const auto code = process.wait(program_duration_max);
  if (code == 0) return process.output();
  throw std::runtime_error(fmt::format("'{}' {}: {}\nIt was given:\n{}", fmt::join(arguments, " "),
                                       code ? fmt::format("failed with {}", *code) : "does not end",
                                       process.output(), input.substr(0, quoted_bytes_max)));
}

}  // namespace tutti::natlab
