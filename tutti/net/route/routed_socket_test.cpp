#include "tutti/net/route/routed_socket.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/net/model/models.hpp"
#include "tutti/net/quic/quic_test_world.hpp"
#include "tutti/net/route/peer_endpoint.hpp"
#include "tutti/net/virtual/packet_network.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using quic_test::Numbered;

/// Ada and Bob, each behind a NAT, and Rita, who is not. Both are linked with her; what she would tell them
/// for an introduction the test tells.
struct World {
  static constexpr std::uint32_t ada = 0;
  static constexpr std::uint32_t bob = 1;
  static constexpr std::uint32_t rita = 2;
  static constexpr std::uint32_t eve = 3;

  explicit World(std::uint64_t seed = 7, std::string_view model = "constant:25ms")
      : simulator(seed), network(simulator, *parse_network_model(model)) {
    simulator.set_log(
        Log(LogLevel::info, [this](LogLevel, std::string_view line) { (lines += line) += '\n'; }));
    for (std::uint32_t i = 0; i < 4; ++i) simulator.add_node();
  }
  void live(std::string_view nat_of_ada, std::string_view nat_of_bob) {
    for (const auto& [index, kind] : {std::pair(ada, nat_of_ada), std::pair(bob, nat_of_bob)})
      if (!kind.empty()) network.place(index, network.add_nat(*parse_nat_kind(kind)));
    for (std::uint32_t i = 0; i < 3; ++i) {
      const auto identity = Identity::from_seed({static_cast<std::uint8_t>(i)});
      auto socket = std::make_unique<RoutedSocket>(simulator.node(i), identity.peer(),
                                                   network.bind(simulator.node(i), 4000),
                                                   [this, i] { return network.bind(simulator.node(i)); });
      sockets.push_back(socket.get());
      nodes.push_back(
          std::make_unique<quic_test::Node>(simulator.node(i), std::move(socket), QuicOptions{}, identity));
    }
    for (const auto who : {ada, bob}) (*nodes[who])->connect(network.endpoint_of(rita, 4000), id(rita));
    simulator.run_for(1s);
    ASSERT_EQ(nodes[rita]->open.size(), 2u);
  }
  [[nodiscard]] PeerId id(std::uint32_t who) { return (*nodes[who])->local_peer(); }
  /// Where Rita sees somebody.
  [[nodiscard]] Endpoint seen(std::uint32_t who) { return sockets[rita]->place_of(peer_endpoint(id(who))); }
  Meeting meeting_with(std::uint32_t who, MeetingId number = MeetingId(77)) {
    return {.id = number,
            .peer = id(who),
            .key = {1, 2, 3},
            .relay = id(rita),
            .places = {seen(who), network.endpoint_of(who, 4000)}};
  }
  /// The same, with what is done if plain checks fail.
  void introduce_for_probing(Birthday::Side of_ada, Birthday::Side of_bob, MeetingId number = MeetingId(77)) {
    ASSERT_EQ(sockets[rita]->relay(number, id(ada), id(bob)), std::nullopt);
    auto with_bob = meeting_with(bob, number);
    with_bob.probing = {of_ada, seen(bob)};
    auto with_ada = meeting_with(ada, number);
    with_ada.probing = {of_bob, seen(ada)};
    sockets[ada]->meet(with_bob);
    sockets[bob]->meet(with_ada);
  }
  void introduce(MeetingId number = MeetingId(77)) {
    ASSERT_EQ(sockets[rita]->relay(number, id(ada), id(bob)), std::nullopt);
    sockets[ada]->meet(meeting_with(bob, number));
    sockets[bob]->meet(meeting_with(ada, number));
  }
  /// The same, without a word about where they are: they stay on the relay.
  void introduce_to_relay() {
    ASSERT_EQ(sockets[rita]->relay(MeetingId(77), id(ada), id(bob)), std::nullopt);
    for (const auto& [who, other] : {std::pair(ada, bob), std::pair(bob, ada)}) {
      auto meeting = meeting_with(other);
      meeting.places.clear();
      sockets[who]->meet(meeting);
    }
  }
  /// The channel between Ada and Bob, at Ada's.
  Channel& connect() { return (*nodes[ada])->connect(peer_endpoint(id(bob)), id(bob)); }
  [[nodiscard]] bool direct(std::uint32_t from, std::uint32_t to) {
    return sockets[from]->direct_route_to(id(to)) != nullptr;
  }

