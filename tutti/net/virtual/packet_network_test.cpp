#include "tutti/net/virtual/packet_network.hpp"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/net/model/models.hpp"
#include "tutti/net/quic/quic_test_world.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using quic_test::Numbered;

NetworkModelPtr model(std::string_view text) {
  return parse_network_model(text).value();  // throws where a test is wrong
}

/// A socket, and everything that it has received.
class Ear final : private DatagramHandler {
 public:
  Ear(PacketNetwork& network, SimRuntime& node, std::uint16_t port = 4000)
      : node_(node), socket_(network.bind(node, port)) {
    socket_->start(*this);
  }

  void say(const Endpoint& target, std::string_view text) {
    socket_->send(target, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, text.size());
  }
  [[nodiscard]] Endpoint endpoint() const { return socket_->local_endpoint(); }

  struct Heard {
    Endpoint source;
    std::string text;
    TimePoint at;
  };
  std::vector<Heard> heard;

 private:
  void datagrams_received(std::span<const Datagram> datagrams) override {
    for (const auto& [bytes, source] : datagrams)
      heard.push_back({source, {bytes.begin(), bytes.end()}, node_.now()});
  }

  SimRuntime& node_;
  std::unique_ptr<DatagramSocket> socket_;
};

struct PacketWorld : testing::Test {
  PacketWorld() {
    for (int i = 0; i < 6; ++i) simulator.add_node();
  }
  SimRuntime& node(std::uint32_t index) { return simulator.node(index); }
  PacketNetwork::NatId nat(std::string_view kind, std::optional<PacketNetwork::NatId> behind = {}) {
    return network.add_nat(*parse_nat_kind(kind), behind);
  }

  Simulator simulator{7};
  PacketNetwork network{simulator, model("constant:20ms")};
};

TEST_F(PacketWorld, a_datagram_takes_what_the_model_says) {
  Ear a(network, node(0));
  Ear b(network, node(1));
  a.say(b.endpoint(), "hello");
  simulator.run_for(1s);
  ASSERT_EQ(b.heard.size(), 1u);
  EXPECT_EQ(b.heard[0].source, a.endpoint());
  EXPECT_EQ(b.heard[0].text, "hello");
  EXPECT_EQ(b.heard[0].at, TimePoint(20ms));
}

TEST_F(PacketWorld, nothing_passes_a_broken_path_whatever_NATs_there_are) {
  const auto home = nat("full-cone");
  for (const auto index : {1u, 2u}) network.place(index, home);
  Ear a(network, node(0));
  Ear b(network, node(1));
  Ear c(network, node(2));
  const auto say_all = [&] {
    b.say(a.endpoint(), "out");
    b.say(c.endpoint(), "across");
    simulator.run_for(1s);
  };
  const auto heard = [&] { return std::pair(a.heard.size(), c.heard.size()); };
  say_all();
  EXPECT_EQ(heard(), std::pair(1ul, 1ul));
  network.cuts().set_path_cut(0, 1, true);
  say_all();
  EXPECT_EQ(heard(), std::pair(1ul, 2ul));
  network.cuts().set_path_cut(1, 0, false);
  network.cuts().set_group(1, 7);
  say_all();
  EXPECT_EQ(heard(), std::pair(1ul, 2ul));
  network.cuts().set_group(1, 0);
  network.cuts().set_cut(1, true);
  say_all();
  EXPECT_EQ(heard(), std::pair(1ul, 2ul));
  network.cuts().set_cut(1, false);
  say_all();
  EXPECT_EQ(heard(), std::pair(2ul, 3ul));
  EXPECT_EQ(network.counters().cut, 5u);
}

TEST_F(PacketWorld, who_dies_says_nothing_more_and_hears_nothing_until_it_starts_again) {
  Ear a(network, node(0));
  {
    Ear b(network, node(1));
    network.vanish(1);
    b.say(a.endpoint(), "goodbye");
  }
  Ear again(network, node(1));
  again.say(a.endpoint(), "hello");
  simulator.run_for(1s);
  ASSERT_EQ(a.heard.size(), 1u);
  EXPECT_EQ(a.heard[0].text, "hello");
}

TEST_F(PacketWorld, a_batch_is_as_many_datagrams_as_it_has_segments) {
  Ear b(network, node(1));
  const auto socket = network.bind(node(0));
  const Bytes bytes(2500, 'x');
  socket->send(b.endpoint(), bytes, 1200);
  simulator.run_for(1s);
  ASSERT_EQ(b.heard.size(), 3u);
  EXPECT_EQ(b.heard[2].text.size(), 100u);
}

TEST_F(PacketWorld, a_narrow_path_queues_and_drops) {
  network.set_model(model("constant:20ms+bandwidth:8Mbit,5000B"));
  Ear a(network, node(0));
  Ear b(network, node(1));
  for (int i = 0; i < 10; ++i) a.say(b.endpoint(), std::string(1000, 'x'));
  simulator.run_for(1s);
  ASSERT_EQ(b.heard.size(), 5u);
  EXPECT_EQ(b.heard[4].at, TimePoint(25ms));
  EXPECT_EQ(network.counters().queue_full, 5u);
}

