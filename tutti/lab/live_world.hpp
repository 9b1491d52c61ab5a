// One process of a live run: the house of its one peer, and the stage on which that peer's part of the
// scenario is played. The peer stops and starts within the process, which keeps its socket and what it has
// counted; a peer that is killed is gone without a goodbye, and what it counted is kept all the same.
//
// Calls of other peers are theirs to make. Only what they do to the network is noted here, see
// live_network.hpp.
#pragma once

#include <memory>
#include <vector>

#include "tutti/lab/aggregation.hpp"
#include "tutti/lab/catalogue.hpp"
#include "tutti/lab/lasting_socket.hpp"
#include "tutti/lab/live_network.hpp"
#include "tutti/lab/stage.hpp"
#include "tutti/net/identity.hpp"
#include "tutti/runtime/own_clock_runtime.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti::lab {

struct LivePlace {
  std::uint32_t number = 0;         ///< of this process' peer
  std::uint64_t seed = 0;           ///< of the run
  TimePoint start{};                ///< of the experiment, by the machine's clock
  std::vector<Endpoint> endpoints;  ///< of all peers
};

class LiveWorld final : public House, public Stage {
 public:
  /// Nobody is started. `socket` is bound to the peer's endpoint; `answer` says what the peer answers when
  /// the run's measures are gathered. The plan, the stack, the board and the runtime outlive it.
  LiveWorld(const Plan& plan, Stack& stack, RealRuntime& runtime, std::unique_ptr<DatagramSocket> socket,
            Board& board, LivePlace place, Aggregation::Source answer);
  ~LiveWorld();

  /// Null if it is not running.
  [[nodiscard]] Peer* peer() { return peer_.get(); }
  [[nodiscard]] measure::Recorder& recorder() { return recorder_; }
  /// The peer's own clock at a moment of the experiment.
  [[nodiscard]] TimePoint clock_at(Duration moment) const { return clock_.reading(place_.start + moment); }
  /// Takes back what the scenario has done to the network and to this peer, and starts it if it is not
  /// running: so that all are there to be asked.
  Outcome recover();

  // The house

  [[nodiscard]] std::uint32_t peer_count() const override {
    return static_cast<std::uint32_t>(place_.endpoints.size());
  }
  [[nodiscard]] PeerId peer_id(std::uint32_t number) const override { return ids_[number]; }
  [[nodiscard]] Endpoint endpoint_of(std::uint32_t number) const override { return place_.endpoints[number]; }
  [[nodiscard]] const std::vector<std::uint32_t>& neighbours(std::uint32_t number) const override {
    return neighbours_[number];
  }
  [[nodiscard]] TimePoint now() const override { return TimePoint(runtime_.now() - place_.start); }
  [[nodiscard]] Board& board() override { return board_; }
  [[nodiscard]] const Board& board() const override { return board_; }
  Peer::Builder build(const Site& site) override;
  Peer::Builder link(Peer::Builder builder, const Site& site, LinkOptions links) override;
  Peer::Builder reach_all(Peer::Builder builder, const Site& site) override;

  // The stage

  /// No other peer runs here.
  [[nodiscard]] bool is_running(PeerNumber peer) const override { return mine(peer) && peer_ != nullptr; }
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
  [[nodiscard]] bool mine(PeerNumber peer) const { return peer.value() == place_.number; }
  std::expected<Peer*, std::string> running();
  Outcome end();

  Stack& stack_;
  const NetworkReader& networks_;
  RealRuntime& runtime_;
  OwnClockRuntime clock_;
  Board& board_;
  LivePlace place_;
  Aggregation::Source answer_;
  std::vector<std::vector<std::uint32_t>> neighbours_;
  std::vector<PeerId> ids_;
  Identity identity_;
  LiveNetwork network_;
  LastingSocket socket_;
  measure::Recorder recorder_;
  std::unique_ptr<Peer> peer_;
};

}  // namespace tutti::lab
