// A program that is run from a test: started where the calling thread is, fed with a text, and killed with
// its owner.
//
// What it reads and what it says are files in memory, not pipes: so neither side ever waits for the other,
// and its words can be looked at while it runs and after.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "natlab/network_namespace.hpp"
#include "tutti/base/time.hpp"

namespace tutti::natlab {

/// What a process may say; it cannot write more.
inline constexpr std::size_t output_bytes_max = 16 << 20;

class Process {
 public:
  /// Runs `arguments`, the first of which is a path or the name of a program in PATH, with `input` to read.
  /// Throws std::system_error if it cannot be started.
  explicit Process(const std::vector<std::string>& arguments, std::string_view input = {});
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  /// Kills it, if it has not ended, and waits until it has.
  ~Process();

  [[nodiscard]] pid_t id() const { return id_; }
  /// How it has ended: its exit code, or 128 and the number of the signal that ended it, as shells count.
  /// Waits for that at most so long; nothing if it still runs.
  std::optional<int> wait(Duration patience);
  /// See kill(2). Does nothing once it has ended.
  void signal(int number);
  /// What it has written to its standard output and its standard error until now.
  [[nodiscard]] std::string output() const;

 private:
  pid_t id_ = -1;
  std::optional<int> ended_;
  Descriptor output_;
};

/// The same program, killed also when the calling thread ends, however that ends: a crash leaves no process
/// behind. (One that it has started itself in turn is not reached.)
std::vector<std::string> dying_with_this_thread(std::vector<std::string> arguments);

/// Runs a program to its end and returns what it said. Throws std::runtime_error with its words if it fails.
std::string run(const std::vector<std::string>& arguments, std::string_view input = {});

}  // namespace tutti::natlab