TEST_F(PacketWorld, ports_belong_to_one_socket_at_a_time) {
  auto first = network.bind(node(0), 4000);
  EXPECT_EQ(network.bind(node(0), 4000), nullptr);
  EXPECT_NE(network.bind(node(1), 4000), nullptr);
  const auto own = network.bind(node(0));
  EXPECT_NE(own->local_endpoint().port, network.bind(node(0))->local_endpoint().port);
  first.reset();
  EXPECT_NE(network.bind(node(0), 4000), nullptr);
}

TEST_F(PacketWorld, who_is_behind_a_nat_is_seen_outside_and_answered_there) {
  network.place(0, nat("port-restricted"));
  Ear a(network, node(0));
  Ear b(network, node(1));
  Ear stranger(network, node(2));
  a.say(b.endpoint(), "hello");
  simulator.run_for(1s);
  ASSERT_EQ(b.heard.size(), 1u);
  const auto seen = b.heard[0].source;
  EXPECT_NE(seen.address, a.endpoint().address);
  b.say(seen, "welcome");
  stranger.say(seen, "psst");
  stranger.say(a.endpoint(), "psst");
  simulator.run_for(1s);
  ASSERT_EQ(a.heard.size(), 1u);
  EXPECT_EQ(a.heard[0].text, "welcome");
  EXPECT_EQ(a.heard[0].source, b.endpoint());
  EXPECT_EQ(network.counters().filtered, 1u);
  EXPECT_EQ(network.counters().unreachable, 1u);
}

TEST_F(PacketWorld, who_shares_a_nat_is_near_and_inner_addresses_mean_another_in_every_home) {
  const auto home = nat("port-restricted");
  const auto other_home = nat("port-restricted");
  network.place(0, home);
  network.place(1, home);
  network.place(2, other_home);
  Ear a(network, node(0));
  Ear b(network, node(1));
  Ear c(network, node(2));
  EXPECT_EQ(a.endpoint(), c.endpoint());
  a.say(b.endpoint(), "near");
  c.say(b.endpoint(), "nobody is there at home");
  simulator.run_for(1s);
  ASSERT_EQ(b.heard.size(), 1u);
  EXPECT_EQ(b.heard[0].source, a.endpoint());
  EXPECT_EQ(b.heard[0].at, TimePoint(PacketNetwork::local_delay));
}

TEST_F(PacketWorld, only_a_hairpin_leads_back_by_the_outer_address) {
  for (const bool hairpinning : {false, true}) {
    auto kind = *parse_nat_kind("full-cone");
    kind.hairpinning = hairpinning;
    const auto home = network.add_nat(kind);
    const std::uint32_t first = hairpinning ? 2 : 0;
    network.place(first, home);
    network.place(first + 1, home);
    Ear a(network, node(first));
    Ear b(network, node(first + 1));
    Ear outside(network, node(5));
    b.say(outside.endpoint(), "here I am");
    simulator.run_for(1s);
    a.say(outside.heard.at(0).source, "around the corner");
    simulator.run_for(1s);
    EXPECT_EQ(b.heard.size(), hairpinning ? 1u : 0u);
    for (const auto& heard : b.heard) EXPECT_EQ(heard.source.address, network.nat(home).external_address());
  }
}

TEST_F(PacketWorld, a_nat_behind_a_nat_translates_twice) {
  const auto carrier = nat("symmetric");
  const auto home = nat("full-cone", carrier);
  network.place(0, home);
  Ear a(network, node(0));
  Ear b(network, node(1));
  Ear c(network, node(2));
  a.say(b.endpoint(), "to b");
  a.say(c.endpoint(), "to c");
  simulator.run_for(1s);
  const auto at_b = b.heard.at(0).source;
  const auto at_c = c.heard.at(0).source;
  EXPECT_EQ(at_b.address, network.nat(carrier).external_address());
  EXPECT_NE(at_b.port, at_c.port);  // as the outer one maps
  b.say(at_b, "back");
  simulator.run_for(1s);
  EXPECT_EQ(a.heard.size(), 1u);
  EXPECT_EQ(network.nat(home).mapping_count(), 1u);
}

TEST_F(PacketWorld, who_moves_has_another_address_and_keeps_its_socket) {
  Ear a(network, node(0));
  Ear b(network, node(1));
  const auto before = a.endpoint();
  network.place(0, nat("full-cone"));
  EXPECT_NE(a.endpoint(), before);
  b.say(before, "lost");
  a.say(b.endpoint(), "moved");
  simulator.run_for(1s);
  EXPECT_TRUE(a.heard.empty());
  b.say(b.heard.at(0).source, "found");
  simulator.run_for(1s);
  EXPECT_EQ(a.heard.size(), 1u);
  network.place(0, std::nullopt);
  EXPECT_EQ(a.endpoint(), before);
}

