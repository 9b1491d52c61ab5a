// A process of ours that obeys lines and answers in lines.
#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "tutti/base/time.hpp"

namespace tutti::tools {

class Child {
 public:
  /// Starts `arguments[0]`, a path, with the others as its arguments. Its standard error is ours.
  static std::expected<Child, std::string> start(const std::vector<std::string>& arguments);

  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  /// Kills it if it still runs.
  ~Child();

  /// False if it no longer listens.
  bool tell(std::string_view line);
  /// The next complete line it has said, without waiting.
  std::optional<std::string> hear();
  /// Ends it at once, as a crash would.
  void kill();
  /// Whether it is there; a child that has ended by itself is not.
  [[nodiscard]] bool running();
  /// Asks nothing; waits until it has ended, for so long at most, and kills it then.
  void wait(Duration patience);

  /// Waits until one of them has said something, for so long at most.
  static void wait_for_any(std::span<Child* const> children, Duration patience);

 private:
  Child(pid_t process, int input, int output) : process_(process), input_(input), output_(output) {}
  void close();

  pid_t process_ = -1;
  int input_ = -1;   // we write
  int output_ = -1;  // we read
  std::string heard_;
};

}  // namespace tutti::tools