  std::string lines;  // of the log
  Simulator simulator;
  PacketNetwork network;
  std::vector<RoutedSocket*> sockets;
  std::vector<std::unique_ptr<quic_test::Node>> nodes;
};

struct Meeters : testing::Test, World {};

TEST_F(Meeters, who_connects_to_a_place_is_known_by_name_there) {
  live("port-restricted", "");
  EXPECT_EQ(seen(bob), network.endpoint_of(bob, 4000));
  EXPECT_NE(seen(ada), network.endpoint_of(ada, 4000));
  EXPECT_EQ(nodes[rita]->open.at(0)->remote_endpoint(), seen(ada));
  // A peer that is gone is forgotten.
  nodes[ada]->destroy();
  simulator.run_for(1s);
  EXPECT_EQ(sockets[rita]->routes_to(id(bob)) == nullptr, false);
  EXPECT_EQ(nodes[rita]->open.size(), 1u);
}

TEST_F(Meeters, every_pair_of_kinds_talks_at_once_and_directly_if_it_can_be_punched) {
  for (const auto& one : nat_kinds()) {
    for (const auto& other : nat_kinds()) {
      SCOPED_TRACE(std::string(one.name) + " and " + std::string(other.name));
      World world;
      world.live(one.name, other.name);
      world.introduce();
      auto& channel = world.connect();
      world.simulator.run_for(8s);
      ASSERT_EQ(world.nodes[bob]->open.size(), 2u);
      channel.send(Envelope(Numbered::make(0, 0, 100)), Priority::high);
      world.simulator.run_for(1s);
      EXPECT_EQ(world.nodes[bob]->numbers[0].size(), 1u);
      const bool expected = can_punch(one.kind, other.kind);
      EXPECT_EQ(world.direct(ada, bob), expected) << world.sockets[ada]->trace_of(MeetingId(77));
      EXPECT_EQ(world.direct(bob, ada), expected) << world.sockets[bob]->trace_of(MeetingId(77));
    }
  }
}

TEST_F(Meeters, two_behind_one_nat_take_the_short_way) {
  const auto home = network.add_nat(*parse_nat_kind("symmetric"));
  network.place(ada, home);
  network.place(bob, home);
  live("", "");
  introduce();
  connect();
  simulator.run_for(8s);
  EXPECT_EQ(sockets[ada]->place_of(peer_endpoint(id(bob))), network.endpoint_of(bob, 4000));
  EXPECT_EQ(sockets[bob]->place_of(peer_endpoint(id(ada))), network.endpoint_of(ada, 4000));
}

TEST_F(Meeters, nothing_is_lost_doubled_or_reordered_when_a_relay_is_left) {
  live("port-restricted", "port-restricted");
  introduce_to_relay();
  auto& channel = connect();
  simulator.run_for(1s);
  ASSERT_EQ(nodes[bob]->open.size(), 2u);
  ASSERT_FALSE(direct(ada, bob));
  Channel& back = *nodes[bob]->open.back();
  const auto relayed_before = sockets[rita]->counters().relayed;
  for (std::uint32_t i = 0; i < 2000; ++i) {
    channel.send(Envelope(Numbered::make(1, i, 40)), Priority::medium);
    back.send(Envelope(Numbered::make(1, i, 40)), Priority::medium);
    if (i == 1000) introduce();  // now they are told where
    simulator.run_for(1ms);
  }
  EXPECT_TRUE(direct(ada, bob));
  simulator.run_for(5s);
  const auto relayed = sockets[rita]->counters().relayed;
  EXPECT_GT(relayed, relayed_before);
  channel.send(Envelope(Numbered::make(1, 2000, 40)), Priority::medium);
  back.send(Envelope(Numbered::make(1, 2000, 40)), Priority::medium);
  simulator.run_for(5s);
  EXPECT_EQ(sockets[rita]->counters().relayed, relayed);
  for (const auto who : {ada, bob}) {
    EXPECT_EQ(nodes[who]->numbers[1], quic_test::counting_to(2001));
    EXPECT_EQ(nodes[who]->damaged, 0u);
    EXPECT_TRUE(nodes[who]->closed.empty());
  }
}

