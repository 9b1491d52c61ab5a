#include "tutti/lab/sweep.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tutti/base/hash.hpp"
#include "tutti/lab/interruption.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti::lab {
namespace {

/// How long the sweep waits for an ending when nobody else is to be asked.
constexpr Duration report_interval = std::chrono::milliseconds(500);
constexpr Duration ask_interval = std::chrono::milliseconds(20);

RunResult failed_run(const Experiment& experiment, const Job& job, std::string why) {
  RunResult run;
  run.cell = job.cell;
  run.repetition = job.repetition;
  run.seed = seed_of(experiment, job.cell, job.repetition);
  run.failure = std::move(why);
  return run;
}

/// Of whose series a report has room: the others would only be most of what is kept.
std::set<std::uint32_t> cells_with_series(const std::vector<Cell>& cells,
                                          const std::set<std::uint32_t>& only) {
  std::set<std::uint32_t> chosen;
  for (const auto& cell : cells)
    if (chosen.size() < detailed_cells_max && (only.empty() || only.contains(cell.index)))
      chosen.insert(cell.index);
  return chosen;
}

RunResult run_here(const Experiment& experiment, const std::vector<Cell>& cells, const Job& job,
                   const Catalogue& catalogue, const SweepOptions& options) {
  const TimePoint begin = real_now();
  const auto& cell = cells[job.cell];
  auto run = options.live ? run_live(experiment, cell, job.repetition, catalogue)
                          : run_simulated(experiment, cell, job.repetition, catalogue, options.run);
  if (!run) return failed_run(experiment, job, run.error().front().text());
  run->seconds = in_seconds(real_now() - begin);
  if (!cells_with_series(cells, options.only).contains(job.cell)) run->series = {};
  return *std::move(run);
}

LocalProcesses local_processes(const Experiment& experiment, const Catalogue& catalogue,
                               const SweepOptions& options, unsigned processes) {
  return {processes,
          [&experiment, &catalogue, options, cells = cells_of(experiment)](const Job& job) {
            return to_line(run_here(experiment, cells, job, catalogue, options));
          },
          options.run_longest};
}

/// What runs.jsonl begins with.
std::string signature_of(const Experiment& experiment, const SweepOptions& options) {
  const auto& text = experiment.text;
  return fmt::format("{{\"format\":2,\"tutti\":\"{}\",\"experiment\":\"{:016x}\",\"seed\":{},\"wire\":{}{}}}",
                     TUTTI_VERSION,
                     hash_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}),
                     experiment.seed, options.run.wire, options.live ? ",\"live\":true" : "");
}

class Sweep {
 public:
  Sweep(const Experiment& experiment, const Catalogue& catalogue, const SweepOptions& options)
      : experiment_(experiment),
        options_(options),
        cells_(cells_of(experiment)),
        local_(local_processes(experiment, catalogue, options, options.processes)),
        workforces_{&local_} {
    if (options.others != nullptr) workforces_.push_back(options.others);
  }

  /// Takes over what an earlier sweep has done.
  std::expected<void, std::string> open() {
    std::error_code error;
    std::filesystem::create_directories(options_.directory, error);
    if (error)
      return std::unexpected(fmt::format("cannot make {}: {}", options_.directory.string(), error.message()));
    const auto path = options_.directory / "runs.jsonl";
    const auto signature = signature_of(experiment_, options_);
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
          finished_.insert({run->cell, run->repetition});
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
      for (std::uint32_t repetition = 0; meant(cell) && repetition < experiment_.repetitions; ++repetition)
        if (!finished_.contains({cell.index, repetition})) jobs_.push_back({cell.index, repetition});
    std::ranges::reverse(jobs_);
    all_ = runs_.size() + jobs_.size();
    return {};
  }

