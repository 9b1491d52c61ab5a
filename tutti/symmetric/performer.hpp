// The application on its peer's own thread: a peerlet that holds the replica and advances it. For simulation,
// and for live peers without a screen of their own whose application is quick.
//
// While nobody watches every tick, the replica sleeps until something comes that depends on its state, and
// then catches up: nothing but its owner can tell the difference, and a peer that is idle costs nothing.
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
  void set_watcher(Watcher watcher) {
    watcher_ = std::move(watcher);
    if (timer_) wait();
  }
  /// As Replica::set_audience, which does not wake the replica.
  void set_audience(EffectAudience<EffectOf<App>> audience) {
    replica().set_audience(std::move(audience));
    wait();
  }

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
      catch_up();
      const auto late = replica_.machine().statistics().late_events;
      replica_.receive(std::move(message));
      late_events_.add(replica_.machine().statistics().late_events - late);
      wait();
    });
  }
  void stop() override { timer_.reset(); }

  /// At the tick that is due now.
  [[nodiscard]] Replica<App>& replica() {
    catch_up();
    return replica_;
  }

 private:
  void tick() {
    advance();
    wait();
  }
  // What is under way goes on at the next tick, as where every tick is watched: late events that come
  // together cost one rollback.
  void catch_up() {
    if (!watcher_ && !replica_.restless() && replica_.behind(peer_->now())) advance();
  }
  void advance() {
    const auto before = replica_.machine().statistics();
    const Tick shown = replica_.tick();
    replica_.advance(peer_->now(), std::numeric_limits<std::int64_t>::max());
    const auto& after = replica_.machine().statistics();
    ticks_.add(static_cast<std::uint64_t>(replica_.tick() - shown));
    travelled_back_.add(after.ticks_travelled_back - before.ticks_travelled_back);
    rollbacks_.add(after.rollbacks - before.rollbacks);
    if (watcher_ && replica_.tick() != shown) watcher_(replica_);
  }
  void wait() {
    const auto next = watcher_ ? replica_.next_tick_at() : replica_.next_advance_at();
    if (!next)
      timer_->cancel();
    else if (!timer_->armed() || *next != awaited_)
      timer_->arm_at(awaited_ = *next);
  }

  Peer* peer_ = nullptr;
  Session* session_ = nullptr;
  std::optional<Timer> timer_;
  TimePoint awaited_{};  // while the timer is armed
  Replica<App> replica_;
  Watcher watcher_;
  measure::Counter ticks_, travelled_back_, rollbacks_, late_events_;
};

}  // namespace tutti::symmetric