TEST(Upgrades, a_thousand_of_them_lose_double_and_reorder_nothing) {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed, "normal:25ms,5ms+loss:1%");
    Random random(seed);
    world.live("port-restricted", seed % 2 == 0 ? "port-restricted" : "full-cone");
    world.introduce_to_relay();
    auto& channel = world.connect();
    for (int i = 0; i < 50 && world.nodes[World::ada]->open.size() + world.nodes[World::bob]->open.size() < 4;
         ++i)
      world.simulator.run_for(100ms);
    ASSERT_EQ(world.nodes[World::ada]->open.size(), 2u);
    ASSERT_EQ(world.nodes[World::bob]->open.size(), 2u);
    Channel& back = *world.nodes[World::bob]->open.back();
    const auto upgrade_at = random.below(30);
    for (std::uint32_t i = 0; i < 60; ++i) {
      if (i == upgrade_at) world.introduce();
      channel.send(Envelope(Numbered::make(1, i, random.below(2000))), Priority::medium);
      back.send(Envelope(Numbered::make(1, i, random.below(2000))), Priority::medium);
      world.simulator.run_for(Duration(std::chrono::milliseconds(random.below(10))));
    }
    world.simulator.run_for(3s);
    ASSERT_TRUE(world.direct(World::ada, World::bob));
    for (const auto who : {World::ada, World::bob}) {
      ASSERT_EQ(world.nodes[who]->numbers[1], quic_test::counting_to(60));
      ASSERT_EQ(world.nodes[who]->damaged, 0u);
      ASSERT_TRUE(world.nodes[who]->closed.empty());
    }
  }
}

TEST_F(Meeters, a_relay_passes_nothing_on_for_strangers) {
  live("symmetric", "symmetric");
  introduce();
  connect();
  simulator.run_for(1s);
  const auto stranger = network.bind(simulator.node(eve), 4000);
  Bytes datagram{2, 0, 0, 0, 0, 0, 0, 0, 77, 3, 1, 2, 3};
  const auto relayed = sockets[rita]->counters().relayed;
  const auto refused = sockets[rita]->counters().relay_refused;
  stranger->send(network.endpoint_of(rita, 4000), datagram, datagram.size());
  // Nor does anybody take from a stranger what should have come over the relay.
  stranger->send(seen(ada), datagram, datagram.size());
  simulator.run_for(100ms);
  EXPECT_EQ(sockets[rita]->counters().relayed, relayed);
  EXPECT_EQ(sockets[rita]->counters().relay_refused, refused + 1);
}

TEST_F(Meeters, forged_and_replayed_checks_lead_nowhere) {
  live("full-cone", "full-cone");
  introduce();
  connect();
  simulator.run_for(2s);
  const auto before = sockets[ada]->place_of(peer_endpoint(id(bob)));
  const auto counted = sockets[ada]->counters().checks_forged;
  const auto stranger = network.bind(simulator.node(eve), 4000);
  const Check request{.kind = Check::Kind::request, .meeting = MeetingId(77), .transaction = 5};
  const auto forged = seal_check(request, CheckKey{9}, id(bob));
  const auto genuine = seal_check(request, meeting_with(bob).key, id(bob));
  stranger->send(seen(ada), forged, forged.size());
  simulator.run_for(100ms);
  EXPECT_EQ(sockets[ada]->counters().checks_forged, counted + 1);
  EXPECT_NE(lines.find("dropped a connectivity check of no meeting, or not sealed with its key, from "),
            std::string::npos);
  // A copy of a genuine one, from elsewhere: it is answered with no more than it had, and Eve cannot answer
  // what she is asked.
  for (int i = 0; i < 10; ++i) stranger->send(seen(ada), genuine, genuine.size());
  simulator.run_for(10s);
  EXPECT_EQ(sockets[ada]->place_of(peer_endpoint(id(bob))), before);
}

TEST_F(Meeters, many_sockets_and_many_ports_find_a_way_and_close_what_it_does_not_need) {
  live("symmetric", "port-restricted");
  introduce_for_probing(Birthday::Side::many_sockets, Birthday::Side::many_ports);
  auto& channel = connect();
  simulator.run_for(1s);
  EXPECT_EQ(sockets[ada]->further_sockets(), 0u);
  for (std::uint32_t i = 0; i < 9000; ++i) {
    channel.send(Envelope(Numbered::make(1, i, 40)), Priority::medium);
    simulator.run_for(1ms);
    ASSERT_LE(sockets[ada]->further_sockets(), Birthday::sockets_max);
  }
  EXPECT_TRUE(direct(ada, bob)) << sockets[ada]->trace_of(MeetingId(77));
  EXPECT_TRUE(direct(bob, ada)) << sockets[bob]->trace_of(MeetingId(77));
  EXPECT_GE(sockets[ada]->further_sockets(), 1u);
  EXPECT_LE(sockets[ada]->further_sockets(), Routes::routes_max);
  EXPECT_EQ(sockets[bob]->further_sockets(), 0u);
  simulator.run_for(1s);
  EXPECT_EQ(nodes[bob]->numbers[1], quic_test::counting_to(9000));
  EXPECT_TRUE(nodes[ada]->closed.empty());
}

