// Links between peers whose NATs cannot be punched plainly, and what nobody can make others do by that.
#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tutti/link/packet_test_world.hpp"

namespace tutti {
namespace {

using link_test::Four;
using link_test::PacketTestWorld;
using namespace std::chrono_literals;

const NatKind symmetric = *parse_nat_kind("symmetric");
const NatKind port_restricted = *parse_nat_kind("port-restricted");

/// Remembers to whom it was introduced.
struct Listener final : Peerlet {
  void introduced(PeerId, const Introduction& message) {
    if (!first) first = message;
  }
  static constexpr auto handlers = tutti::handlers<&Listener::introduced>;
  std::optional<Introduction> first;
};

/// Counts what comes to somebody who has nothing to do with it.
struct Victim final : DatagramHandler {
  void datagrams_received(std::span<const Datagram> datagrams) override { received += datagrams.size(); }
  std::size_t received = 0;
};

TEST(BirthdayProbing, makes_nearly_all_links_of_symmetric_and_port_restricted_direct) {
  constexpr int worlds = 100;
  int direct = 0;
  std::vector<Duration> took;
  for (std::uint64_t seed = 1; seed <= worlds; ++seed) {
    SCOPED_TRACE(seed);
    const bool ada_is_symmetric = seed % 2 == 0;
    Four world(ada_is_symmetric ? symmetric : port_restricted, ada_is_symmetric ? port_restricted : symmetric,
               seed, "normal:25ms,5ms+loss:1%");
    world.want(Four::ada, Four::bob);
    const TimePoint begun = world.simulator.now();
    // At the first introduction or the second one: probings of one pair are a minute apart.
    const auto is_direct = [&] {
      return world.direct(Four::ada, Four::bob) && world.direct(Four::bob, Four::ada);
    };
    while (!is_direct() && world.simulator.now() - begun < 110s) world.simulator.run_for(100ms);
    const bool met = is_direct();
    direct += met ? 1 : 0;
    if (met) took.push_back(world.simulator.now() - begun);
  }
  ASSERT_GE(direct, 99);
  std::ranges::sort(took);
  fmt::print("direct: {} of {}, half of them within {:.1f} s, the slowest after {:.1f} s\n", direct, worlds,
             in_seconds(took[took.size() / 2]), in_seconds(took.back()));
  EXPECT_LE(took[took.size() / 2], 3s);
}

TEST(BirthdayProbing, needs_no_more_than_the_neighbour_that_introduces_the_two) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    PacketTestWorld world("normal:25ms,5ms+loss:1%", seed);
    const auto rita = world.add();
    const auto ada = world.add(world.network.add_nat(symmetric), {rita});
    const auto bob = world.add(world.network.add_nat(port_restricted), {rita});
    world.simulator.run_for(2s);
    world.want(ada, bob);
    EXPECT_TRUE(world.run_until([&] { return world.direct(ada, bob) && world.direct(bob, ada); }, 110s))
        << world.whole_log();
  }
}

TEST(BirthdayProbing, keeps_the_one_socket_that_the_way_needs_as_long_as_the_link) {
  Four world(symmetric, port_restricted);
  world.want(Four::ada, Four::bob);
  ASSERT_TRUE(world.run_until([&] { return world.direct(Four::ada, Four::bob); }, 10s)) << world.trace();
  const auto& socket = *world.inhabitants[Four::ada].socket;
  world.simulator.run_for(10s);
  EXPECT_GE(socket.further_sockets(), 1u);
  EXPECT_LE(socket.further_sockets(), Routes::routes_max);
  EXPECT_EQ(world.inhabitants[Four::bob].socket->further_sockets(), 0u);
  // Longer than any mapping lives without traffic, and than a meeting.
  for (std::uint32_t i = 0; i < 100; ++i) {
    world.inhabitants[Four::ada].peer->send(world.id(Four::bob), link_test::Counted{i, {}}, Priority::medium);
    world.inhabitants[Four::bob].peer->send(world.id(Four::ada), link_test::Counted{i, {}}, Priority::medium);
    world.simulator.run_for(3s);
  }
  EXPECT_TRUE(world.direct(Four::ada, Four::bob));
  EXPECT_TRUE(world.direct(Four::bob, Four::ada));
  EXPECT_EQ(world.inhabitants[Four::ada].ear->numbers.size(), 100u);
  EXPECT_EQ(world.inhabitants[Four::bob].ear->numbers.size(), 100u);
  EXPECT_NE(world.trace().find("birthday probing from"), std::string::npos) << world.trace();
  EXPECT_NE(world.trace().find("birthday probing of"), std::string::npos) << world.trace();
  world.stop(Four::bob);
  world.simulator.run_for(60s);
  EXPECT_EQ(socket.further_sockets(), 0u);
}

TEST(BirthdayProbing, is_not_tried_where_it_is_of_no_use) {
  for (const auto& [one, other] :
       {std::pair(symmetric, symmetric), std::pair(port_restricted, port_restricted)}) {
    Four world(one, other);
    world.want(Four::ada, Four::bob);
    world.simulator.run_for(2min);
    for (const auto who : {Four::ada, Four::bob}) {
      EXPECT_TRUE(world.linked(who, who == Four::ada ? Four::bob : Four::ada));
      EXPECT_EQ(world.inhabitants[who].socket->counters().probings, 0u);
      EXPECT_EQ(world.inhabitants[who].socket->further_sockets(), 0u);
    }
  }
}

