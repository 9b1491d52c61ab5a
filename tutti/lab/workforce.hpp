// Who runs the runs of a sweep: processes on this machine, or the ranks that mpirun has started.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tutti/base/time.hpp"
#include "tutti/lab/last_words.hpp"

namespace tutti::lab {

/// One run: a repetition of a cell.
struct Job {
  std::uint32_t cell = 0;
  std::uint32_t repetition = 0;

  auto operator<=>(const Job&) const = default;
};

/// How a run ended.
struct Ending {
  Job job;
  std::expected<std::string, std::string> line;  ///< what it has found (to_line), or why there is nothing
};

class Workforce {
 public:
  virtual ~Workforce() = default;
  /// How many runs it could take on now.
  [[nodiscard]] virtual std::size_t idle() const = 0;
  /// How many are under way.
  [[nodiscard]] virtual std::size_t busy() const = 0;
  /// The error says why it cannot be begun.
  virtual std::expected<void, std::string> begin(const Job& job) = 0;
  /// Waits for endings, at most so long.
  virtual std::vector<Ending> wait(Duration longest) = 0;
  /// Ends all that is under way; what it has found is lost.
  virtual void stop() = 0;
};

/// A process of its own for each run: one that crashes takes nothing with it. To be used before there are
/// threads: it forks.
class LocalProcesses final : public Workforce {
 public:
  /// `run` is called in the process of the run, and gives its line. One that takes longer than `longest` is
  /// ended.
  LocalProcesses(unsigned processes, std::function<std::string(const Job&)> run,
                 std::optional<Duration> longest = {})
      : processes_(processes), run_(std::move(run)), longest_(longest) {}
  ~LocalProcesses() override { LocalProcesses::stop(); }
  LocalProcesses(const LocalProcesses&) = delete;
  LocalProcesses& operator=(const LocalProcesses&) = delete;

  [[nodiscard]] std::size_t idle() const override { return processes_ - workers_.size(); }
  [[nodiscard]] std::size_t busy() const override { return workers_.size(); }
  std::expected<void, std::string> begin(const Job& job) override;
  std::vector<Ending> wait(Duration longest) override;
  void stop() override;

 private:
  /// A run's process, the pipe its line comes through, and that of its standard error, which is passed on.
  struct Worker {
    Job job;
    pid_t process = -1;
    int pipe = -1;
    int errors = -1;
    TimePoint begun{};
    std::string heard{};
    LastWords words{};
  };
  static bool hear(Worker& worker);
  static void pass_on_words(Worker& worker);
  [[nodiscard]] bool over_time(const Worker& worker) const;
  static Ending end(Worker& worker);

  std::size_t processes_;
  std::function<std::string(const Job&)> run_;
  std::optional<Duration> longest_;
  std::vector<Worker> workers_;
};

}  // namespace tutti::lab
