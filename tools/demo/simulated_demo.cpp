#include <algorithm>

#include <fmt/format.h>

#include "demo/demo.hpp"
#include "demo/script.hpp"
#include "rectangle_view.hpp"
#include "tutti/runtime/real_runtime.hpp"
#include "tutti/symmetric/ensemble.hpp"

namespace tutti::tools {
namespace {

using symmetric::Ensemble;

constexpr Duration start_pause = std::chrono::milliseconds(150);
constexpr Duration look_pause = std::chrono::milliseconds(20);
constexpr Duration settle_max = std::chrono::seconds(60);

/// Peers that are back and not yet level with the others.
class Recoveries {
 public:
  explicit Recoveries(std::uint32_t peers) : returned_(peers), took_(peers) {}

  void returned(std::uint32_t peer, TimePoint now) { returned_[peer] = now; }
  void look(Ensemble<Rectangle>& ensemble) {
    for (std::uint32_t i = 0; i < ensemble.size(); ++i) {
      if (!returned_[i] || !level(ensemble, i)) continue;
      took_[i] = ensemble.simulator().now() - *returned_[i];
      returned_[i].reset();
    }
  }
  [[nodiscard]] std::optional<Duration> took(std::uint32_t peer) const { return took_[peer]; }

 private:
  static bool level(Ensemble<Rectangle>& ensemble, std::uint32_t peer) {
    const auto events = [&](std::uint32_t i) { return ensemble.replica(i).machine().statistics().events; };
    for (std::uint32_t i = 0; i < ensemble.size(); ++i)
      if (ensemble.running(i) &&
          (events(i) > events(peer) || ensemble.replica(i).tick() - ensemble.replica(peer).tick() > 1))
        return false;
    return true;
  }

  std::vector<std::optional<TimePoint>> returned_;
  std::vector<std::optional<Duration>> took_;
};

void perform(Ensemble<Rectangle>& ensemble, const Step& step, Recoveries& recoveries) {
  if (const auto* press = std::get_if<Press>(&step.action)) {
    if (!ensemble.running(step.peer)) return;
    if (const auto event = RectangleView::key(ensemble.replica(step.peer).state(), press->key))
      ensemble.submit(step.peer, *event);
  } else if (std::holds_alternative<Kill>(step.action)) {
    ensemble.kill(step.peer);
  } else if (std::holds_alternative<Restart>(step.action)) {
    ensemble.start(step.peer);
    recoveries.returned(step.peer, ensemble.simulator().now());
  } else {
    const bool cut = std::holds_alternative<Cut>(step.action);
    ensemble.cut(step.peer, cut);
    if (!cut) recoveries.returned(step.peer, ensemble.simulator().now());
  }
}

}  // namespace

DemoOutcome run_simulated_demo(const DemoOptions& options) {
  const TimePoint began = real_now();
  const auto count = options.topology.peers;
  Ensemble<Rectangle> ensemble(
      count, {.seed = options.seed,
              .model = normal_delay(std::chrono::milliseconds(20), std::chrono::milliseconds(4)),
              .links = options.topology.links});
  Recoveries recoveries(count);
  const auto run_for = [&](Duration span) {
    for (const TimePoint end = ensemble.simulator().now() + span; ensemble.simulator().now() < end;) {
      ensemble.run_for(std::min(look_pause, end - ensemble.simulator().now()));
      recoveries.look(ensemble);
    }
  };
  for (std::uint32_t i = 0; i < count; ++i) {
    ensemble.start(i);
    run_for(start_pause);
  }
  const TimePoint start = ensemble.simulator().now();
  for (const auto& step : demo_script(options.seed, count, options.length, true)) {
    run_for(start + step.at - ensemble.simulator().now());
    perform(ensemble, step, recoveries);
  }
  run_for(start + options.length - ensemble.simulator().now());
  for (Duration waited{}; waited < settle_max && !ensemble.agree_at(ensemble.common_tick());
       waited += std::chrono::seconds(1))
    run_for(std::chrono::seconds(1));

  DemoOutcome outcome;
  const auto common = ensemble.common_tick();
  outcome.common_tick = common.value();
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto& machine = ensemble.replica(i).machine();
    const auto fingerprint = machine.fingerprint(common);
    ensemble.simulator().node(0).trace(fingerprint.state_hash);
    outcome.peers.push_back({.tick = machine.tick().value(),
                             .events = machine.statistics().events,
                             .late = machine.statistics().late_events,
                             .rollbacks = machine.statistics().rollbacks,
                             .recovery = recoveries.took(i),
                             .history = fmt::format("{:016x}", fingerprint.history),
                             .state = fmt::format("{:016x}", fingerprint.state_hash)});
  }
  outcome.trace_hash = ensemble.trace_hash();
  outcome.took = real_now() - began;
  return outcome;
}

}  // namespace tutti::tools
