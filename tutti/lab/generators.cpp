#include "tutti/lab/generators.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tutti/base/random.hpp"
#include "tutti/base/require.hpp"

namespace tutti::lab {
namespace {

/// Keeps apart what the kinds of generators draw from one seed.
enum class Stream : std::uint64_t { churn = 1, poisson, flash };

Random stream(std::uint64_t seed, Stream kind, PeerNumber peer = {}) {
  return Random::keyed({seed, static_cast<std::uint64_t>(kind), peer.value()});
}

/// At least a nanosecond, so that what follows each other never falls on the same time; at most a century, so
/// that it can be added to a time.
Duration exponential(Random& random, double mean_seconds) {
  const auto seconds = std::min(random.exponential() * mean_seconds, in_seconds(scenario_time_max));
  return std::max(from_seconds(seconds), Duration(1));
}

/// Makes the lines, in any order, as long as there is room.
class Composer {
 public:
  Composer(std::uint64_t seed, const Extent& extent) : seed_(seed), extent_(extent) {}

  void operator()(const Churn& churn) {
    require(churn.online > Duration() && churn.offline > Duration(), "a mean duration is above zero");
    const auto until = churn.until.value_or(extent_.length);
    for_each(churn.peers, [&](PeerNumber peer, std::uint32_t) {
      auto random = stream(seed_, Stream::churn, peer);
      bool online = churn.online_at_first;
      auto time = churn.from;
      const auto pass = [&] {
        time += exponential(random, in_seconds(online ? churn.online : churn.offline));
      };
      for (pass(); time < until && !full(); pass()) {
        add(peer, time, online ? stop_ : start_);
        online = !online;
      }
    });
  }

  void operator()(const Poisson& poisson) {
    require(poisson.per_minute > 0 && !poisson.calls.empty(), "random events have a rate and calls to make");
    const auto count = poisson.peers.count(extent_.peers);
    if (count == 0) return;
    const auto until = poisson.until.value_or(extent_.length);
    auto random = stream(seed_, Stream::poisson);
    auto time = poisson.from;
    const auto pass = [&] { time += exponential(random, 60 / poisson.per_minute); };
    for (pass(); time < until && !full(); pass()) {
      const auto peer = poisson.peers.at(static_cast<std::uint32_t>(random.below(count)));
      add(peer, time, poisson.calls[random.below(poisson.calls.size())]);
      lines_.back().at_random = true;
    }
  }

  void operator()(const Flash& flash) {
    require(flash.within >= Duration() && flash.at >= flash.within / 2, "a crowd comes after the beginning");
    const auto begin = flash.at - flash.within / 2;
    const auto span = static_cast<std::uint64_t>(flash.within.count()) + 1;
    for_each(flash.peers, [&](PeerNumber peer, std::uint32_t) {
      auto random = stream(seed_, Stream::flash, peer);
      add(peer, begin + Duration(static_cast<std::int64_t>(random.below(span))), start_);
    });
  }

  void operator()(const Ramp& ramp) {
    require(ramp.from >= Duration() && ramp.every >= Duration(), "a ramp goes upwards");
    for_each(ramp.peers, [&](PeerNumber peer, std::uint32_t index) {
      if (index > 0 && ramp.every > (scenario_time_max - ramp.from) / index)
        too_late_ = true;
      else
        add(peer, ramp.from + ramp.every * index, start_);
    });
  }

  std::expected<std::vector<ScenarioLine>, std::string> finish() && {
    if (too_late_) return std::unexpected("it makes calls after more than 100 years");
    if (full()) return std::unexpected(fmt::format("it makes more than {} calls", scenario_lines_max));
    std::ranges::sort(lines_, {}, [](const auto& line) { return std::pair(line.time, line.peers.at(0)); });
    return std::move(lines_);
  }

 private:
  [[nodiscard]] bool full() const { return lines_.size() > scenario_lines_max; }

  template <typename Visit>
  void for_each(const PeerSet& peers, Visit visit) {
    const auto count = peers.count(extent_.peers);
    for (std::uint32_t i = 0; i < count && !full() && !too_late_; ++i) visit(peers.at(i), i);
  }

  void add(PeerNumber peer, Duration time, const Call& call) {
    too_late_ = too_late_ || time > scenario_time_max;
    lines_.push_back({PeerSet::one(peer), time, call});
  }

  Call start_{"", "start", {}, {}};
  Call stop_{"", "stop", {}, {}};
  std::uint64_t seed_;
  Extent extent_;
  std::vector<ScenarioLine> lines_;
  bool too_late_ = false;
};

}  // namespace

std::expected<Scenario, std::string> generate(const Generator& generator, std::uint64_t seed,
                                              const Extent& extent, std::string source) {
  const auto& peers = std::visit([](const auto& kind) -> const PeerSet& { return kind.peers; }, generator);
  if (!peers.fits(extent.peers))
    return std::unexpected(
        fmt::format("there is no peer {}: there are {} peers", peers.last().value(), extent.peers));
  Composer composer(seed, extent);
  std::visit(composer, generator);
  auto lines = std::move(composer).finish();
  if (!lines) return std::unexpected(std::move(lines.error()));
  return Scenario{std::move(source), *std::move(lines)};
}

}  // namespace tutti::lab
