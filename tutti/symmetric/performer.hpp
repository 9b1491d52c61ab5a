// The application on its peer's own thread: a peerlet that holds the replica and advances it tick by tick.
// For simulation, and for live peers without a screen of their own whose application is quick.
#pragma once

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

  void init(Peer& peer) override {
    peer_ = &peer;
    session_ = peer.find<Session>();
    require(session_ != nullptr, "a performer has a session below it");
    timer_.emplace(peer.runtime(), [this] { tick(); });
    session_->set_replica([this](ToReplica message) {
      const bool new_pace = std::holds_alternative<PaceChanged>(message);
      replica_.receive(std::move(message));
      if (new_pace) wait();
    });
  }
  void stop() override { timer_.reset(); }

  [[nodiscard]] Replica<App>& replica() { return replica_; }
  [[nodiscard]] const Replica<App>& replica() const { return replica_; }

 private:
  void tick() {
    replica_.advance(peer_->now(), std::numeric_limits<std::int64_t>::max());
    wait();
  }
  void wait() { timer_->arm_at(replica_.next_tick_at()); }

  Peer* peer_ = nullptr;
  Session* session_ = nullptr;
  std::optional<Timer> timer_;
  Replica<App> replica_;
};

}  // namespace tutti::symmetric