/// Rita's neighbour, who wants others to send packets: she asks for meetings, says what she likes of herself,
/// and answers nothing. Beside her is a bystander, who should have little of it.
struct EveAndBob : Four {
  EveAndBob() : Four(port_restricted, port_restricted) {
    auto& runtime = simulator.add_node();
    const auto identity = identity_of(eve_index);
    LinkOptions options{.network = "test 1", .name = "Eve"};
    options.targets.push_back({network.endpoint_of(rita, port), {}});
    eve = Peer::build(runtime, identity.peer())
              .add<LinkManager>(
                  std::make_unique<QuicTransport>(runtime, network.bind(runtime, port), identity), options)
              .start();
    bystander = network.bind(simulator.add_node(), port);
    bystander->start(victim);
    simulator.run_for(2s);
  }
  void introduce(std::vector<Endpoint> external) {
    const LinkAddress address{.external = std::move(external),
                              .mapping = NatDependence::address_and_port_dependent};
    eve->send(id(rita), Introduce{MeetingId(++meetings), id(bob), {}, sign(address, identity_of(eve_index))},
              Priority::high);
  }
  [[nodiscard]] const RoutedSocket::Counters& bobs() const { return inhabitants[bob].socket->counters(); }

  static constexpr std::uint32_t eve_index = 4;
  Endpoint at_eve = network.endpoint_of(eve_index, port);
  Endpoint at_victim = network.endpoint_of(eve_index + 1, port);
  std::unique_ptr<Peer> eve;
  std::unique_ptr<DatagramSocket> bystander;
  Victim victim;
  std::uint64_t meetings = 0;
};

TEST(BirthdayProbing, is_seldom_however_often_somebody_is_introduced) {
  EveAndBob world;
  const auto before = world.bobs().checks_sent;
  for (int i = 0; i < 50; ++i) {
    world.introduce({world.at_eve});
    world.simulator.run_for(1s);
  }
  EXPECT_EQ(world.bobs().probings, 1u);
  const auto sent = world.bobs().checks_sent - before;
  EXPECT_GE(sent, Birthday::ports_max);
  EXPECT_LE(sent, Birthday::ports_max + 12 * world.meetings);
  world.simulator.run_for(20s);
  world.introduce({world.at_eve});
  world.simulator.run_for(5s);
  EXPECT_EQ(world.bobs().probings, 2u);
}

TEST(BirthdayProbing, sprays_nobody_but_whom_the_introducer_sees) {
  EveAndBob world;
  world.introduce({world.at_victim});
  world.simulator.run_for(20s);
  EXPECT_EQ(world.bobs().probings, 0u);
  // Even beside her own place it is sent no more than any that somebody names.
  world.introduce({world.at_victim, world.at_eve});
  world.simulator.run_for(20s);
  EXPECT_EQ(world.bobs().probings, 1u);
  EXPECT_GE(world.victim.received, 1u);
  EXPECT_LE(world.victim.received, 12 * world.meetings);
}

// What an introducer says of itself that it has seen counts; what others have told it does not reach anybody.
TEST(BirthdayProbing, is_told_by_the_introducer_where_it_sees_who_has_asked) {
  PacketTestWorld world;
  world.add();
  const auto ada = world.add(world.network.add_nat(port_restricted), {0});
  auto& runtime = world.simulator.add_node();
  const auto identity = PacketTestWorld::identity_of(2);
  LinkOptions options{.network = "test 1", .name = "listener"};
  options.targets.push_back({world.network.endpoint_of(0, PacketTestWorld::port), {}});
  auto builder =
      Peer::build(runtime, identity.peer())
          .add<LinkManager>(
              std::make_unique<QuicTransport>(runtime, world.network.bind(runtime, 4000), identity), options)
          .add<Listener>();
  const auto* listener = builder.find<Listener>();
  const auto peer = std::move(builder).start();
  world.simulator.run_for(2s);
  const Endpoint elsewhere = Endpoint::v4(0x05060708, 9);
  world.inhabitants[ada].peer->send(
      world.id(0),
      Introduce{MeetingId(1), identity.peer(), {}, sign({.external = {elsewhere}}, world.identity_of(ada))},
      Priority::high);
  world.simulator.run_for(1s);
  ASSERT_TRUE(listener->first);
  EXPECT_EQ(listener->first->meeting, MeetingId(1));
  const auto address = open(*listener->first->address, world.id(ada));
  ASSERT_TRUE(address);
  EXPECT_EQ(address->external, std::vector{elsewhere});
  EXPECT_EQ(listener->first->seen, world.inhabitants[0].socket->place_of(peer_endpoint(world.id(ada))));
  EXPECT_EQ(listener->first->seen->address, world.network.nat(PacketNetwork::NatId(0)).external_address());
}

}  // namespace
}  // namespace tutti