TEST_F(Meeters, probing_in_vain_ends_and_leaves_no_socket_open) {
  live("symmetric", "symmetric");
  introduce_for_probing(Birthday::Side::many_sockets, Birthday::Side::many_ports);
  connect();
  std::size_t most = 0;
  for (int i = 0; i < 100; ++i) {
    simulator.run_for(100ms);
    most = std::max(most, sockets[ada]->further_sockets());
  }
  EXPECT_EQ(most, Birthday::sockets_max);
  EXPECT_EQ(sockets[ada]->further_sockets(), 0u);
  EXPECT_FALSE(direct(ada, bob));
  const auto sent = sockets[bob]->counters().checks_sent;
  EXPECT_GE(sent, Birthday::ports_max);
  EXPECT_LE(sent, Birthday::ports_max + 12 * Search::named_max);
  EXPECT_NE(sockets[ada]->trace_of(MeetingId(77)).find("birthday probing from 256 sockets"),
            std::string::npos);
  EXPECT_TRUE(sockets[bob]->trace_of(MeetingId(77)).ends_with(": no answer"));
  // Not again so soon.
  introduce_for_probing(Birthday::Side::many_sockets, Birthday::Side::many_ports, MeetingId(78));
  simulator.run_for(10s);
  EXPECT_EQ(sockets[bob]->counters().probings, 1u);
  EXPECT_TRUE(sockets[bob]->trace_of(MeetingId(78)).ends_with("less than a minute ago"));
}

TEST_F(Meeters, a_meeting_that_ends_ends_its_probing) {
  live("symmetric", "symmetric");
  introduce_for_probing(Birthday::Side::many_sockets, Birthday::Side::many_ports);
  simulator.run_for(2s);
  EXPECT_GT(sockets[ada]->further_sockets(), 100u);
  for (const auto who : {ada, bob}) sockets[who]->end_meeting(MeetingId(77));
  const auto sent = sockets[bob]->counters().checks_sent;
  simulator.run_for(5s);
  EXPECT_EQ(sockets[ada]->further_sockets(), 0u);
  EXPECT_EQ(sockets[bob]->counters().checks_sent, sent);
}

TEST_F(Meeters, nobody_but_who_has_introduced_two_says_where_to_probe) {
  live("port-restricted", "symmetric");
  auto meeting = meeting_with(bob);
  sockets[ada]->meet(meeting);
  meeting.relay = id(bob);
  meeting.probing = {Birthday::Side::many_ports, network.endpoint_of(eve, 4000)};
  sockets[ada]->meet(meeting);
  simulator.run_for(10s);
  EXPECT_EQ(sockets[ada]->counters().probings, 0u);
}

TEST_F(Meeters, a_probing_succeeds_in_whichever_meeting_of_the_two_the_other_side_probes) {
  live("symmetric", "port-restricted");
  introduce_for_probing(Birthday::Side::many_sockets, Birthday::Side::many_ports);
  simulator.run_for(1s);
  // Ada begins with the second, Bob with the first.
  sockets[ada]->end_meeting(MeetingId(77));
  auto first = meeting_with(bob);
  sockets[ada]->meet(first);
  auto with_bob = meeting_with(bob, MeetingId(78));
  with_bob.probing = {Birthday::Side::many_sockets, seen(bob)};
  sockets[ada]->meet(with_bob);
  sockets[bob]->meet(meeting_with(ada, MeetingId(78)));
  simulator.run_for(10s);
  EXPECT_TRUE(direct(ada, bob)) << sockets[ada]->trace_of(MeetingId(78));
  EXPECT_TRUE(direct(bob, ada)) << sockets[bob]->trace_of(MeetingId(77));
}

