#include "tutti/lab/live_run.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <map>
#include <new>
#include <utility>

#include <fmt/format.h>
#include <sys/mman.h>

#include "tutti/base/text.hpp"
#include "tutti/lab/live_part.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti::lab {
namespace {

/// Between the moment when all sockets are open and the experiment's start.
constexpr Duration notice = std::chrono::milliseconds(500);
/// The same, for each process: they share the machine's cores.
constexpr Duration notice_per_peer = std::chrono::milliseconds(10);
/// For a process' goodbyes.
constexpr Duration parting_max = std::chrono::seconds(2);

/// Memory that processes forked from now on have in common.
class SharedCells {
 public:
  static std::expected<SharedCells, std::string> open(std::size_t count) {
    void* memory = ::mmap(nullptr, count * sizeof(Board::Cell), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
      return std::unexpected(fmt::format("no memory for the processes: {}", std::strerror(errno)));
    auto* cells = static_cast<Board::Cell*>(memory);
    for (std::size_t i = 0; i < count; ++i) new (cells + i) Board::Cell;
    return SharedCells({cells, count});
  }
  SharedCells(SharedCells&& other) noexcept : cells_(std::exchange(other.cells_, {})) {}
  SharedCells& operator=(SharedCells&&) = delete;
  ~SharedCells() {
    if (!cells_.empty()) ::munmap(cells_.data(), cells_.size_bytes());
  }
  [[nodiscard]] std::span<Board::Cell> cells() const { return cells_; }

 private:
  explicit SharedCells(std::span<Board::Cell> cells) : cells_(cells) {}
  std::span<Board::Cell> cells_;
};

/// The run as the one that waits for its result sees it.
class LiveRun {
 public:
  LiveRun(PeerProcesses processes, std::uint32_t peers, Duration length)
      : processes_(std::move(processes)), ports_(peers), beats_(peers, real_now()), length_(length) {}

  /// The result, or why there is none.
  std::expected<RunResult, std::string> await() {
    while (!result_ && !failure_) {
      const auto ended = processes_.hear(
          beat_period / 2, [this](std::uint32_t number, std::string_view line) { heard(number, line); });
      if (ended && !result_ && !failure_)
        failure_ = with_last_words(*ended, processes_.end_of(*ended));
      else
        look_for_silence();
    }
    if (failure_) return std::unexpected(*std::move(failure_));
    processes_.end(parting_max);
    for (auto& [number, own] : series_)
      if (own.begins == result_->series.begins)
        std::ranges::move(own.all, std::back_inserter(result_->series.all));
    for (auto& complaint : complaints_)
      if (result_->complaints.size() < mistakes_max) result_->complaints.push_back(std::move(complaint));
    return *std::move(result_);
  }

 private:
  std::string with_last_words(std::uint32_t number, std::string_view what) {
    return processes_.with_last_words(number, fmt::format("peer {} {}", number, what));
  }

  void heard(std::uint32_t number, std::string_view line) {
    beats_[number] = real_now();
    const auto [word, rest] = split(line, ' ');
    const auto text = rest.value_or("");
    if (word == "port") {
      ports_[number] = parse_whole<std::uint16_t>(text);
      if (std::ranges::all_of(ports_, [](const auto& port) { return port.has_value(); })) begin();
    } else if (word == "complaint") {
      if (complaints_.size() < mistakes_max) complaints_.emplace_back(text);
    } else if (word == "series") {
      if (auto run = from_line(text)) series_[number] = std::move(run->series);
    } else if (word == "failed") {
      if (!failure_) failure_ = fmt::format("peer {}: {}", number, text);
    } else if (word == "result") {
      if (auto run = from_line(text))
        result_ = *std::move(run);
      else
        failure_ = fmt::format("peer {} gave a result that cannot be read: {}", number, run.error());
    }
  }

  void begin() {
    const TimePoint now = real_now();
    const TimePoint start = now + notice + ports_.size() * notice_per_peer;
    std::string line = fmt::format("begin {}", start.time_since_epoch().count());
    for (const auto& port : ports_) line += fmt::format(" {}", *port);
    for (std::uint32_t i = 0; i < ports_.size(); ++i) processes_.say(i, line);
    std::ranges::fill(beats_, start);
    deadline_ = start + length_ + settle_max + 2 * gathering_max + 2 * live_silence_max;
  }

  void look_for_silence() {
    const TimePoint now = real_now();
    const auto quietest = std::ranges::min_element(beats_);
    if (now - *quietest > live_silence_max)
      failure_ = with_last_words(
          static_cast<std::uint32_t>(quietest - beats_.begin()),
          fmt::format("hangs: nothing was heard of it for {:.0f} s", in_seconds(now - *quietest)));
    else if (deadline_ && now > *deadline_)
      failure_ = "the first peer has no result, though all its time is over";
  }

  PeerProcesses processes_;
  std::vector<std::optional<std::uint16_t>> ports_;
  std::vector<TimePoint> beats_;  // when each was heard last
  Duration length_;
  std::optional<TimePoint> deadline_;
  std::optional<RunResult> result_;
  std::optional<std::string> failure_;
  std::vector<std::string> complaints_;
  std::map<std::uint32_t, TimeSeries> series_;  // of single peers
};

}  // namespace

Mistakes check_live(const Experiment& experiment, const Plan& plan) {
  Mistakes mistakes;
  if (plan.topology.peers > live_peers_max)
    mistakes.push_back(
        {.source = experiment.file.string(),
         .what = fmt::format("{} peers are too many to run live: each is a process, and {} are possible",
                             plan.topology.peers, live_peers_max)});
  if (!plan.nats.nats.empty())
    mistakes.push_back(experiment.mistake("nat", "there are no NATs between the processes of a live run"));
  if (plan.mesh > 0)
    mistakes.push_back(experiment.mistake("mesh", "live peers are not introduced to each other"));
  return mistakes;
}

Duration live_length(const Plan& plan) {
  return plan.warm_up + plan.duration;
}

std::expected<RunResult, Mistakes> run_live(const Experiment& experiment, const Cell& cell,
                                            std::uint32_t repetition, const Catalogue& catalogue) {
  const auto seed = seed_of(experiment, cell.index, repetition);
  const auto plan = plan_of(experiment, cell, seed);
  if (!plan) return std::unexpected(plan.error());
  if (auto mistakes = check_live(experiment, *plan); !mistakes.empty()) return std::unexpected(mistakes);
  auto prepared = prepare(experiment, *plan, catalogue, seed);
  if (!prepared) return std::unexpected(prepared.error());

  const auto peers = plan->topology.peers;
  const auto columns = prepared->stack->board_columns();
  const auto failed = [&](std::string why) {
    RunResult run;
    run.cell = cell.index;
    run.repetition = repetition;
    run.seed = seed;
    run.failure = std::move(why);
    return run;
  };
  const auto cells = SharedCells::open(Board::cells_needed(peers, columns));
  if (!cells) return failed(cells.error());
  Board board(cells->cells(), columns);
  const LiveRunTerms terms{.experiment = experiment, .plan = *plan, .repetition = repetition, .seed = seed};
  auto processes = PeerProcesses::start(peers, [&](std::uint32_t number, ProcessLine& line) {
    return play_live_part(terms, *prepared, board, number, line);
  });
  if (!processes) return failed(processes.error());
  auto result = LiveRun(*std::move(processes), peers, live_length(*plan)).await();
  return result ? *std::move(result) : failed(result.error());
}

}  // namespace tutti::lab
