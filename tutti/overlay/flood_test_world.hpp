// For tests: peers that say things to all others by flooding, on a virtual network.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/link/link_manager.hpp"
#include "tutti/net/model/models.hpp"
#include "tutti/net/virtual/virtual_transport.hpp"
#include "tutti/overlay/flood.hpp"

namespace tutti::flood_test {

/// Says numbers and remembers what it hears.
class Crier final : public Peerlet, public BroadcastListener {
 public:
  void init(Peer& peer) override { peer_ = &peer; }
  void find_others(Peer& peer) override {
    broadcaster_ = peer.find<Broadcaster>();
    broadcaster_->set_listener(*this);
  }
  void say() {
    const auto sequence = broadcaster_->broadcast({1, 2, 3});
    heard.emplace(peer_->origin(), sequence);
  }
  void announce(std::uint8_t value) { broadcaster_->announce({value}); }
  void pulse(std::uint8_t value) { broadcaster_->pulse({value}); }
  std::expected<Reception, std::string> broadcast_received(Origin origin, Sequence sequence, ByteView payload,
                                                           ByteView /*seal*/) override {
    if (payload.size() == 1) return std::unexpected("a broadcast that nobody wants");
    if (too_late) return Reception::ignored;
    EXPECT_TRUE(heard.emplace(origin, sequence).second) << "heard twice";
    return {};
  }
  std::expected<Reception, std::string> broadcast_corrected(Origin origin, Sequence sequence,
                                                            ByteView /*former*/, ByteView payload,
                                                            ByteView seal) override {
    EXPECT_EQ(heard.erase({origin, sequence}), 1u) << "was never heard";
    return broadcast_received(origin, sequence, payload, seal);
  }
  std::expected<void, std::string> announcement_received(Origin origin, ByteView payload) override {
    announced[origin.peer] = payload.front();
    return {};
  }

  std::expected<void, std::string> pulse_received(Origin origin, ByteView payload) override {
    if (payload.front() == 0) return std::unexpected("a pulse that nobody wants");
    pulsed[origin.peer].push_back(payload.front());
    return {};
  }

  std::set<std::pair<Origin, Sequence>> heard;
  std::map<PeerId, int> announced;
  std::map<PeerId, std::vector<int>> pulsed;
  bool too_late = false;  ///< whatever it hears

 private:
  Peer* peer_ = nullptr;
  Broadcaster* broadcaster_ = nullptr;
};

class World {
 public:
  World(std::uint64_t seed, std::string_view model, FloodOptions flood = {})
      : simulator(seed), network(simulator, *parse_network_model(model)), flood_(std::move(flood)) {}

  /// A peer linked with the given ones.
  void add(std::vector<std::uint32_t> targets) {
    simulator.add_node();
    peers.emplace_back();
    targets_.push_back(std::move(targets));
    start(static_cast<std::uint32_t>(peers.size() - 1));
  }
  void start(std::uint32_t node) {
    LinkOptions links{.network = "test", .name = fmt::format("peer {}", node)};
    for (const auto target : targets_[node])
      links.targets.push_back({VirtualNetwork::endpoint_of(target), {}});
    auto flood = flood_;
    if (signing) flood.signing = signing(identity(node));
    const auto id = signing ? identity(node).peer() : VirtualNetwork::peer_id(simulator.seed(), node);
    peers[node] = Peer::build(simulator.node(node), id)
                      .add<LinkManager>(network.attach(simulator.node(node), id), std::move(links))
                      .add<Flood>(std::move(flood))
                      .add<Crier>()
                      .measure(recorder)
                      .start();
  }
  /// Who a peer is where things are signed.
  static Identity identity(std::uint32_t node) {
    Identity::Seed bytes{};
    bytes[0] = static_cast<std::uint8_t>(node);
    return Identity::from_seed(bytes);
  }
  Crier& crier(std::size_t node) { return *peers[node]->find<Crier>(); }
  Flood& flood(std::size_t node) { return *peers[node]->find<Flood>(); }

  /// How a peer signs; nothing is signed if there is none. Set before peers are added.
  std::function<Signing(const Identity&)> signing;

  Simulator simulator;
  measure::Recorder recorder{TimePoint{}};  // of all peers together
  VirtualNetwork network;
  std::vector<std::unique_ptr<Peer>> peers;

 private:
  FloodOptions flood_;
  std::vector<std::vector<std::uint32_t>> targets_;
};

}  // namespace tutti::flood_test