TEST_F(Meeters, strangers_have_no_say_at_a_socket_that_is_for_somebody_else) {
  live("symmetric-open", "symmetric");
  auto meeting = meeting_with(bob);
  meeting.probing = {Birthday::Side::many_sockets, seen(bob)};
  sockets[ada]->meet(meeting);  // of which Bob knows nothing
  simulator.run_for(3s);
  ASSERT_GT(sockets[ada]->further_sockets(), 0u);
  const auto stranger = network.bind(simulator.node(eve), 4000);
  const Bytes hello{3, 0xc0, 0, 0, 0, 1, 8};
  const auto before = nodes[ada]->open.size();
  // One of them is behind nearly every 250th port.
  for (std::uint16_t port = 1024; port < 20'000; ++port)
    stranger->send({seen(ada).address, port}, hello, hello.size());
  simulator.run_for(1s);
  EXPECT_GT(sockets[ada]->counters().strays, 0u);
  EXPECT_EQ(nodes[ada]->open.size(), before);
}

/// Nobody: what is sent is lost, and what comes the test says.
struct Unheard final : DatagramSocket {
  void start(DatagramHandler& its_handler) override { handler = &its_handler; }
  void send(const Endpoint&, ByteView, std::size_t) override {}
  [[nodiscard]] Endpoint local_endpoint() const override { return Endpoint::v4(0x7f000001, 1); }
  DatagramHandler* handler = nullptr;
};

TEST(RoutedSocket, takes_the_doubted_way_again_when_it_speaks_and_the_relay_is_silent) {
  struct Above final : DatagramHandler {
    void datagrams_received(std::span<const Datagram> datagrams) override {
      for (const auto& datagram : datagrams) sources.push_back(datagram.source);
    }
    std::vector<Endpoint> sources;
  };
  Simulator simulator(1);
  auto inner = std::make_unique<Unheard>();
  auto& wire = *inner;
  RoutedSocket socket(simulator.add_node(), PeerId{{1}}, std::move(inner));
  Above above;
  socket.start(above);
  const PeerId relay{{2}};
  const PeerId other{{3}};
  const auto place = Endpoint::v4(0xc0000203, 4000);
  socket.opened(relay, Endpoint::v4(0xc0000202, 4000), {.number = 1});
  socket.meet({.id = MeetingId(1), .peer = other, .key = {}, .relay = relay});
  socket.opened(other, place, {.number = 2});
  const Bytes datagram{3, 1, 2, 3};
  for (int i = 0; i < 5; ++i) {  // unanswered: the direct way is in doubt
    socket.send(peer_endpoint(other), datagram, datagram.size());
    simulator.run_for(1s);
  }
  ASSERT_EQ(socket.routes_to(other)->best_direct(), nullptr);
  simulator.run_for(5s);
  const Datagram received{datagram, place};
  wire.handler->datagrams_received({&received, 1});
  EXPECT_EQ(socket.place_of(peer_endpoint(other)), place);
  wire.handler->datagrams_received({&received, 1});
  EXPECT_EQ(above.sources, std::vector(2, peer_endpoint(other)));
}

TEST_F(Meeters, a_channel_whose_direct_way_dies_falls_back_to_its_relay_and_finds_another) {
  live("port-restricted", "port-restricted");
  introduce();
  auto& channel = connect();
  simulator.run_for(2s);
  ASSERT_TRUE(direct(ada, bob));
  // Both routers start again: neither is where the other sends to, and neither lets the other in.
  network.nat(PacketNetwork::NatId(0)).reboot();
  network.nat(PacketNetwork::NatId(1)).reboot();
  int changes = 0;
  sockets[ada]->on_route_change([&](const PeerId& peer) { changes += peer == id(bob) ? 1 : 0; });
  channel.send(Envelope(Numbered::make(1, 0, 40)), Priority::medium);
  simulator.run_for(10s);  // Rita is told by the next sign of life
  EXPECT_GT(changes, 0);
  EXPECT_FALSE(direct(ada, bob));
  EXPECT_EQ(nodes[bob]->numbers[1].size(), 1u);
  introduce(MeetingId(78));
  simulator.run_for(1s);
  EXPECT_TRUE(direct(ada, bob));
  EXPECT_TRUE(direct(bob, ada));
  channel.send(Envelope(Numbered::make(1, 1, 40)), Priority::medium);
  simulator.run_for(1s);
  EXPECT_EQ(nodes[bob]->numbers[1].size(), 2u);
  EXPECT_TRUE(nodes[ada]->closed.empty());
}

}  // namespace
}  // namespace tutti
