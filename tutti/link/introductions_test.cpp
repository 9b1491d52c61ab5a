#include "tutti/link/introductions.hpp"

#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/link/packet_test_world.hpp"

namespace tutti {
namespace {

using link_test::Counted;
using link_test::Four;
using link_test::PacketTestWorld;
using namespace std::chrono_literals;

TEST(Introductions, neighbours_say_where_they_see_each_other) {
  PacketTestWorld world;
  world.add();
  world.add();
  const auto ada = world.add(world.network.add_nat(*parse_nat_kind("port-restricted")), {0, 1});
  const auto bob = world.add(world.network.add_nat(*parse_nat_kind("symmetric")), {0, 1});
  world.simulator.run_for(2s);
  const auto& nat_of_ada = world.inhabitants[ada].introductions->nat();
  EXPECT_EQ(nat_of_ada.external().at(0).address,
            world.network.nat(PacketNetwork::NatId(0)).external_address());
  EXPECT_EQ(nat_of_ada.mapping(), NatDependence::endpoint_independent);
  EXPECT_EQ(world.inhabitants[bob].introductions->nat().mapping(), NatDependence::address_and_port_dependent);
  const auto& nat_of_rita = world.inhabitants[0].introductions->nat();
  EXPECT_EQ(nat_of_rita.external().at(0), world.network.endpoint_of(0, PacketTestWorld::port));
  EXPECT_TRUE(nat_of_rita.describe({world.network.endpoint_of(0, PacketTestWorld::port)})
                  .ends_with("there is no NAT"));
}

TEST(Introductions, every_pair_of_kinds_is_linked_and_directly_if_there_is_a_way) {
  for (const auto& one : nat_kinds()) {
    for (const auto& other : nat_kinds()) {
      SCOPED_TRACE(std::string(one.name) + " and " + std::string(other.name));
      Four world(one.kind, other.kind);
      world.want(Four::ada, Four::bob);
      // Six one-way delays and 50 ms.
      EXPECT_TRUE(world.run_until([&] { return world.linked(Four::ada, Four::bob); }, 200ms));
      world.simulator.run_for(1s);
      EXPECT_TRUE(world.linked(Four::bob, Four::ada));
      const bool punched = can_punch(one.kind, other.kind);
      EXPECT_EQ(world.direct(Four::ada, Four::bob), punched) << world.whole_log();
      // Many sockets and many ports take some seconds.
      const bool expected = punched || can_punch_by_birthday(one.kind, other.kind);
      if (expected != punched) world.simulator.run_for(8s);
      EXPECT_EQ(world.direct(Four::ada, Four::bob), expected) << world.trace();
      EXPECT_EQ(world.direct(Four::bob, Four::ada), expected) << world.trace();
      // Nor does anything change later.
      world.simulator.run_for(2min);
      EXPECT_TRUE(world.linked(Four::ada, Four::bob));
      EXPECT_EQ(world.direct(Four::ada, Four::bob), expected);
      EXPECT_TRUE(world.inhabitants[Four::ada].ear->down.empty()) << world.whole_log();
    }
  }
}

TEST(Introductions, who_does_not_relay_introduces_all_the_same) {
  struct NoRelays : PacketTestWorld {
    explicit NoRelays(const NatKind& kind) {
      for (std::uint32_t i = 0; i < 2; ++i) {
        simulator.add_node();
        inhabitants.emplace_back();
        start(i, {}, {}, {.relay = false});
      }
      for (int i = 0; i < 2; ++i) add(network.add_nat(kind), {0, 1});
      simulator.run_for(2s);
      want(2, 3);
      simulator.run_for(1min);
    }
  };
  const NoRelays punched(*parse_nat_kind("port-restricted"));
  EXPECT_TRUE(punched.linked(2, 3));
  EXPECT_TRUE(punched.direct(2, 3));
  const NoRelays apart(*parse_nat_kind("symmetric"));
  EXPECT_FALSE(apart.linked(2, 3));
  for (const auto relay : {0u, 1u}) EXPECT_EQ(apart.inhabitants[relay].socket->counters().relayed, 0u);
}

TEST(Introductions, both_who_want_to_meet_at_once_have_one_link) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(seed);
    Four world(*parse_nat_kind("port-restricted"), *parse_nat_kind("address-restricted"), seed);
    world.want(Four::ada, Four::bob);
    world.simulator.run_for(Duration(1ms) * static_cast<int>(seed * 7 % 100));
    world.want(Four::bob, Four::ada);
    world.simulator.run_for(10s);
    EXPECT_TRUE(world.linked(Four::ada, Four::bob));
    EXPECT_TRUE(world.linked(Four::bob, Four::ada));
    EXPECT_TRUE(world.direct(Four::ada, Four::bob)) << world.whole_log();
    for (const auto who : {Four::ada, Four::bob}) {
      const auto& ear = *world.inhabitants[who].ear;
      EXPECT_EQ(ear.up.size(), ear.down.size() + 3);
      EXPECT_LE(ear.down.size(), 1u);
    }
  }
}

