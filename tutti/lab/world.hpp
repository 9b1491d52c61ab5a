// One simulated run: the network, the peers on it, and the stage that scenarios are played on.
#pragma once

#include <memory>
#include <vector>

#include "tutti/lab/catalogue.hpp"
#include "tutti/lab/stage.hpp"

namespace tutti::lab {

struct WorldOptions {
  std::uint64_t seed = 1;
  unsigned shards = 1;  ///< threads of this one simulation
  bool wire = false;    ///< encode and decode every message: must change no result
  Log log{};
};

class World final : public Stage {
 public:
  /// Nobody is started. The plan and the stack outlive it.
  World(const Plan& plan, Stack& stack, const WorldOptions& options);
  ~World();

  [[nodiscard]] std::uint32_t peer_count() const { return static_cast<std::uint32_t>(peers_.size()); }
  /// Null if it is not running.
  [[nodiscard]] Peer* peer(std::uint32_t number) { return peers_[number].get(); }
  [[nodiscard]] Simulator& simulator() { return simulator_; }
  [[nodiscard]] VirtualNetwork& network() { return network_; }
  /// Who is linked with `number`, in either direction.
  [[nodiscard]] const std::vector<std::uint32_t>& neighbours(std::uint32_t number) const {
    return neighbours_[number];
  }
  void run_until(Duration time) { simulator_.run_until(TimePoint(time)); }
  /// What all peers have counted since the last call.
  measure::Measures take_measures();

  Outcome start(PeerNumber peer) override;
  Outcome stop(PeerNumber peer) override;
  Outcome kill(PeerNumber peer) override;
  Outcome set_drop_messages(PeerNumber peer, bool drop) override;
  Outcome cut(PeerNumber peer) override;
  Outcome heal(PeerNumber peer) override;
  Outcome cut_link(PeerNumber peer, PeerNumber other) override;
  Outcome heal_link(PeerNumber peer, PeerNumber other) override;
  Outcome partition(PeerNumber peer, Group group) override;
  Outcome set_delay(PeerNumber peer, const DelayModel& delay) override;
  Outcome set_loss(PeerNumber peer, Loss loss) override;
  Outcome set_clock_drift(PeerNumber peer, ClockDrift drift) override;
  Outcome step_clock(PeerNumber peer, ClockStep step) override;
  Outcome submit(PeerNumber peer, std::string_view event) override;
  Outcome call(PeerNumber peer, std::string_view peerlet, std::string_view method,
               std::span<const CommandValue> values) override;

 private:
  std::expected<Peer*, std::string> running(PeerNumber peer);
  Outcome end(PeerNumber peer);
  /// The model with what peers have been told about their own paths.
  void renew_model();

  Stack& stack_;
  Simulator simulator_;
  VirtualNetwork network_;
  NetworkModelPtr model_;                // the experiment's
  std::vector<NetworkModelPtr> delays_;  // of single peers; empty until one has its own
  std::vector<double> losses_;           // the same
  std::vector<std::vector<std::uint32_t>> neighbours_;
  std::vector<std::unique_ptr<measure::Recorder>> recorders_;  // one a shard
  std::vector<std::unique_ptr<Peer>> peers_;
};

}  // namespace tutti::lab
