// Channels of messages between peers behind NATs: who may connect where, when a relayed channel becomes
// direct, and what becomes of it when the relay goes.
#include <memory>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/net/model/models.hpp"
#include "tutti/net/route/peer_endpoint.hpp"
#include "tutti/net/virtual/virtual_transport.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

struct Remark {
  std::uint32_t number = 0;
};

}  // namespace

template <>
struct MessageTraits<Remark> {
  static constexpr MessageId id{0x7103};
};

namespace {

/// A node, and all that its transport reports.
struct Resident final : TransportHandler {
  void channel_opened(Channel& channel) override { open.push_back(&channel); }
  void message_received(Channel&, const Received& message) override {
    EXPECT_TRUE(message.open<Remark>([&](const Remark& remark) { heard.push_back(remark.number); }));
  }
  void channel_closed(Channel& channel, const Closing& closing) override {
    std::erase(open, &channel);
    closings.push_back(closing);
  }

  std::vector<Channel*> open;
  std::vector<std::uint32_t> heard;
  std::vector<Closing> closings;
  std::unique_ptr<VirtualTransport> transport;
};

/// Rita and Tess in the open, Ada and Bob behind NATs of their own, 10 ms from everybody to everybody.
struct VirtualTown {
  static constexpr std::uint32_t rita = 0;
  static constexpr std::uint32_t tess = 1;
  static constexpr std::uint32_t ada = 2;
  static constexpr std::uint32_t bob = 3;

  VirtualTown(std::string_view of_ada, std::string_view of_bob) {
    network.set_nats({.nats = {{*parse_nat_kind(of_ada)}, {*parse_nat_kind(of_bob)}},
                      .nodes = {std::nullopt, std::nullopt, 0, 1}});
    for (std::uint32_t i = 0; i < 4; ++i) {
      simulator.add_node();
      start(i);
    }
  }
  ~VirtualTown() {
    for (auto& resident : residents) resident.transport.reset();
  }
  void start(std::uint32_t node) {
    auto& resident = residents[node];
    resident.transport = network.attach(simulator.node(node), id(node));
    resident.transport->start(resident);
  }
  static PeerId id(std::uint32_t node) { return VirtualNetwork::peer_id(1, node); }

  void connect(std::uint32_t from, std::uint32_t to) {
    residents[from].transport->connect(VirtualNetwork::endpoint_of(to), {});
  }
  /// To the peer, wherever it is.
  void want(std::uint32_t from, std::uint32_t to) {
    residents[from].transport->connect(peer_endpoint(id(to)), {});
  }
  /// Ada and Bob have channels with Rita.
  void settle() {
    connect(ada, rita);
    connect(bob, rita);
    simulator.run_for(1s);
  }
  /// Ada's channel with Bob; null if there is none.
  Channel* channel(std::uint32_t from = ada, std::uint32_t to = bob) {
    for (auto* each : residents[from].open)
      if (each->remote() == id(to)) return each;
    return nullptr;
  }
  [[nodiscard]] bool is_direct(const Channel& channel) const { return !peer_at(channel.remote_endpoint()); }