TEST(Introductions, whom_no_neighbour_knows_is_asked_for_again_until_one_does) {
  PacketTestWorld world;
  world.add();
  const auto ada = world.add(world.network.add_nat(*parse_nat_kind("symmetric")), {0});
  world.simulator.run_for(2s);
  world.want(ada, 2);
  world.simulator.run_for(20s);
  EXPECT_NE(world.whole_log().find("nobody can introduce"), std::string::npos) << world.whole_log();
  world.add(world.network.add_nat(*parse_nat_kind("symmetric")), {0});
  EXPECT_TRUE(world.run_until([&] { return world.linked(ada, 2); }, 15s)) << world.whole_log();
}

TEST(Introductions, the_neighbour_who_knows_is_found_among_many) {
  PacketTestWorld world;
  for (int i = 0; i < 6; ++i) world.add();
  const auto ada = world.add(world.network.add_nat(*parse_nat_kind("port-restricted")), {0, 1, 2, 3, 4, 5});
  const auto bob = world.add(world.network.add_nat(*parse_nat_kind("port-restricted")), {3});
  world.simulator.run_for(2s);
  world.want(ada, bob);
  EXPECT_TRUE(world.run_until([&] { return world.direct(ada, bob); }, 2s)) << world.whole_log();
}

TEST(Introductions, two_in_one_house_meet_inside) {
  PacketTestWorld world;
  world.add();
  const auto home = world.network.add_nat(*parse_nat_kind("symmetric"));
  const auto ada = world.add(home, {0});
  const auto bob = world.add(home, {0});
  world.simulator.run_for(2s);
  world.want(ada, bob);
  world.simulator.run_for(2s);
  EXPECT_EQ(world.inhabitants[ada].socket->place_of(peer_endpoint(PacketTestWorld::id(bob))),
            world.network.endpoint_of(bob, PacketTestWorld::port));
}

TEST(Introductions, places_are_tried_from_the_shortest_way_to_the_longest) {
  Four world(*parse_nat_kind("symmetric"), *parse_nat_kind("symmetric"));
  const auto inside = world.network.endpoint_of(Four::ada, PacketTestWorld::port);
  const auto mapped = Endpoint::v4(0xcb007107, 5000);
  const auto of_ada = *Endpoint::parse("[2001:db8::a]:4000");
  const auto of_bob = *Endpoint::parse("[2001:db8::b]:4000");
  const auto trace_of_bob = [&](bool has_v6) {
    for (const auto who : {Four::ada, Four::bob}) world.stop(who);
    world.further_endpoints[Four::ada] = {of_ada};
    if (has_v6) world.further_endpoints[Four::bob] = {of_bob};
    world.start(Four::ada, {Four::rita}, {}, {.mapped = [=] { return std::vector{mapped}; }});
    world.start(Four::bob, {Four::rita});
    world.simulator.run_for(5s);
    world.want(Four::ada, Four::bob);
    world.simulator.run_for(1s);
    return world.inhabitants[Four::bob].introductions->trace_of(PacketTestWorld::id(Four::ada));
  };
  // In which order it names them.
  const auto order = [&](const std::string& trace) {
    std::vector<std::pair<std::size_t, char>> places;
    const auto external = world.network.nat(PacketNetwork::NatId(0)).external_address();
    for (const auto& [place, name] :
         {std::pair(inside.text(), 'i'),
          {mapped.text(), 'm'},
          {of_ada.text(), '6'},
          {Endpoint{external, 0}.text().substr(0, Endpoint{external, 0}.text().size() - 1), 'e'}})
      places.emplace_back(trace.find(place), name);
    std::ranges::sort(places);
    std::string names;
    for (const auto& [at, name] : places) names += at == std::string::npos ? '-' : name;
    return names;
  };
  const auto without = trace_of_bob(false);
  EXPECT_EQ(order(without), "mei6") << without;
  const auto with = trace_of_bob(true);
  EXPECT_EQ(order(with), "6mei") << with;
}

TEST(Introductions, who_has_moved_is_told_again_where_it_is_seen) {
  PacketTestWorld world;
  world.add();
  const auto ada = world.add(world.network.add_nat(*parse_nat_kind("port-restricted")), {0});
  const auto other_home = world.network.add_nat(*parse_nat_kind("port-restricted"));
  world.simulator.run_for(2s);
  const auto& nat = world.inhabitants[ada].introductions->nat();
  const auto before = nat.external();
  ASSERT_EQ(before.size(), 1u);
  // It has not, after all.
  world.inhabitants[ada].introductions->network_changed();
  EXPECT_TRUE(nat.external().empty());
  EXPECT_TRUE(world.run_until([&] { return nat.external() == before; }, 100ms));
  world.network.place(ada, other_home);
  world.inhabitants[ada].introductions->network_changed();
  EXPECT_TRUE(world.run_until([&] { return !nat.external().empty() && nat.external() != before; }, 200ms));
  EXPECT_EQ(nat.external()[0].address, world.network.nat(other_home).external_address());
  EXPECT_TRUE(world.inhabitants[ada].ear->down.empty());
}

