// The application on its peer's own thread: a peerlet that holds the replica and advances it tick by tick.
// For simulation, and for live peers without a screen of their own whose application is quick.
#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <utility>

#include "tutti/base/require.hpp"
#include "tutti/peer/peer.hpp"
#include "tutti/symmetric/replica.hpp"
#include "tutti/symmetric/session.hpp"

namespace tutti::symmetric {

template <typename App>
class Performer final : public Peerlet {
 public:
  explicit Performer(ReplicaOptions options = {})
      : replica_([this](const ToSession& message) { session_->receive(message); }, options) {}

  /// Called whenever the replica has come to another tick.
  using Watcher = std::move_only_function<void(const Replica<App>&)>;
  void set_watcher(Watcher watcher) { watcher_ = std::move(watcher); }

  void init(Peer& peer) override {
    peer_ = &peer;
    ticks_ = peer.measure().counter("replica.ticks");
    travelled_back_ = peer.measure().counter("replica.ticks_travelled_back");
    rollbacks_ = peer.measure().counter("replica.rollbacks");
    late_events_ = peer.measure().counter("replica.late_events");
    timer_.emplace(peer.runtime(), [this] { tick(); });
  }
  void find_others(Peer& peer) override {
    session_ = peer.find<Session>();
    require(session_ != nullptr, "a performer has a session below it");
    session_->set_replica([this](ToReplica message) {
      const bool new_pace =
          std::holds_alternative<PaceChanged>(message) || std::holds_alternative<RunLimit>(message);
      const auto late = replica_.machine().statistics().late_events;
      replica_.receive(std::move(message));
      late_events_.add(replica_.machine().statistics().late_events - late);
      if (new_pace) wait();
    });
  }
  void stop() override { timer_.reset(); }

  [[nodiscard]] Replica<App>& replica() { return replica_; }
  [[nodiscard]] const Replica<App>& replica() const { return replica_; }

 private:
  void tick() {
    const auto before = replica_.machine().statistics();
    const Tick shown = replica_.tick();
    replica_.advance(peer_->now(), std::numeric_limits<std::int64_t>::max());
    const auto& after = replica_.machine().statistics();
    ticks_.add(static_cast<std::uint64_t>(replica_.tick() - shown));
    travelled_back_.add(after.ticks_travelled_back - before.ticks_travelled_back);
    rollbacks_.add(after.rollbacks - before.rollbacks);
    if (watcher_ && replica_.tick() != shown) watcher_(replica_);
    wait();
  }
  void wait() {
    if (const auto next = replica_.next_tick_at())
      timer_->arm_at(*next);
    else
      timer_->cancel();
  }

  Peer* peer_ = nullptr;
  Session* session_ = nullptr;
  std::optional<Timer> timer_;
  Replica<App> replica_;
  Watcher watcher_;
  measure::Counter ticks_, travelled_back_, rollbacks_, late_events_;
};

}  // namespace tutti::symmetric
