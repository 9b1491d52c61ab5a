// Where a peer that says it has moved is believed to be.
#include <memory>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/net/quic/quic_test_world.hpp"
#include "tutti/net/route/peer_endpoint.hpp"
#include "tutti/net/route/routed_socket.hpp"
#include "tutti/net/virtual/packet_network.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using quic_test::Numbered;

/// Somebody who has asked for nothing.
struct Victim final : DatagramHandler {
  Victim(PacketNetwork& network, SimRuntime& node) : socket(network.bind(node, 53)) { socket->start(*this); }
  void datagrams_received(std::span<const Datagram> datagrams) override {
    for (const auto& datagram : datagrams) received += datagram.bytes.size();
  }
  std::unique_ptr<DatagramSocket> socket;
  std::size_t received = 0;
};

/// A socket whose owner can name the victim as the source of what it sends.
class ForgingSocket final : public DatagramSocket {
 public:
  ForgingSocket(std::unique_ptr<DatagramSocket> own, Victim& victim)
      : own_(std::move(own)), victim_(victim) {}
  void start(DatagramHandler& handler) override { own_->start(handler); }
  void send(const Endpoint& target, ByteView bytes, std::size_t segment_bytes) override {
    if (forging) forged += bytes.size();
    (forging ? *victim_.socket : *own_).send(target, bytes, segment_bytes);
  }
  [[nodiscard]] Endpoint local_endpoint() const override { return own_->local_endpoint(); }

  bool forging = false;
  std::size_t forged = 0;

 private:
  std::unique_ptr<DatagramSocket> own_;
  Victim& victim_;
};

struct PathValidation : testing::Test {
  static constexpr std::uint32_t ada = 0;
  static constexpr std::uint32_t bob = 1;
  static constexpr std::uint32_t eve = 2;

  PathValidation() : network(simulator, *parse_network_model("constant:25ms")) {
    for (int i = 0; i < 3; ++i) simulator.add_node();
    victim = std::make_unique<Victim>(network, simulator.node(eve));
    auto forging = std::make_unique<ForgingSocket>(network.bind(simulator.node(ada), 4000), *victim);
    forger = forging.get();
    nodes[ada] = live(ada, std::move(forging));
    nodes[bob] = live(bob, network.bind(simulator.node(bob), 4000));
  }
  std::unique_ptr<quic_test::Node> live(std::uint32_t index, std::unique_ptr<DatagramSocket> socket) {
    const auto identity = Identity::from_seed({static_cast<std::uint8_t>(index)});
    auto routed = std::make_unique<RoutedSocket>(simulator.node(index), identity.peer(), std::move(socket));
    sockets[index] = routed.get();
    return std::make_unique<quic_test::Node>(simulator.node(index), std::move(routed), QuicOptions{},
                                             identity);
  }
  /// Ada's channel to Bob, who then knows her by name.
  Channel& connect() {
    auto& channel = (*nodes[ada])->connect(network.endpoint_of(bob, 4000), id(bob));
    simulator.run_for(1s);
    return channel;
  }
  [[nodiscard]] PeerId id(std::uint32_t who) { return (*nodes[who])->local_peer(); }
  [[nodiscard]] Endpoint seen_by_bob() const {
    return nodes[bob]->open.empty() ? Endpoint{} : nodes[bob]->open.front()->remote_endpoint();
  }

  Simulator simulator{7};
  PacketNetwork network;
  std::unique_ptr<Victim> victim;
  ForgingSocket* forger = nullptr;
  std::array<RoutedSocket*, 2> sockets{};
  std::array<std::unique_ptr<quic_test::Node>, 2> nodes;
};