  Simulator simulator{1};
  VirtualNetwork network{simulator, constant_delay(10ms)};
  std::array<Resident, 4> residents;
};

TEST(VirtualDetours, a_place_behind_a_NAT_is_reached_only_if_it_lets_in_strangers) {
  VirtualTown strict("port-restricted", "port-restricted");
  strict.connect(VirtualTown::ada, VirtualTown::rita);
  strict.connect(VirtualTown::rita, VirtualTown::bob);
  strict.simulator.run_for(10s);
  EXPECT_NE(strict.channel(VirtualTown::ada, VirtualTown::rita), nullptr);
  EXPECT_EQ(strict.channel(VirtualTown::rita, VirtualTown::bob), nullptr);
  ASSERT_EQ(strict.residents[VirtualTown::rita].closings.size(), 1u);
  EXPECT_EQ(strict.residents[VirtualTown::rita].closings[0].reason, CloseReason::unreachable);

  VirtualTown open("full-cone", "full-cone");
  open.connect(VirtualTown::ada, VirtualTown::bob);
  open.simulator.run_for(1s);
  EXPECT_NE(open.channel(), nullptr);
}

TEST(VirtualDetours, a_peer_that_nobody_knows_is_not_reached) {
  VirtualTown town("port-restricted", "port-restricted");
  town.want(VirtualTown::ada, VirtualTown::bob);
  town.simulator.run_for(1ms);
  ASSERT_EQ(town.residents[VirtualTown::ada].closings.size(), 1u);
  EXPECT_EQ(town.residents[VirtualTown::ada].closings[0].detail,
            "no neighbour could be asked to introduce it");
  town.connect(VirtualTown::ada, VirtualTown::rita);
  town.connect(VirtualTown::bob, VirtualTown::tess);
  town.simulator.run_for(1s);
  town.want(VirtualTown::ada, VirtualTown::bob);
  town.simulator.run_for(6s);
  EXPECT_EQ(town.residents[VirtualTown::ada].closings.size(), 2u);
}

TEST(VirtualDetours, a_channel_between_NATs_becomes_direct_after_four_one_way_delays) {
  VirtualTown town("port-restricted", "address-restricted");
  town.settle();
  town.want(VirtualTown::ada, VirtualTown::bob);
  town.simulator.run_for(39ms);
  EXPECT_EQ(town.channel(), nullptr);
  town.simulator.run_for(41ms);  // four steps of a handshake, two of them over the relay
  ASSERT_NE(town.channel(), nullptr);
  for (const auto& [from, to] :
       {std::pair(VirtualTown::ada, VirtualTown::bob), std::pair(VirtualTown::bob, VirtualTown::ada)}) {
    ASSERT_NE(town.channel(from, to), nullptr);
    EXPECT_TRUE(town.is_direct(*town.channel(from, to)));
  }
  town.channel()->send(Envelope(Remark{1}), Priority::medium);
  town.simulator.run_for(10ms);
  EXPECT_EQ(town.residents[VirtualTown::bob].heard.size(), 1u);
}

TEST(VirtualDetours, a_channel_that_stays_on_its_relay_takes_both_delays_and_says_so) {
  VirtualTown town("symmetric", "symmetric");
  town.settle();
  town.want(VirtualTown::ada, VirtualTown::bob);
  town.simulator.run_for(79ms);
  EXPECT_EQ(town.channel(), nullptr);
  town.simulator.run_for(60s);
  ASSERT_NE(town.channel(), nullptr);
  EXPECT_EQ(town.channel()->remote_endpoint(), peer_endpoint(VirtualTown::id(VirtualTown::rita)));
  town.channel()->send(Envelope(Remark{1}), Priority::medium);
  town.simulator.run_for(19ms);
  EXPECT_TRUE(town.residents[VirtualTown::bob].heard.empty());
  town.simulator.run_for(1ms);
  EXPECT_EQ(town.residents[VirtualTown::bob].heard.size(), 1u);
}

TEST(VirtualDetours, a_symmetric_NAT_and_a_port_restricted_one_are_passed_after_seconds) {
  VirtualTown town("symmetric", "port-restricted");
  town.settle();
  town.want(VirtualTown::ada, VirtualTown::bob);
  town.simulator.run_for(1s);
  ASSERT_NE(town.channel(), nullptr);
  EXPECT_FALSE(town.is_direct(*town.channel()));
  town.simulator.run_for(10s);
  EXPECT_TRUE(town.is_direct(*town.channel()));
}

TEST(VirtualDetours, messages_stay_in_order_when_the_channel_becomes_direct) {
  VirtualTown town("port-restricted", "port-restricted");
  town.network.set_model(*parse_network_model("uniform:5ms-60ms"));
  town.settle();
  town.want(VirtualTown::ada, VirtualTown::bob);
  std::vector<std::uint32_t> said;
  for (std::uint32_t i = 0; i < 500; ++i) {
    town.simulator.run_for(1ms);
    if (auto* channel = town.channel(VirtualTown::bob, VirtualTown::ada)) {
      channel->send(Envelope(Remark{i}), Priority::medium);
      said.push_back(i);
    }
  }
  town.simulator.run_for(1s);
  EXPECT_GT(said.size(), 100u);
  EXPECT_EQ(town.residents[VirtualTown::ada].heard, said);
}

TEST(VirtualDetours, another_relay_takes_over_when_one_dies_and_without_one_the_channel_ends) {
  VirtualTown town("symmetric", "symmetric");
  town.settle();
  town.want(VirtualTown::ada, VirtualTown::bob);
  town.simulator.run_for(1s);
  town.connect(VirtualTown::ada, VirtualTown::tess);
  town.connect(VirtualTown::bob, VirtualTown::tess);
  town.simulator.run_for(1s);
  town.network.vanish(VirtualTown::rita);
  ASSERT_NE(town.channel(), nullptr);
  EXPECT_EQ(town.channel()->remote_endpoint(), peer_endpoint(VirtualTown::id(VirtualTown::tess)));
  town.channel()->send(Envelope(Remark{1}), Priority::medium);
  town.simulator.run_for(1s);
  EXPECT_EQ(town.residents[VirtualTown::bob].heard.size(), 1u);

  town.residents[VirtualTown::tess].transport.reset();
  town.channel()->send(Envelope(Remark{2}), Priority::medium);
  town.simulator.run_for(14s);
  EXPECT_NE(town.channel(), nullptr);
  EXPECT_EQ(town.residents[VirtualTown::bob].heard.size(), 1u);
  town.simulator.run_for(2s);
  EXPECT_EQ(town.channel(), nullptr);
  EXPECT_EQ(town.channel(VirtualTown::bob, VirtualTown::ada), nullptr);
}

TEST(VirtualDetours, a_channel_without_relay_takes_the_next_one_that_comes) {
  VirtualTown town("symmetric", "symmetric");
  town.settle();
  town.want(VirtualTown::ada, VirtualTown::bob);
  town.simulator.run_for(1s);
  town.residents[VirtualTown::rita].transport.reset();
  town.simulator.run_for(5s);
  town.channel()->send(Envelope(Remark{1}), Priority::medium);
  for (const auto from : {VirtualTown::ada, VirtualTown::bob}) town.connect(from, VirtualTown::tess);
  town.simulator.run_for(60s);
  ASSERT_NE(town.channel(), nullptr);
  EXPECT_EQ(town.channel()->remote_endpoint(), peer_endpoint(VirtualTown::id(VirtualTown::tess)));
  EXPECT_EQ(town.residents[VirtualTown::bob].heard.size(), 1u);
}

TEST(VirtualDetours, a_relay_that_is_unplugged_for_a_moment_holds_messages_up_and_loses_none) {
  VirtualTown town("symmetric", "symmetric");
  town.settle();
  town.want(VirtualTown::ada, VirtualTown::bob);
  town.simulator.run_for(1s);
  town.network.set_cut(VirtualTown::rita, true);
  town.channel()->send(Envelope(Remark{1}), Priority::medium);
  town.simulator.run_for(5s);
  EXPECT_TRUE(town.residents[VirtualTown::bob].heard.empty());
  town.network.set_cut(VirtualTown::rita, false);
  town.simulator.run_for(1s);
  EXPECT_EQ(town.residents[VirtualTown::bob].heard.size(), 1u);
}

}  // namespace
}  // namespace tutti
