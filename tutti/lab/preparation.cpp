#include "tutti/lab/preparation.hpp"

#include <cmath>

#include <fmt/format.h>

#include "tutti/base/hash.hpp"
#include "tutti/lab/expression.hpp"
#include "tutti/measure/table.hpp"

namespace tutti::lab {
namespace {

std::expected<std::vector<Scenario>, Mistakes> scenarios_of(const Plan& plan, std::uint64_t seed) {
  std::vector<Scenario> scenarios;
  Mistakes mistakes;
  const Extent extent{.peers = plan.topology.peers, .length = plan.warm_up + plan.duration};
  std::uint64_t number = 0;
  for (const auto& part : plan.parts) {
    ++number;
    if (const auto* scenario = std::get_if<Scenario>(&part.content)) {
      scenarios.push_back(*scenario);
      continue;
    }
    RunningHash own_seed;
    own_seed.add(seed);
    own_seed.add(number);
    auto scenario = generate(std::get<Generator>(part.content), own_seed.value(), extent, part.source);
    if (!scenario) {
      mistakes.push_back({.source = part.source, .line = part.line, .what = scenario.error()});
      continue;
    }
    for (auto& line : scenario->lines) line.number = part.line;
    scenarios.push_back(*std::move(scenario));
  }
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes));
  return scenarios;
}

}  // namespace

std::expected<Prepared, Mistakes> prepare(const Experiment& experiment, const Plan& plan,
                                          const Catalogue& catalogue, std::uint64_t seed) {
  Mistakes mistakes;
  const auto type = catalogue.stack(experiment.stack);
  if (!type) return std::unexpected(Mistakes{experiment.mistake("stack", type.error())});
  std::map<std::string, std::string> options;
  for (const auto& option : (*type)->options) options[option.name] = option.fallback;
  for (const auto& [name, value] : plan.options) {
    if (!options.contains(name))
      mistakes.push_back(experiment.mistake(
          "options." + name, fmt::format("the stack {} has no option '{}'", experiment.stack, name)));
    options[name] = value;
  }
  auto stack = (*type)->make(plan, options);
  if (!stack) mistakes.push_back(experiment.mistake("options", fmt::format("options: {}", stack.error())));

  Vocabulary vocabulary;
  vocabulary.set_networks(plan.networks);
  for (const auto* peerlet : (*type)->peerlets) vocabulary.add(*peerlet);
  if ((*type)->check_event) vocabulary.set_event_check((*type)->check_event);
  auto scenarios = scenarios_of(plan, seed);
  if (!scenarios) {
    mistakes.insert(mistakes.end(), scenarios.error().begin(), scenarios.error().end());
    return std::unexpected(std::move(mistakes));
  }
  auto play = Play::prepare(*std::move(scenarios), vocabulary, plan.topology.peers);
  if (!play) mistakes.insert(mistakes.end(), play.error().begin(), play.error().end());
  if (!mistakes.empty()) return std::unexpected(std::move(mistakes));
  return Prepared{*std::move(stack), *std::move(play)};
}

Mistakes check_cell(const Experiment& experiment, const Plan& plan, const Catalogue& catalogue,
                    std::uint64_t seed) {
  auto ready = prepare(experiment, plan, catalogue, seed);
  return ready ? Mistakes{} : ready.error();
}

std::vector<Change> changes_of(const Experiment& experiment, const Plan& plan, const Catalogue& catalogue,
                               std::uint64_t seed) {
  auto ready = prepare(experiment, plan, catalogue, seed);
  if (!ready) return {};
  std::vector<Change> changes;
  std::vector<bool> running(plan.topology.peers);
  for (auto cue = ready->play.due(plan.warm_up + plan.duration); cue && changes.size() < changes_max;
       cue = ready->play.due(plan.warm_up + plan.duration)) {
    if (!cue->call->peerlet.empty()) continue;
    const auto& what = cue->call->method;
    const auto peer = cue->peer.value();
    const bool starts = what == "start";
    const bool ends = what == "stop" || what == "kill";
    // Who runs already cannot start, and who does not cannot end: such calls fail.
    if ((starts && running[peer]) || (ends && !running[peer])) continue;
    if (starts || ends) running[peer] = starts;
    if (starts || ends || what == "cut" || what == "heal")
      changes.push_back({in_seconds(cue->time), peer, what});
  }
  return changes;
}

std::optional<double> value_of(const measure::Measures& measures, std::string_view name) {
  if (const auto* found = measures.find(name)) {
    const auto statistics = measure::statistics_of(found->value);
    return std::holds_alternative<measure::GaugeValue>(found->value) ? statistics.mean : statistics.sum;
  }
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto* found = measures.find(name.substr(0, dot));
  if (found == nullptr || std::holds_alternative<measure::CounterValue>(found->value)) return std::nullopt;
  const auto statistics = measure::statistics_of(found->value);
  if (statistics.count == 0) return std::nullopt;
  const auto what = name.substr(dot + 1);
  if (what == "average") return statistics.mean;
  if (what == "min") return statistics.min;
  if (what == "max") return statistics.max;
  if (what == "median") return statistics.median;
  if (what == "p90") return statistics.p90;
  if (what == "p99") return statistics.p99;
  if (what == "sum") return statistics.sum;
  if (what == "count") return static_cast<double>(statistics.count);
  return std::nullopt;
}

std::optional<double> value_of(const MeasureSpec& measure, const measure::Measures& measures) {
  const auto expression = Expression::parse(measure.value);
  if (!expression) return std::nullopt;  // read_experiment() has said so
  return expression->evaluate([&](std::string_view name) { return value_of(measures, name); });
}

std::map<std::string, double> values_in(const Experiment& experiment, const measure::Measures& totals) {
  std::map<std::string, double> values;
  for (const auto& measure : experiment.measures)
    if (const auto value = value_of(measure, totals)) values[measure.name] = *value;
  return values;
}

void add_peer(TimeSeries& series, const Experiment& experiment, std::uint32_t peer,
              const measure::Measures& measures) {
  for (const auto& measure : experiment.measures)
    if (measure.per_peer && measure.per_peer->contains(PeerNumber(peer)))
      if (const auto value = value_of(measure, measures); value && std::isfinite(*value))
        series.add(peer, measure.name, measure.unit, *value);
}

}  // namespace tutti::lab