TEST_F(PathValidation, a_peer_that_forges_its_source_turns_no_traffic_on_others) {
  auto& to_bob = connect();
  ASSERT_EQ(nodes[bob]->open.size(), 1u);
  auto& to_ada = *nodes[bob]->open.front();
  forger->forging = true;
  std::uint32_t number = 0;
  for (int i = 0; i < 100; ++i) {
    to_ada.send(Envelope(Numbered::make(0, number++, 1000)), Priority::high);
    to_bob.send(Envelope(Numbered::make(0, number++, 1)), Priority::high);
    simulator.run_for(30ms);
  }
  EXPECT_GT(forger->forged, 0u);
  EXPECT_GT(victim->received, 0u) << "it is asked whether she is there";
  EXPECT_LE(victim->received, 3 * forger->forged);
  EXPECT_LT(victim->received, 10'000u) << "of 100,000 bytes that were for her";
  EXPECT_EQ(seen_by_bob(), network.endpoint_of(ada, 4000));
  // Honest again, she gets it all.
  forger->forging = false;
  simulator.run_for(5s);
  EXPECT_EQ(nodes[ada]->numbers[0].size(), 100u);
  EXPECT_TRUE(nodes[ada]->closed.empty());
}

TEST_F(PathValidation, a_peer_whose_nat_forgets_it_is_followed_once_it_has_answered_there) {
  const auto nat = network.add_nat(*parse_nat_kind("port-restricted"));
  network.place(ada, nat);
  auto& channel = connect();
  const auto before = seen_by_bob();
  network.nat(nat).reboot();
  channel.send(Envelope(Numbered::make(0, 0, 100)), Priority::high);
  simulator.run_for(70ms);  // there, and the check back
  EXPECT_GT(sockets[bob]->counters().checks_sent, 0u);
  EXPECT_EQ(seen_by_bob(), before);
  simulator.run_for(10ms);  // and its answer
  EXPECT_NE(seen_by_bob(), before);
  nodes[bob]->open.front()->send(Envelope(Numbered::make(0, 0, 100)), Priority::high);
  simulator.run_for(100ms);
  EXPECT_EQ(nodes[ada]->numbers[0].size(), 1u);
}

TEST_F(PathValidation, a_lost_check_is_repeated_with_the_next_packet) {
  const auto nat = network.add_nat(*parse_nat_kind("port-restricted"));
  network.place(ada, nat);
  auto& channel = connect();
  const auto before = seen_by_bob();
  network.nat(nat).reboot();
  network.set_model(*parse_network_model("constant:25ms+loss:50%"));
  for (std::uint32_t i = 0; i < 50; ++i) {
    channel.send(Envelope(Numbered::make(0, i, 100)), Priority::high);
    simulator.run_for(100ms);
  }
  EXPECT_NE(seen_by_bob(), before);
  network.set_model(*parse_network_model("constant:25ms"));
  simulator.run_for(10s);
  EXPECT_EQ(nodes[bob]->numbers[0].size(), 50u);
}

TEST_F(PathValidation, a_channel_that_is_gone_leaves_no_key) {
  auto& channel = connect();
  channel.close("enough");
  simulator.run_for(5s);
  EXPECT_TRUE(nodes[bob]->open.empty());
  for (const auto who : {ada, bob}) EXPECT_EQ(sockets[who]->routes_to(id(1 - who)), nullptr);
}

/// Hands over together what comes within a while, as a busy machine's socket does.
class Gathering final : public DatagramSocket, private DatagramHandler {
 public:
  Gathering(Runtime& runtime, std::unique_ptr<DatagramSocket> inner)
      : inner_(std::move(inner)), timer_(runtime, [this] { hand_over(); }) {}
  void start(DatagramHandler& handler) override {
    above_ = &handler;
    inner_->start(*this);
  }
  void send(const Endpoint& target, ByteView bytes, std::size_t segment_bytes) override {
    inner_->send(target, bytes, segment_bytes);
  }
  [[nodiscard]] Endpoint local_endpoint() const override { return inner_->local_endpoint(); }

 private:
  void datagrams_received(std::span<const Datagram> datagrams) override {
    for (const auto& datagram : datagrams)
      gathered_.emplace_back(Bytes(datagram.bytes.begin(), datagram.bytes.end()), datagram.source);
    if (!timer_.armed()) timer_.arm(1ms);
  }
  void hand_over() {
    const auto gathered = std::exchange(gathered_, {});
    std::vector<Datagram> together;
    for (const auto& [bytes, source] : gathered) together.push_back({bytes, source});
    above_->datagrams_received(together);
  }

  std::unique_ptr<DatagramSocket> inner_;
  DatagramHandler* above_ = nullptr;
  std::vector<std::pair<Bytes, Endpoint>> gathered_;
  Timer timer_;
};

TEST_F(PathValidation, what_comes_together_with_the_end_of_a_handshake_is_no_sighting) {
  nodes[ada] =
      live(ada, std::make_unique<Gathering>(simulator.node(ada), network.bind(simulator.node(ada), 4001)));
  nodes[bob]->on_open = [](Channel& channel) {
    for (std::uint32_t i = 0; i < 20; ++i) channel.send(Envelope(Numbered::make(0, i, 1000)), Priority::high);
  };
  connect();
  ASSERT_EQ(nodes[ada]->numbers[0].size(), 20u);
  for (const auto* socket : sockets) {
    EXPECT_EQ(socket->counters().sightings, 0u);
    EXPECT_EQ(socket->counters().checks_forged, 0u);
  }
}

}  // namespace
}  // namespace tutti