TEST(Introductions, who_comes_into_a_network_tries_at_once_whom_it_could_not_reach) {
  PacketTestWorld world;
  LinkOptions patient;
  patient.backoff = {.first = 1h, .longest = 1h};
  const auto ada = world.add({}, {1}, patient);
  world.simulator.run_for(2min);
  world.add();
  world.simulator.run_for(10s);
  EXPECT_FALSE(world.linked(ada, 1));
  world.inhabitants[ada].links->network_changed();
  EXPECT_TRUE(world.run_until([&] { return world.linked(ada, 1); }, 1s)) << world.whole_log();
}

TEST(Introductions, a_link_outlives_new_mappings_of_both_routers) {
  Four world(*parse_nat_kind("port-restricted"), *parse_nat_kind("port-restricted"));
  world.want(Four::ada, Four::bob);
  world.simulator.run_for(5s);
  ASSERT_TRUE(world.direct(Four::ada, Four::bob));
  world.network.nat(PacketNetwork::NatId(0)).reboot();
  world.network.nat(PacketNetwork::NatId(1)).reboot();
  for (std::uint32_t i = 0; i < 300; ++i) {
    world.inhabitants[Four::ada].peer->send(world.id(Four::bob), Counted{i, {}}, Priority::medium);
    world.simulator.run_for(100ms);
  }
  std::vector<std::uint32_t> all(300);
  std::iota(all.begin(), all.end(), 0u);
  EXPECT_EQ(world.inhabitants[Four::bob].ear->numbers, all);
  EXPECT_TRUE(world.direct(Four::ada, Four::bob)) << world.whole_log();
  EXPECT_TRUE(world.direct(Four::bob, Four::ada)) << world.whole_log();
  EXPECT_TRUE(world.inhabitants[Four::ada].ear->down.empty()) << world.whole_log();
}

TEST(Introductions, a_relay_that_dies_is_replaced_by_another) {
  PacketTestWorld world;
  world.add();
  world.add();
  const auto symmetric = *parse_nat_kind("symmetric");
  const auto ada = world.add(world.network.add_nat(symmetric), {0, 1});
  const auto bob = world.add(world.network.add_nat(symmetric), {0, 1});
  world.simulator.run_for(2s);
  world.want(ada, bob);
  world.simulator.run_for(2s);
  ASSERT_TRUE(world.linked(ada, bob));
  const auto relay = peer_at(world.inhabitants[ada].socket->place_of(peer_endpoint(world.id(bob))));
  ASSERT_TRUE(relay);
  world.network.nat(PacketNetwork::NatId(0)).reboot();  // a little more trouble
  world.stop(*relay == world.id(0) ? 0 : 1);
  for (std::uint32_t i = 0; i < 200; ++i) {
    world.inhabitants[ada].peer->send(world.id(bob), Counted{i, {}}, Priority::medium);
    world.simulator.run_for(100ms);
  }
  EXPECT_EQ(world.inhabitants[bob].ear->numbers.size(), 200u) << world.whole_log();
  EXPECT_TRUE(world.linked(ada, bob));
  EXPECT_EQ(std::ranges::count(world.inhabitants[ada].ear->down, world.id(bob)), 0) << world.whole_log();
}

TEST(Introductions, one_neighbour_cannot_make_others_check_without_end) {
  Four world(*parse_nat_kind("full-cone"), *parse_nat_kind("full-cone"));
  auto& ada = *world.inhabitants[Four::ada].peer;
  const auto checks = world.inhabitants[Four::bob].socket->counters().checks_sent;
  LinkAddress address;
  for (std::uint16_t port = 1; port <= 100; ++port)
    address.external.push_back(Endpoint::v4(0x05060708, port));
  const auto named = sign(address, PacketTestWorld::identity_of(Four::ada));
  for (std::uint64_t i = 1; i <= 1000; ++i)
    ada.send(world.id(Four::rita),
             Introduce{.meeting = MeetingId(i), .to = world.id(Four::bob), .key = {}, .address = named},
             Priority::high);
  world.simulator.run_for(1s);
  const IntroductionOptions options;
  const auto brought = options.rate.burst + options.rate.rate * 2;
  EXPECT_LE(world.inhabitants[Four::bob].socket->counters().checks_sent - checks,
            8 * Introductions::external_max * static_cast<std::uint64_t>(brought));
  EXPECT_TRUE(world.linked(Four::ada, Four::rita));
}

}  // namespace
}  // namespace tutti
