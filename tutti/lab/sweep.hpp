// All runs of an experiment: every repetition of every cell, spread over the cores as processes of their own.
// So a run that crashes is reported with its seed and takes nothing with it.
//
// Each finished run is one line of DIR/runs.jsonl at once. A sweep that was interrupted goes on from there:
// its first line names the experiment it belongs to, and no other may go on with it.
#pragma once

#include <functional>
#include <optional>
#include <set>

#include "tutti/lab/live_run.hpp"
#include "tutti/lab/mpi_ranks.hpp"
#include "tutti/lab/simulated_run.hpp"

namespace tutti::lab {

struct SweepOptions {
  std::filesystem::path directory;
  unsigned processes = 1;  ///< runs at a time
  RunOptions run{};
  bool live = false;               ///< with real processes and sockets; then shards and wire mean nothing
  std::set<std::uint32_t> only{};  ///< the cells that are meant, by index; all if it is empty
  std::optional<Duration> run_longest{};  ///< a run that takes longer is ended and has failed
  bool fresh = false;                     ///< begin anew even if the directory holds runs
  Workforce* others = nullptr;            ///< who takes on runs too
};

struct Progress {
  std::size_t done = 0;  ///< those of an earlier, interrupted sweep included
  std::size_t all = 0;
  std::size_t failed = 0;
  std::size_t resumed = 0;                            ///< of those done, by an earlier sweep
  Duration elapsed{};                                 ///< of this sweep
  std::optional<Duration> left{};                     ///< live: how long what is not done yet takes
  std::optional<std::pair<Job, Duration>> slowest{};  ///< which run is under way for the longest time
};

struct SweepOutcome {
  std::vector<RunResult> runs;
  bool interrupted = false;
};

/// Runs what is not done yet. `progress` is called about twice a second and after the last run. SIGINT and
/// SIGTERM end the sweep in good order: what is finished is kept. The error says what is wrong with the
/// directory, or that it belongs to another experiment. To be called before there are threads: it forks.
std::expected<SweepOutcome, std::string> sweep(const Experiment& experiment, const Catalogue& catalogue,
                                               const SweepOptions& options,
                                               const std::function<void(const Progress&)>& progress);

/// What the ranks do that are not the first: they run, one at a time, what the first hands out.
void serve_sweep(const Experiment& experiment, const Catalogue& catalogue, const SweepOptions& options,
                 MpiRanks& ranks);

}  // namespace tutti::lab