TEST_F(PacketWorld, packets_that_cross_in_mid_air_open_both_nats) {
  network.place(0, nat("port-restricted"));
  network.place(1, nat("port-restricted"));
  Ear a(network, node(0));
  Ear b(network, node(1));
  Ear third(network, node(2));
  a.say(third.endpoint(), "a");
  b.say(third.endpoint(), "b");
  simulator.run_for(1s);
  const auto seen_a = third.heard.at(0).source;
  const auto seen_b = third.heard.at(1).source;
  a.say(seen_b, "too early");
  simulator.run_for(1s);
  EXPECT_TRUE(b.heard.empty());
  b.say(seen_a, "through");
  simulator.run_for(10ms);  // under way
  a.say(seen_b, "through as well");
  simulator.run_for(1s);
  EXPECT_EQ(a.heard.at(0).text, "through");
  EXPECT_EQ(b.heard.at(0).text, "through as well");
}

// ---- QUIC in virtual time

struct QuicInVirtualTime : PacketWorld {
  QuicInVirtualTime() {
    for (std::uint32_t i = 0; i < 2; ++i) peers.push_back(make(i));
  }
  std::unique_ptr<quic_test::Node> make(std::uint32_t index) {
    return std::make_unique<quic_test::Node>(node(index), network.bind(node(index), 4000));
  }
  Channel& connect() {
    auto& channel = (*peers[0])->connect(network.endpoint_of(1, 4000), (*peers[1])->local_peer());
    simulator.run_for(5s);
    EXPECT_EQ(peers[0]->open.size(), 1u);
    EXPECT_EQ(peers[1]->open.size(), 1u);
    return channel;
  }

  std::vector<std::unique_ptr<quic_test::Node>> peers;
};

TEST_F(QuicInVirtualTime, a_handshake_takes_four_ways) {
  TimePoint opened;
  peers[0]->on_open = [&](Channel&) { opened = simulator.now(); };
  connect();
  EXPECT_GE(opened, TimePoint(80ms));
  EXPECT_LT(opened, TimePoint(85ms));
}

TEST_F(QuicInVirtualTime, everything_arrives_in_order_through_a_bad_network) {
  network.set_model(model("normal:20ms,5ms+loss:5%"));
  auto& channel = connect();
  for (std::uint32_t i = 0; i < 1000; ++i)
    channel.send(Envelope(Numbered::make(1, i, i % 700)), Priority::medium);
  simulator.run_for(60s);
  EXPECT_EQ(peers[1]->numbers[1], quic_test::counting_to(1000));
  EXPECT_EQ(peers[1]->damaged, 0u);
  EXPECT_GT(network.counters().lost, 10u);
}

TEST_F(QuicInVirtualTime, a_channel_survives_new_mappings_of_its_nat) {
  const auto home = nat("symmetric");
  network.place(0, home);
  auto& channel = connect();
  const auto before = peers[1]->open.at(0)->remote_endpoint();
  for (std::uint32_t i = 0; i < 10; ++i) {
    channel.send(Envelope(Numbered::make(0, i, 100)), Priority::high);
    if (i % 3 == 2) network.nat(home).reboot();
    simulator.run_for(1s);
  }
  EXPECT_EQ(peers[1]->numbers[0], quic_test::counting_to(10));
  EXPECT_NE(peers[1]->open.at(0)->remote_endpoint(), before);
  peers[1]->open.at(0)->send(Envelope(Numbered::make(2, 0, 100)), Priority::low);
  simulator.run_for(1s);
  EXPECT_EQ(peers[0]->numbers[2].size(), 1u);
  EXPECT_TRUE(peers[0]->closed.empty());
}

// 10 Mbit/s, and for ten seconds twice as much of the high class as that.
TEST_F(QuicInVirtualTime, a_flood_of_the_high_class_delays_the_medium_one_and_stops_the_low_one) {
  network.set_model(model("constant:20ms+bandwidth:10Mbit,64KiB"));
  auto& channel = connect();
  std::map<Priority, TimePoint> sent_at;
  std::map<Priority, Duration> took;
  const TimePoint begin = simulator.now();
  peers[1]->on_message = [&](Channel&, const Numbered& message) {
    const auto priority = static_cast<Priority>(message.lane);
    if (message.number == 0) took[priority] = simulator.now() - sent_at.at(priority);
  };
  for (std::uint32_t i = 1; simulator.now() - begin < 10s; ++i) {
    channel.send(Envelope(Numbered::make(0, i, 25'000)), Priority::high);
    if (i == 200) {
      for (const auto priority : {Priority::medium, Priority::low}) {
        sent_at[priority] = simulator.now();
        channel.send(Envelope(Numbered::make(static_cast<std::uint8_t>(priority), 0, 100)), priority);
      }
    }
    simulator.run_for(10ms);
  }
  ASSERT_TRUE(took.contains(Priority::medium));
  EXPECT_GT(took[Priority::medium], 200ms);
  EXPECT_LT(took[Priority::medium], 400ms);
  EXPECT_FALSE(took.contains(Priority::low));
  simulator.run_for(30s);
  EXPECT_TRUE(took.contains(Priority::low));
}

}  // namespace
}  // namespace tutti
