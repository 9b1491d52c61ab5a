#include "tutti/lab/sweep.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <set>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tutti/base/hash.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti::lab {
namespace {

using Job = std::pair<std::uint32_t, std::uint32_t>;  // cell, repetition

constexpr int poll_ms = 500;

volatile std::sig_atomic_t stop_asked = 0;

/// Listens to SIGINT and SIGTERM while it lives.
class Interruption {
 public:
  Interruption() {
    stop_asked = 0;
    struct sigaction action{};
    action.sa_handler = [](int) { stop_asked = 1; };
    ::sigaction(SIGINT, &action, &before_[0]);
    ::sigaction(SIGTERM, &action, &before_[1]);
  }
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;
  ~Interruption() {
    ::sigaction(SIGINT, &before_[0], nullptr);
    ::sigaction(SIGTERM, &before_[1], nullptr);
  }
  [[nodiscard]] static bool asked() { return stop_asked != 0; }

 private:
  std::array<struct sigaction, 2> before_{};
};

/// A run in a process of its own, and the pipe its result comes through.
struct Worker {
  Job job;
  pid_t process = -1;
  int pipe = -1;
  std::string heard;
};

RunResult failed_run(const Experiment& experiment, const Job& job, std::string why) {
  RunResult run;
  run.cell = job.first;
  run.repetition = job.second;
  run.seed = seed_of(experiment, job.first, job.second);
  run.failure = std::move(why);
  return run;
}

RunResult run_here(const Experiment& experiment, const std::vector<Cell>& cells, const Job& job,
                   const Catalogue& catalogue, const RunOptions& options) {
  const TimePoint begin = real_now();
  auto run = run_simulated(experiment, cells[job.first], job.second, catalogue, options);
  if (!run) return failed_run(experiment, job, run.error().front().text());
  run->seconds = in_seconds(real_now() - begin);
  return *std::move(run);
}

void write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // whoever reads has gone
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// What runs.jsonl begins with.
std::string signature_of(const Experiment& experiment, const RunOptions& options) {
  const auto& text = experiment.text;
  return fmt::format("{{\"tutti\":\"{}\",\"experiment\":\"{:016x}\",\"seed\":{},\"wire\":{}}}", TUTTI_VERSION,
                     hash_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}),
                     experiment.seed, options.wire);
}

class Sweep {
 public:
  Sweep(const Experiment& experiment, const Catalogue& catalogue, const SweepOptions& options)
      : experiment_(experiment), catalogue_(catalogue), options_(options), cells_(cells_of(experiment)) {}

  /// Takes over what an earlier sweep has done.
  std::expected<void, std::string> open() {
    std::error_code error;
    std::filesystem::create_directories(options_.directory, error);
    if (error)
      return std::unexpected(fmt::format("cannot make {}: {}", options_.directory.string(), error.message()));
    const auto path = options_.directory / "runs.jsonl";
    const auto signature = signature_of(experiment_, options_.run);
    if (!options_.fresh && std::filesystem::exists(path)) {
      std::ifstream file(path);
      std::string line;
      if (std::getline(file, line) && line != signature)
        return std::unexpected(
            fmt::format("{} holds the runs of another experiment, seed or version: name another "
                        "directory with --out, or begin anew with --fresh",
                        path.string()));
      // The last line may be half written: whoever is killed in the middle of it has not finished that run.
      while (std::getline(file, line) && !file.eof())
        if (auto run = from_line(line); run && !run->failure) {
          finished_.emplace(run->cell, run->repetition);
          runs_.push_back(*std::move(run));
        }
    }
    log_.open(path, std::ios::trunc);
    log_ << signature << '\n';
    for (const auto& run : runs_) log_ << to_line(run) << '\n';
    log_.flush();
    if (!log_) return std::unexpected(fmt::format("cannot write {}", path.string()));
    resumed_ = runs_.size();
    for (const auto& cell : cells_)
      for (std::uint32_t repetition = 0; repetition < experiment_.repetitions; ++repetition)
        if (!finished_.contains({cell.index, repetition})) jobs_.emplace_back(cell.index, repetition);
    std::ranges::reverse(jobs_);
    return {};
  }

