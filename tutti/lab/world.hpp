// One simulated run: the house of its peers with the network between them, and the stage that scenarios are
// played on.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "tutti/lab/catalogue.hpp"
#include "tutti/lab/personal_paths.hpp"
#include "tutti/lab/simulated_network.hpp"
#include "tutti/lab/stage.hpp"

namespace tutti::lab {

struct WorldOptions {
  std::uint64_t seed = 1;
  unsigned shards = 1;  ///< threads of this one simulation
  bool wire = false;    ///< encode and decode every message: must change no result
  Log log{};
};

class World final : public House, public Stage {
 public:
  /// Nobody is started. The plan and the stack outlive it.
  World(const Plan& plan, Stack& stack, const WorldOptions& options);
  ~World();

  /// Null if it is not running.
  [[nodiscard]] Peer* peer(std::uint32_t number) { return peers_[number].get(); }
  [[nodiscard]] Simulator& simulator() { return simulator_; }
  void run_until(Duration time) { simulator_.run_until(TimePoint(time)); }
  /// What has been counted since the last call.
  struct Taken {
    measure::Measures all;                             ///< by all peers; a gauge is their sum
    std::map<std::uint32_t, measure::Measures> apart;  ///< by each of those that are watched
  };
  Taken take_measures();

  // The house

  [[nodiscard]] std::uint32_t peer_count() const override {
    return static_cast<std::uint32_t>(peers_.size());
  }
  [[nodiscard]] PeerId peer_id(std::uint32_t number) const override { return network_->peer_id(number); }
  [[nodiscard]] Endpoint endpoint_of(std::uint32_t number) const override {
    return network_->endpoint_of(number);
  }
  [[nodiscard]] const std::vector<std::uint32_t>& neighbours(std::uint32_t number) const override {
    return neighbours_[number];
  }
  [[nodiscard]] TimePoint now() const override { return simulator_.now(); }
  [[nodiscard]] Board& board() override { return board_; }
  [[nodiscard]] const Board& board() const override { return board_; }
  Peer::Builder build(const Site& site) override;
  Peer::Builder link(Peer::Builder builder, const Site& site, LinkOptions links) override;
  Peer::Builder reach_all(Peer::Builder builder, const Site& site) override;

  // The stage

  [[nodiscard]] bool is_running(PeerNumber peer) const override { return peers_[peer.value()] != nullptr; }
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
  Stack& stack_;
  const NetworkReader& networks_;
  Simulator simulator_;
  std::unique_ptr<SimulatedNetwork> network_;
  PersonalPaths paths_;
  std::vector<std::vector<std::uint32_t>> neighbours_;
  std::vector<Board::Cell> cells_;
  Board board_;
  std::vector<std::unique_ptr<measure::Recorder>> recorders_;  // one a shard, for all that are not watched
  std::map<std::uint32_t, std::unique_ptr<measure::Recorder>> watched_;  // by peer
  std::vector<std::unique_ptr<Peer>> peers_;
};

}  // namespace tutti::lab
