#include <optional>
#include <utility>
#include <vector>

#include "tutti/base/require.hpp"
#include "tutti/lab/identities.hpp"
#include "tutti/lab/simulated_network.hpp"
#include "tutti/link/link_layer.hpp"
#include "tutti/net/quic/quic_transport.hpp"
#include "tutti/net/route/peer_endpoint.hpp"
#include "tutti/net/virtual/packet_network.hpp"

namespace tutti::lab {
namespace {

constexpr std::uint16_t port = 4000;

class PacketLevel final : public SimulatedNetwork {
 public:
  PacketLevel(const Plan& plan, Simulator& simulator)
      : simulator_(simulator),
        network_(simulator, plan.model),
        nats_(plan.nats),
        ids_(ids_of(simulator.seed(), plan.topology.peers)),
        mesh_(plan.mesh) {
    std::vector<PacketNetwork::NatId> added;
    for (const auto& [kind, behind] : nats_.nats)
      added.push_back(network_.add_nat(kind, behind ? std::optional(added.at(*behind)) : std::nullopt));
    for (std::uint32_t i = 0; i < plan.topology.peers; ++i)
      if (const auto nat = nats_.nat_of(i)) network_.place(i, added.at(*nat));
  }

  [[nodiscard]] PeerId peer_id(std::uint32_t number) const override { return ids_[number]; }
  [[nodiscard]] Endpoint endpoint_of(std::uint32_t number) const override {
    return nats_.nat_of(number) ? peer_endpoint(ids_[number]) : network_.endpoint_of(number, port);
  }
  Peer::Builder link(Peer::Builder builder, const Site& site, LinkOptions links) override {
    auto& node = simulator_.node(site.number);
    const auto identity = identity_of(simulator_.seed(), site.number);
    auto inner = network_.bind(node, port);
    require(inner != nullptr, "a peer has one transport at a time");
    auto socket = std::make_unique<RoutedSocket>(node, identity.peer(), std::move(inner),
                                                 [this, &node] { return network_.bind(node); });
    auto& routes = *socket;
    return add_link_layer(std::move(builder),
                          std::make_unique<QuicTransport>(node, std::move(socket), identity), routes,
                          identity,
                          {.links = std::move(links),
                           .introductions = {.internal =
                                                 [this, number = site.number] {
                                                   return std::vector{network_.endpoint_of(number, port)};
                                                 }},
                           .mesh = {.wanted = mesh_}});
  }
  Peer::Builder reach_all(Peer::Builder builder, const Site& site) override {
    return link(std::move(builder), site, links_with_all(site));
  }

  void set_model(NetworkModelPtr model) override { network_.set_model(std::move(model)); }
  void vanish(std::uint32_t number) override { network_.vanish(number); }
  void set_cut(std::uint32_t number, bool cut) override { network_.cuts().set_cut(number, cut); }
  void set_group(std::uint32_t number, std::uint32_t group) override {
    network_.cuts().set_group(number, group);
  }
  void set_path_cut(std::uint32_t one, std::uint32_t other, bool cut) override {
    network_.cuts().set_path_cut(one, other, cut);
  }

 private:
  Simulator& simulator_;
  PacketNetwork network_;
  const NatLayout& nats_;
  std::vector<PeerId> ids_;
  std::size_t mesh_;
};

}  // namespace

std::unique_ptr<SimulatedNetwork> packet_level(const Plan& plan, Simulator& simulator) {
  return std::make_unique<PacketLevel>(plan, simulator);
}

}  // namespace tutti::lab