  std::expected<SweepOutcome, std::string> run(const std::function<void(const Progress&)>& progress) {
    const Interruption interruption;
    const TimePoint begin = real_now();
    TimePoint last_report{};
    while (!workers_.empty() || (!jobs_.empty() && !Interruption::asked())) {
      while (workers_.size() < options_.processes && !jobs_.empty() && !Interruption::asked())
        if (auto begun = begin_next(); !begun) return std::unexpected(begun.error());
      if (Interruption::asked())
        for (const auto& worker : workers_) ::kill(worker.process, SIGKILL);
      hear();
      if (real_now() - last_report > std::chrono::milliseconds(poll_ms) ||
          (workers_.empty() && jobs_.empty())) {
        last_report = real_now();
        progress({.done = runs_.size(),
                  .all = cells_.size() * experiment_.repetitions,
                  .failed = failed_,
                  .resumed = resumed_,
                  .elapsed = last_report - begin});
      }
    }
    if (!log_)
      return std::unexpected(fmt::format("cannot write the runs in {}", options_.directory.string()));
    return SweepOutcome{std::move(runs_), Interruption::asked()};
  }

 private:
  std::expected<void, std::string> begin_next() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
      return std::unexpected(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    const Job job = jobs_.back();
    jobs_.pop_back();
    log_.flush();
    const pid_t process = ::fork();
    if (process < 0) return std::unexpected(fmt::format("cannot start a process: {}", std::strerror(errno)));
    if (process == 0) {
      ::signal(SIGINT, SIG_IGN);  // the sweep decides what an interruption ends
      ::close(ends[0]);
      write_all(ends[1], to_line(run_here(experiment_, cells_, job, catalogue_, options_.run)));
      ::_exit(0);
    }
    ::close(ends[1]);
    workers_.push_back({.job = job, .process = process, .pipe = ends[0], .heard = {}});
    return {};
  }

  void hear() {
    std::vector<pollfd> polls;
    polls.reserve(workers_.size());
    for (const auto& worker : workers_) polls.push_back({.fd = worker.pipe, .events = POLLIN, .revents = 0});
    if (::poll(polls.data(), polls.size(), poll_ms) <= 0) return;
    std::vector<Worker> going;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      auto& worker = workers_[i];
      if (polls[i].revents == 0 || hear(worker))
        going.push_back(std::move(worker));
      else
        end(worker);
    }
    workers_ = std::move(going);
  }

  /// False at the end.
  static bool hear(Worker& worker) {
    std::array<char, 65536> bytes{};
    const auto count = ::read(worker.pipe, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) return true;
    if (count <= 0) return false;
    worker.heard.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
  }

  void end(Worker& worker) {
    ::close(worker.pipe);
    int status = 0;
    while (::waitpid(worker.process, &status, 0) < 0 && errno == EINTR) {
    }
    if (Interruption::asked() && WIFSIGNALED(status)) return;  // we have killed it
    auto run = from_line(worker.heard);
    if (WIFSIGNALED(status))
      run =
          failed_run(experiment_, worker.job,
                     fmt::format("crashed: signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status))));
    else if (!run)
      run = failed_run(experiment_, worker.job,
                       fmt::format("ended without a result: status {}", WEXITSTATUS(status)));
    failed_ += run->failure.has_value();
    log_ << to_line(*run) << '\n';
    log_.flush();
    runs_.push_back(*std::move(run));
  }

  const Experiment& experiment_;
  const Catalogue& catalogue_;
  SweepOptions options_;
  std::vector<Cell> cells_;
  std::vector<Job> jobs_;  // the next at the back
  std::set<Job> finished_;
  std::vector<Worker> workers_;
  std::vector<RunResult> runs_;
  std::size_t failed_ = 0;
  std::size_t resumed_ = 0;
  std::ofstream log_;
};

}  // namespace

std::expected<SweepOutcome, std::string> sweep(const Experiment& experiment, const Catalogue& catalogue,
                                               const SweepOptions& options,
                                               const std::function<void(const Progress&)>& progress) {
  Sweep sweep(experiment, catalogue, options);
  if (auto opened = sweep.open(); !opened) return std::unexpected(opened.error());
  return sweep.run(progress);
}

}  // namespace tutti::lab
