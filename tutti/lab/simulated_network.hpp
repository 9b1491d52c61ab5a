// The network of a simulated run: what its fidelity is about. Everything else is World's.
//
// At "message" whole messages travel through virtual channels (net/virtual/virtual_network.hpp): for overlays
// of up to millions of peers. At "packet" each peer has QUIC on a socket that finds the way, as live, and the
// datagrams travel through virtual routers (net/virtual/packet_network.hpp): for the link layer and what
// depends on it, with hundreds of peers.
#pragma once

#include <memory>

#include "tutti/lab/experiment.hpp"
#include "tutti/lab/house.hpp"
#include "tutti/runtime/simulator.hpp"

namespace tutti::lab {

class SimulatedNetwork {
 public:
  virtual ~SimulatedNetwork() = default;

  [[nodiscard]] virtual PeerId peer_id(std::uint32_t number) const = 0;
  /// See House for these three.
  [[nodiscard]] virtual Endpoint endpoint_of(std::uint32_t number) const = 0;
  virtual Peer::Builder link(Peer::Builder builder, const Site& site, LinkOptions links) = 0;
  virtual Peer::Builder reach_all(Peer::Builder builder, const Site& site) = 0;

  virtual void set_model(NetworkModelPtr model) = 0;
  /// Whoever is there dies without a word.
  virtual void vanish(std::uint32_t number) = 0;
  virtual void set_cut(std::uint32_t number, bool cut) = 0;
  virtual void set_group(std::uint32_t number, std::uint32_t group) = 0;
  virtual void set_path_cut(std::uint32_t one, std::uint32_t other, bool cut) = 0;
};

/// For the plan's peers, whose nodes the simulator has already. The plan and the simulator outlive it.
/// `wire`: encode and decode every message even where that is not needed.
std::unique_ptr<SimulatedNetwork> message_level(const Plan& plan, Simulator& simulator, bool wire);
std::unique_ptr<SimulatedNetwork> packet_level(const Plan& plan, Simulator& simulator);

}  // namespace tutti::lab
