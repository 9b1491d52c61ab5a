// The evaluation of "Symmetric Peer-to-Peer Applications" live, in its middle cell: 21 processes on its
// network, each link delayed by 50 ms (normally distributed, deviation a fifth), 25 events a minute by random
// peers, deadline 500 ms. Measured as the paper does: the ticks travelled back over all ticks; and the pace
// mismatch, the share of ticks that a peer shows after somebody has shown a greater one.
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "bench/bars.hpp"
#include "bench/paper_topology.hpp"
#include "tools/child_messages.hpp"
#include "tutti/base/random.hpp"
#include "tutti/base/require.hpp"
#include "tutti/base/temporary_folder.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti::bench {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr Duration warm_up = 20s;
constexpr Duration measured = 120s;
constexpr Duration patience = 60s;
constexpr double event_interval_seconds = 60.0 / 25.0;

class Orchestra {
 public:
  Orchestra() {
    const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "rectangle";
    children_.reserve(paper_peers);
    for (std::uint32_t i = 0; i < paper_peers; ++i) {
      auto child = tools::Child::start({program.string(), "--control", "--headless", "--quiet", "--listen",
                                        "127.0.0.1:0", "--deadline", "500ms", "--delay-model",
                                        "normal:50ms,10ms", "--tick-log", tick_log(i).string()});
      require(child.has_value(), "the rectangle stands beside the benchmarks");
      children_.push_back(*std::move(child));
    }
    endpoints_.resize(paper_peers);
    reports_.resize(paper_peers);
    hear_until([this] { return std::ranges::none_of(endpoints_, &std::string::empty); });
    for (const auto& [one, other] : paper_links)
      children_[other].tell(fmt::format("link {}", endpoints_[one]));
  }

  void hear_for(Duration span) {
    for (const auto end = real_now() + span; real_now() < end;) hear();
  }
  void press(std::size_t peer, std::string_view key) { children_[peer].tell(fmt::format("key {}", key)); }

  /// The sum of a field over all reports.
  std::int64_t sum(const char* field) {
    std::ranges::fill(reports_, std::nullopt);
    for (auto& child : children_) child.tell("report");
    hear_until([this] {
      return std::ranges::all_of(reports_, [](const auto& report) { return report.has_value(); });
    });
    std::int64_t total = 0;
    for (const auto& report : reports_) total += report->value(field, std::int64_t{0});
    return total;
  }

  /// The share of ticks shown in [from, to] that came after a greater one.
  double pace_mismatch(TimePoint from, TimePoint to) {
    for (auto& child : children_) child.tell("quit");
    for (auto& child : children_) child.wait(10s);
    std::vector<std::pair<std::int64_t, std::int64_t>> shown;  // when, which tick
    for (std::uint32_t i = 0; i < paper_peers; ++i) {
      std::ifstream log(tick_log(i));
      for (std::int64_t at = 0, tick = 0; log >> at >> tick;)
        if (TimePoint(Duration(at)) >= from && TimePoint(Duration(at)) <= to) shown.emplace_back(at, tick);
    }
    std::ranges::sort(shown);
    std::int64_t greatest = 0;
    std::int64_t violations = 0;
    for (const auto& [at, tick] : shown) {
      violations += tick < greatest;
      greatest = std::max(greatest, tick);
    }
    return static_cast<double>(violations) / static_cast<double>(shown.size());
  }

 private:
  [[nodiscard]] std::filesystem::path tick_log(std::uint32_t peer) const {
    return folder_ / fmt::format("{}.ticks", peer);
  }
  void hear() {
    std::vector<tools::Child*> speakers;
    speakers.reserve(children_.size());
    for (auto& child : children_) speakers.push_back(&child);
    tools::hear_messages(speakers, 5ms, [this](std::size_t i, const json& message) {
      const auto event = message.value("event", "");
      if (event == "ready") endpoints_[i] = message.value("endpoint", "");
      if (event == "report") reports_[i] = message;
    });
  }
  void hear_until(const std::function<bool()>& done) {
    for (const auto end = real_now() + patience; !done();) {
      require(real_now() < end, "all processes answer within a minute");
      hear();
    }
  }

  TemporaryFolder folder_;  // for what the children write: it goes after them
  std::vector<tools::Child> children_;
  std::vector<std::string> endpoints_;
  std::vector<std::optional<json>> reports_;
};

void live_session(benchmark::State& state) {
  for (auto _ : state) {
    Orchestra orchestra;
    orchestra.hear_for(warm_up);
    const auto ticks_before = orchestra.sum("tick");
    const auto travelled_before = orchestra.sum("ticks_travelled_back");
    Random random(1);
    constexpr std::array<std::string_view, 4> keys{"left", "right", "up", "down"};
    const TimePoint from = real_now();
    for (Duration at{}; at < measured;) {
      const Duration pause =
          std::min(from_seconds(event_interval_seconds * random.exponential()), measured - at);
      orchestra.hear_for(from + at + pause - real_now());
      orchestra.press(random.below(paper_peers), keys[random.below(keys.size())]);
      at += pause;
    }
    const TimePoint to = real_now();
    orchestra.hear_for(3s);
    const auto travelled = orchestra.sum("ticks_travelled_back") - travelled_before;
    const auto ticks = orchestra.sum("tick") - ticks_before;
    state.counters["time_travel_percent"] =
        100.0 * static_cast<double>(travelled) / static_cast<double>(ticks);
    state.counters["pace_mismatch_percent"] = 100.0 * orchestra.pace_mismatch(from, to);
  }
}
BENCHMARK(live_session)->Iterations(1)->Repetitions(1)->Unit(benchmark::kSecond);

}  // namespace

void live_bars(Bars& bars) {
  bars.add("21 live processes: ticks travelled back", "%", at_most(0.6),
           counter_of("live_session", "time_travel_percent"));
  bars.add("21 live processes: pace mismatch", "%", at_most(0.05),
           counter_of("live_session", "pace_mismatch_percent"));
}

}  // namespace tutti::bench
