#include <utility>

#include "tutti/lab/live_run.hpp"
#include "tutti/lab/simulated_network.hpp"
#include "tutti/link/direct_carrier.hpp"
#include "tutti/link/mesh.hpp"
#include "tutti/net/route/peer_endpoint.hpp"
#include "tutti/net/virtual/virtual_transport.hpp"

namespace tutti::lab {
namespace {

/// Among so many, everybody is linked with everybody, as live; more would be of nothing but links.
constexpr std::uint32_t linked_peers_max = live_peers_max;

class MessageLevel final : public SimulatedNetwork {
 public:
  MessageLevel(const Plan& plan, Simulator& simulator, bool wire)
      : simulator_(simulator),
        network_(simulator, plan.model, {.wire = wire}),
        nats_(plan.nats),
        peers_(plan.topology.peers),
        mesh_(plan.mesh) {
    if (!nats_.nats.empty()) network_.set_nats(nats_);
  }

  [[nodiscard]] PeerId peer_id(std::uint32_t number) const override {
    return VirtualNetwork::peer_id(simulator_.seed(), number);
  }
  [[nodiscard]] Endpoint endpoint_of(std::uint32_t number) const override {
    return nats_.nat_of(number) ? peer_endpoint(peer_id(number)) : VirtualNetwork::endpoint_of(number);
  }
  Peer::Builder link(Peer::Builder builder, const Site& site, LinkOptions links) override {
    auto& node = simulator_.node(site.number);
    builder = std::move(builder).add<LinkManager>(network_.attach(node, site.id()), std::move(links));
    return mesh_ == 0 ? std::move(builder) : std::move(builder).add<Mesh>(MeshOptions{.wanted = mesh_});
  }
  Peer::Builder reach_all(Peer::Builder builder, const Site& site) override {
    if (!nats_.nats.empty() || peers_ <= linked_peers_max)
      return link(std::move(builder), site, links_with_all(site));
    return std::move(builder).add<DirectCarrier>(network_, site.number);
  }

  void set_model(NetworkModelPtr model) override { network_.set_model(std::move(model)); }
  void vanish(std::uint32_t number) override { network_.vanish(number); }
  void set_cut(std::uint32_t number, bool cut) override { network_.set_cut(number, cut); }
  void set_group(std::uint32_t number, std::uint32_t group) override { network_.set_group(number, group); }
  void set_path_cut(std::uint32_t one, std::uint32_t other, bool cut) override {
    network_.set_path_cut(one, other, cut);
  }

 private:
  Simulator& simulator_;
  VirtualNetwork network_;
  const NatLayout& nats_;
  std::uint32_t peers_;
  std::size_t mesh_;
};

}  // namespace

std::unique_ptr<SimulatedNetwork> message_level(const Plan& plan, Simulator& simulator, bool wire) {
  return std::make_unique<MessageLevel>(plan, simulator, wire);
}

}  // namespace tutti::lab
