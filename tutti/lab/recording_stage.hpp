// A stage without peers that writes down what it is told, in the syntax of scenarios: for tests, and for a
// look at a play before it costs anything.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tutti/lab/stage.hpp"

namespace tutti::lab {

class RecordingStage final : public Stage {
 public:
  /// "4 Peer.start()", in the order of the calls.
  std::vector<std::string> calls;
  /// If set, decides what becomes of each call.
  std::function<Outcome(const std::string& call)> answer;
  /// Who is not running; everybody else is.
  std::set<PeerNumber> offline;

  [[nodiscard]] bool is_running(PeerNumber peer) const override { return !offline.contains(peer); }
  Outcome start(PeerNumber peer) override { return note(peer, "start()"); }
  Outcome stop(PeerNumber peer) override { return note(peer, "stop()"); }
  Outcome kill(PeerNumber peer) override { return note(peer, "kill()"); }
  Outcome set_drop_messages(PeerNumber peer, bool drop) override {
    return note(peer, fmt::format("setDropMessages({})", drop));
  }
  Outcome cut(PeerNumber peer) override { return note(peer, "cut()"); }
  Outcome heal(PeerNumber peer) override { return note(peer, "heal()"); }
  Outcome cut_link(PeerNumber peer, PeerNumber other) override {
    return note(peer, fmt::format("cutLink({})", other.value()));
  }
  Outcome heal_link(PeerNumber peer, PeerNumber other) override {
    return note(peer, fmt::format("healLink({})", other.value()));
  }
  Outcome partition(PeerNumber peer, Group group) override {
    return note(peer, fmt::format("partition({})", group.value()));
  }
  Outcome set_delay(PeerNumber peer, const DelayModel& delay) override {
    return note(peer, fmt::format("setDelay({})", text(CommandValue(delay.text))));
  }
  Outcome set_loss(PeerNumber peer, Loss loss) override {
    return note(peer, fmt::format("setLoss(\"{}%\")", loss.probability * 100));
  }
  Outcome set_clock_drift(PeerNumber peer, ClockDrift drift) override {
    return note(peer, fmt::format("setClockDrift({})", drift.ppm));
  }
  Outcome step_clock(PeerNumber peer, ClockStep step) override {
    return note(peer, fmt::format("stepClock({})", in_seconds(step.by)));
  }
  Outcome submit(PeerNumber peer, std::string_view event) override {
    return note(peer, fmt::format("submit({})", text(CommandValue(std::string(event)))));
  }
  Outcome call(PeerNumber peer, std::string_view peerlet, std::string_view method,
               std::span<const CommandValue> values) override {
    const Call call{std::string(peerlet), std::string(method), {values.begin(), values.end()}, {}};
    return record(fmt::format("{} {}", peer.value(), call.text()));
  }

 private:
  Outcome note(PeerNumber peer, std::string_view method) {
    return record(fmt::format("{} Peer.{}", peer.value(), method));
  }
  Outcome record(std::string call) {
    calls.push_back(std::move(call));
    return answer ? answer(calls.back()) : Outcome();
  }
};

}  // namespace tutti::lab
