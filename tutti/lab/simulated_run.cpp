#include "tutti/lab/simulated_run.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tutti/base/require.hpp"
#include "tutti/lab/preparation.hpp"
#include "tutti/lab/world.hpp"

namespace tutti::lab {
namespace {

void play_until(World& world, Play& play, Duration time, std::vector<std::string>& complaints) {
  for (auto next = play.next(); next && *next <= time; next = play.next()) {
    world.run_until(*next);
    for (const auto& failure : play.run_until(*next, world))
      if (complaints.size() < mistakes_max) complaints.push_back(failure.text());
  }
  world.run_until(time);
}

void show_all(World& world, Stack& stack) {
  for (std::uint32_t i = 0; i < world.peer_count(); ++i)
    if (auto* peer = world.peer(i)) stack.show(world, i, *peer, peer->now());
}

bool settle(World& world, Stack& stack) {
  if (stack.settled(world)) return true;
  for (std::uint32_t i = 0; i < world.peer_count(); ++i) {
    bool well = world.peer(i) != nullptr || world.start(PeerNumber(i));
    well = well && world.heal(PeerNumber(i)) && world.partition(PeerNumber(i), Group(0));
    for (const auto other : world.neighbours(i))
      well = well && world.heal_link(PeerNumber(i), PeerNumber(other));
    well = well && world.set_drop_messages(PeerNumber(i), false);
    require(well, "whoever is not running can be started, and any path healed");
  }
  for (Duration waited{}; waited < settle_max; waited += settle_step) {
    world.run_until(world.now().time_since_epoch() + settle_step);
    show_all(world, stack);
    if (stack.settled(world)) return true;
  }
  return false;
}

}  // namespace

Mistakes check_simulated(const Experiment& experiment, const Plan& plan, const RunOptions& options) {
  Mistakes mistakes;
  const bool packets = plan.fidelity == Fidelity::packet;
  if (packets && plan.topology.peers > packet_peers_max)
    mistakes.push_back(experiment.mistake(
        "topology.peers", fmt::format("{} peers are too many at fidelity \"packet\": {} are possible",
                                      plan.topology.peers, packet_peers_max)));
  if (options.shards > 1 && has_introductions(plan))
    mistakes.push_back(
        experiment.mistake(packets         ? "fidelity"
                           : plan.mesh > 0 ? "mesh"
                                           : "nat",
                           fmt::format("{} shards are not possible: one peer's NAT, or whom it introduces, "
                                       "is at once another's affair",
                                       options.shards)));
  return mistakes;
}

std::expected<RunResult, Mistakes> run_simulated(const Experiment& experiment, const Cell& cell,
                                                 std::uint32_t repetition, const Catalogue& catalogue,
                                                 const RunOptions& options) {
  const auto seed = seed_of(experiment, cell.index, repetition);
  const auto plan = plan_of(experiment, cell, seed);
  if (!plan) return std::unexpected(plan.error());
  if (auto mistakes = check_simulated(experiment, *plan, options); !mistakes.empty())
    return std::unexpected(std::move(mistakes));
  auto prepared = prepare(experiment, *plan, catalogue, seed);
  if (!prepared) return std::unexpected(prepared.error());

  RunResult result;
  result.cell = cell.index;
  result.repetition = repetition;
  result.seed = seed;
  World world(*plan, *prepared->stack,
              {.seed = seed, .shards = options.shards, .wire = options.wire, .log = options.log});
  measure::Recorder observations(TimePoint{});
  play_until(world, prepared->play, plan->warm_up, result.complaints);
  world.take_measures();
  const Duration end = plan->warm_up + plan->duration;
  for (Duration begin = plan->warm_up; begin < end;) {
    const Duration then = std::min(begin + plan->window, end);
    play_until(world, prepared->play, then, result.complaints);
    show_all(world, *prepared->stack);
    prepared->stack->observe(world, observations);
    const auto taken = world.take_measures();
    const auto measures = measure::merge(taken.all, observations.take(TimePoint(then)).measures);
    result.totals = measure::merge(result.totals, measures);
    // Of the series one repetition is enough: it is there to be looked at.
    if (repetition == 0) {
      result.series.begin_window(begin, then);
      result.series.add(measures);
      for (const auto& [peer, own] : taken.apart) add_peer(result.series, experiment, peer, own);
    }
    begin = then;
  }
  measure::Recorder conclusion(TimePoint{});
  prepared->stack->conclude(settle(world, *prepared->stack), conclusion);
  result.totals = measure::merge(result.totals, conclusion.totals());
  result.trace = world.simulator().trace_hash();
  result.events = world.simulator().event_count();
  result.values = values_in(experiment, result.totals);
  return result;
}

}  // namespace tutti::lab
