// The processes of a live run: copies of this one, each of which does one peer's part, talks with this one in
// lines, and dies with it.
//
// They are forked and not started anew, so that they have the experiment, the catalogue and the user's own
// stacks as they stand, and need neither a command line nor a second parsing.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

#include "tutti/base/time.hpp"
#include "tutti/lab/last_words.hpp"

namespace tutti::lab {

/// The line between such a process and the one that has started it, on either side.
class ProcessLine {
 public:
  /// Owns the socket.
  explicit ProcessLine(int socket) : socket_(socket) {}
  ProcessLine(ProcessLine&& other) noexcept;
  ProcessLine& operator=(ProcessLine&& other) noexcept;
  ~ProcessLine();

  /// Waits until all of it is on its way. False if nobody listens any more.
  bool say(std::string_view line);
  /// Takes in what has come, or waits for more. False when the other side has gone.
  bool listen(bool wait);
  /// The next complete line of what has come.
  std::optional<std::string> next();
  [[nodiscard]] int socket() const { return socket_; }

 private:
  int socket_;
  std::string heard_;
};

class PeerProcesses {
 public:
  /// What a process does; when it returns the process ends with this status.
  using Part = std::function<int(std::uint32_t number, ProcessLine& line)>;

  /// Starts `count` of them. To be called while there is one thread. Of what they write to their standard
  /// error the end is kept.
  static std::expected<PeerProcesses, std::string> start(std::uint32_t count, const Part& part);
  PeerProcesses(PeerProcesses&&) noexcept = default;
  PeerProcesses& operator=(PeerProcesses&&) = delete;
  /// Kills those that still run.
  ~PeerProcesses();

  bool say(std::uint32_t number, std::string_view line) { return processes_[number].line.say(line); }
  /// Waits until there is something to hear, `patience` at most, then calls `heard` for each line. The first
  /// process that has ended is the result, when all its lines have been heard.
  std::optional<std::uint32_t> hear(
      Duration patience, const std::function<void(std::uint32_t number, std::string_view line)>& heard);
  /// How a process has ended, for people: "crashed: signal 6 (Aborted)"; waits for it.
  std::string end_of(std::uint32_t number);
  /// `what` happened to a process, and the last line that it has written to its standard error.
  [[nodiscard]] std::string with_last_words(std::uint32_t number, std::string_view what);
  /// Hangs up and waits until all have ended, so long at most.
  void end(Duration patience);

 private:
  struct Process {
    pid_t id = -1;
    ProcessLine line;
    int errors = -1;  // we read
    LastWords words{};
    bool gone = false;
  };

  PeerProcesses() = default;

  std::vector<Process> processes_;
};

}  // namespace tutti::lab