  std::expected<SweepOutcome, std::string> run(const std::function<void(const Progress&)>& progress) {
    const Interruption interruption;
    const TimePoint begin = real_now();
    TimePoint last_report{};
    for (;;) {
      if (Interruption::asked()) {
        for (auto* workforce : workforces_) workforce->stop();
        jobs_.clear();
        under_way_.clear();
      }
      if (auto begun = begin_runs(); !begun) return std::unexpected(begun.error());
      const bool over = jobs_.empty() && std::ranges::all_of(workforces_, [](const auto* workforce) {
                          return workforce->busy() == 0;
                        });
      if (over || real_now() - last_report > report_interval) {
        last_report = real_now();
        progress({.done = runs_.size(),
                  .all = all_,
                  .failed = failed_,
                  .resumed = resumed_,
                  .elapsed = last_report - begin,
                  .left = time_left(),
                  .slowest = slowest()});
      }
      if (over) break;
      const Duration longest = workforces_.size() == 1 ? report_interval : ask_interval;
      for (auto* workforce : workforces_)
        for (auto& ending : workforce->wait(longest)) take(std::move(ending));
    }
    if (!log_)
      return std::unexpected(fmt::format("cannot write the runs in {}", options_.directory.string()));
    return SweepOutcome{std::move(runs_), Interruption::asked()};
  }

 private:
  std::expected<void, std::string> begin_runs() {
    log_.flush();  // or a process that is forked now would write it again
    for (auto* workforce : workforces_)
      while (workforce->idle() > 0 && !jobs_.empty()) {
        if (auto begun = workforce->begin(jobs_.back()); !begun) return begun;
        under_way_.emplace(jobs_.back(), real_now());
        jobs_.pop_back();
      }
    return {};
  }

  [[nodiscard]] bool meant(const Cell& cell) const {
    return options_.only.empty() || options_.only.contains(cell.index);
  }

  /// Live runs take the time they take.
  [[nodiscard]] std::optional<Duration> time_left() const {
    if (!options_.live) return std::nullopt;
    const auto length_of = [this](const Job& job) {
      const auto plan = plan_of(experiment_, cells_[job.cell], 0);
      return plan ? live_length(*plan) : Duration();
    };
    Duration left{};
    for (const auto& job : jobs_) left += length_of(job);
    left /= static_cast<std::int64_t>(std::max(std::size_t{1}, under_way_.size()));
    Duration longest{};
    for (const auto& [job, begun] : under_way_)
      longest = std::max(longest, length_of(job) - (real_now() - begun));
    return left + longest;
  }

  [[nodiscard]] std::optional<std::pair<Job, Duration>> slowest() const {
    const auto first = std::ranges::min_element(under_way_, {}, [](const auto& each) { return each.second; });
    if (first == under_way_.end()) return std::nullopt;
    return std::pair(first->first, real_now() - first->second);
  }

  void take(Ending ending) {
    under_way_.erase(ending.job);
    auto run = ending.line ? from_line(*ending.line) : std::unexpected(std::move(ending.line.error()));
    if (!run) run = failed_run(experiment_, ending.job, std::move(run.error()));
    failed_ += run->failure.has_value();
    log_ << to_line(*run) << '\n';
    log_.flush();
    runs_.push_back(*std::move(run));
  }

  const Experiment& experiment_;
  SweepOptions options_;
  std::vector<Cell> cells_;
  std::vector<Job> jobs_;  // the next at the back
  std::set<Job> finished_;
  std::map<Job, TimePoint> under_way_;  // when they began
  LocalProcesses local_;
  std::vector<Workforce*> workforces_;
  std::vector<RunResult> runs_;
  std::size_t all_ = 0;  // those done before included
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

void serve_sweep(const Experiment& experiment, const Catalogue& catalogue, const SweepOptions& options,
                 MpiRanks& ranks) {
  const Interruption interruption;
  auto workers = local_processes(experiment, catalogue, options, 1);
  ranks.serve(workers);
}

}  // namespace tutti::lab
