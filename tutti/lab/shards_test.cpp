// One simulation on several threads: the same trace, whatever runs in it.
#include <bit>
#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/lab/averaging.hpp"
#include "tutti/link/direct_carrier.hpp"
#include "tutti/link/link_manager.hpp"
#include "tutti/net/model/models.hpp"
#include "tutti/net/virtual/virtual_transport.hpp"
#include "tutti/overlay/flood.hpp"

namespace tutti::lab {
namespace {

using namespace std::chrono_literals;

struct Trace {
  std::uint64_t hash = 0;
  std::uint64_t events = 0;

  bool operator==(const Trace&) const = default;
};

class Everybody final : public PeerSampler {
 public:
  Everybody(std::uint64_t seed, std::uint32_t count) : seed_(seed), count_(count) {}
  [[nodiscard]] PeerId sample(Random& random) const override {
    return VirtualNetwork::peer_id(seed_, static_cast<std::uint32_t>(random.below(count_)));
  }

 private:
  std::uint64_t seed_;
  std::uint32_t count_;
};

/// Gossip without links, with a peer that is killed and one that comes late.
Trace gossip(std::uint64_t seed, unsigned shards, bool wire) {
  constexpr std::uint32_t count = 300;
  Simulator simulator(seed, shards);
  VirtualNetwork network(simulator, *parse_network_model("uniform:5ms-80ms+loss:2%+duplicate:1%"),
                         {.wire = wire});
  const Everybody everybody(seed, count);
  std::vector<std::unique_ptr<Peer>> peers;
  const auto start = [&](std::uint32_t i) {
    return Peer::build(simulator.node(i), VirtualNetwork::peer_id(seed, i))
        .add<DirectCarrier>(network, i)
        .add<Averaging>(static_cast<const PeerSampler&>(everybody), static_cast<double>(i))
        .start();
  };
  for (std::uint32_t i = 0; i < count; ++i) {
    simulator.add_node();
    peers.push_back(i == 7 ? nullptr : start(i));
  }
  simulator.node(3).set_drift(500);
  simulator.run_for(3s);
  network.vanish(5);
  peers[5].reset();
  peers[7] = start(7);
  simulator.run_for(3s);
  for (std::uint32_t i = 0; i < count; ++i)
    if (peers[i]) simulator.node(i).trace(std::bit_cast<std::uint64_t>(peers[i]->find<Averaging>()->value()));
  return {simulator.trace_hash(), simulator.event_count()};
}

/// Says something now and then and counts what it hears.
class Crier final : public Peerlet, private BroadcastListener {
 public:
  void init(Peer& peer) override {
    peer_ = &peer;
    broadcaster_ = peer.find<Broadcaster>();
    broadcaster_->set_listener(*this);
    timer_.emplace(peer.runtime(), [this] {
      broadcaster_->broadcast(Bytes(8, static_cast<std::uint8_t>(peer_->random()())));
      wait();
    });
  }
  void start() override { wait(); }
  void stop() override { timer_.reset(); }

  std::uint64_t heard = 0;

 private:
  std::expected<Reception, std::string> broadcast_received(Origin, Sequence, ByteView, ByteView) override {
    ++heard;
    return {};
  }
  std::expected<void, std::string> announcement_received(Origin, ByteView) override { return {}; }
  void wait() { timer_->arm(from_seconds(0.5 * peer_->random().exponential())); }

  Peer* peer_ = nullptr;
  Broadcaster* broadcaster_ = nullptr;
  std::optional<Timer> timer_;
};

/// Flooding over links on a ring with chords, with a peer that leaves, one that is killed, and a partition.
Trace flooding(std::uint64_t seed, unsigned shards, bool wire) {
  constexpr std::uint32_t count = 24;
  Simulator simulator(seed, shards);
  VirtualNetwork network(simulator, *parse_network_model("uniform:10ms-60ms+loss:1%"), {.wire = wire});
  std::vector<std::unique_ptr<Peer>> peers(count);
  const auto start = [&](std::uint32_t i) {
    const auto id = VirtualNetwork::peer_id(seed, i);
    LinkOptions links{.network = "shards 1"};
    for (const std::uint32_t step : {1u, 5u})
      links.targets.push_back({VirtualNetwork::endpoint_of((i + step) % count), {}});
    peers[i] = Peer::build(simulator.node(i), id)
                   .add<LinkManager>(network.attach(simulator.node(i), id), std::move(links))
                   .add<Flood>()
                   .add<Crier>()
                   .start();
  };
  for (std::uint32_t i = 0; i < count; ++i) simulator.add_node();
  for (std::uint32_t i = 0; i < count; ++i) start(i);
  simulator.run_for(3s);
  network.vanish(2);
  peers[2].reset();
  peers[9].reset();
  for (std::uint32_t i = 0; i < count / 2; ++i) network.set_group(i, 1);
  simulator.run_for(20s);
  for (std::uint32_t i = 0; i < count / 2; ++i) network.set_group(i, 0);
  start(2);
  start(9);
  simulator.run_for(10s);
  std::uint64_t heard = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    simulator.node(i).trace(peers[i]->find<Crier>()->heard);
    heard += peers[i]->find<Crier>()->heard;
  }
  EXPECT_GT(heard, 10'000u);
  return {simulator.trace_hash(), simulator.event_count()};
}

template <typename Run>
void expect_equal_traces(Run run) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const Trace alone = run(seed, 1, false);
    EXPECT_GT(alone.events, 1000u);
    for (const unsigned shards : {2u, 3u}) EXPECT_EQ(run(seed, shards, false), alone) << "seed " << seed;
    EXPECT_EQ(run(seed, 1, true), alone) << "seed " << seed;
    EXPECT_EQ(run(seed, 2, true), alone) << "seed " << seed;
    EXPECT_NE(run(seed + 100, 1, false), alone) << "seed " << seed;
  }
}

TEST(Shards, gossip_leaves_the_same_trace_on_any_number_of_threads_and_over_the_wire) {
  expect_equal_traces(gossip);
}

TEST(Shards, flooding_over_links_leaves_the_same_trace_on_any_number_of_threads_and_over_the_wire) {
  expect_equal_traces(flooding);
}

TEST(Shards, without_a_lookahead_take_turns_with_the_same_trace) {
  const auto run = [](unsigned shards) {
    Simulator simulator(1, shards);
    VirtualNetwork network(simulator, *parse_network_model("normal:20ms,20ms"));
    EXPECT_EQ(network.model().delay_min(), Duration::zero());
    const Everybody everybody(1, 50);
    std::vector<std::unique_ptr<Peer>> peers;
    for (std::uint32_t i = 0; i < 50; ++i) {
      auto& node = simulator.add_node();
      peers.push_back(Peer::build(node, VirtualNetwork::peer_id(1, i))
                          .add<DirectCarrier>(network, i)
                          .add<Averaging>(static_cast<const PeerSampler&>(everybody), 1.0 * i)
                          .start());
    }
    simulator.run_for(5s);
    return simulator.trace_hash();
  };
  EXPECT_EQ(run(1), run(2));
}

}  // namespace
}  // namespace tutti::lab
