#include "tutti/link/relay_board.hpp"

#include <numeric>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/link/packet_test_world.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using link_test::PacketTestWorld;

/// Relays in a ring, and Ada and Bob at opposite ends of it, both behind NATs that cannot be punched.
struct Ring : PacketTestWorld {
  static constexpr std::uint32_t relays = 6;
  static constexpr std::uint32_t ada = relays;
  static constexpr std::uint32_t bob = relays + 1;

  explicit Ring(std::uint64_t seed = 1) : PacketTestWorld("constant:25ms+loss:1%", seed) {
    for (std::uint32_t i = 0; i < relays; ++i)
      add({}, i == 0 ? std::vector<std::uint32_t>{} : std::vector{i - 1});
    inhabitants[0].links->add_target({network.endpoint_of(relays - 1, port), {}});
    add(network.add_nat(*parse_nat_kind("symmetric")), {0});
    add(network.add_nat(*parse_nat_kind("symmetric")), {relays / 2});
  }
  [[nodiscard]] RelayBoard& board(std::uint32_t who) { return *inhabitants[who].peer->find<RelayBoard>(); }
  [[nodiscard]] std::set<PeerId> relays_of(std::uint32_t who, std::uint32_t as_seen_by) {
    std::set<PeerId> found;
    for (const auto& relay : board(as_seen_by).relays_of(id(who))) found.insert(*relay.peer);
    return found;
  }
};

TEST(RelayBoard, two_who_know_nobody_in_common_meet_at_a_relay) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Ring world(seed);
    world.simulator.run_for(3min);
    ASSERT_EQ(world.relays_of(Ring::bob, Ring::ada).size(), RelayDirectory::ranks) << "seed " << seed;
    EXPECT_EQ(world.relays_of(Ring::bob, Ring::ada), world.relays_of(Ring::bob, Ring::bob));
    for (const auto who : {Ring::ada, Ring::bob}) {
      std::size_t linked = 0;
      for (const auto& relay : world.relays_of(who, who))
        linked += world.inhabitants[who].links->links().contains(relay) ? 1 : 0;
      EXPECT_GE(linked, RelayDirectory::relays_of_a_peer) << "seed " << seed;
    }
    EXPECT_FALSE(world.linked(Ring::ada, Ring::bob));
    world.want(Ring::ada, Ring::bob);
    EXPECT_TRUE(world.run_until([&] { return world.linked(Ring::ada, Ring::bob); }, 1min))
        << "seed " << seed << "\n"
        << world.whole_log();
  }
}

TEST(RelayBoard, relays_that_go_are_replaced) {
  Ring world;
  world.simulator.run_for(3min);
  world.want(Ring::ada, Ring::bob);
  ASSERT_TRUE(world.run_until([&] { return world.linked(Ring::ada, Ring::bob); }, 1min));
  const auto way = peer_at(world.inhabitants[Ring::ada].socket->place_of(peer_endpoint(world.id(Ring::bob))));
  ASSERT_TRUE(way.has_value());
  for (std::uint32_t i = 0; i < Ring::relays; ++i)
    if (PacketTestWorld::id(i) == *way) world.stop(i);
  world.simulator.run_for(3min);
  EXPECT_TRUE(world.linked(Ring::ada, Ring::bob)) << world.whole_log();
  const auto other =
      peer_at(world.inhabitants[Ring::ada].socket->place_of(peer_endpoint(world.id(Ring::bob))));
  EXPECT_NE(other, way);
  // In time nobody names it any more.
  world.simulator.run_for(RelayBoard::lifetime);
  EXPECT_FALSE(world.relays_of(Ring::bob, Ring::ada).contains(*way));
}

TEST(RelayBoard, two_offers_of_one_relay_that_meet_do_not_chase_each_other) {
  PacketTestWorld world("constant:25ms");
  for (std::uint32_t i = 0; i < 6; ++i) {
    std::vector<std::uint32_t> before(i);
    std::iota(before.begin(), before.end(), 0u);
    world.add({}, before);
  }
  world.simulator.run_for(30s);
  const auto sent_during = [&](Duration duration) {
    const auto before = world.network.counters().sent;
    world.simulator.run_for(duration);
    return world.network.counters().sent - before;
  };
  const auto base = sent_during(1min);
  // Of a relay whose address has just changed: one half hears of the one first, the other half of the other.
  const auto relay = Identity::generate();
  for (std::uint32_t i = 0; i < 2; ++i) {
    const LinkAddress address{.external = {Endpoint::v4(0x0a000100 + i, 4000)},
                              .mapping = NatDependence::endpoint_independent,
                              .filtering = NatDependence::endpoint_independent};
    for (std::uint32_t at = 0; at < 3; ++at)
      world.inhabitants[5 * i].peer->send(PacketTestWorld::id(at + 1 + i),
                                          RelayOffer{relay.peer(), sign(address, relay)}, Priority::medium);
  }
  EXPECT_LE(sent_during(1min), base + 200);
}

TEST(RelayBoard, nobody_offers_what_it_is_not_or_in_anothers_name) {
  PacketTestWorld world;
  world.add();
  const auto eve = world.add({}, {0});
  world.simulator.run_for(2s);
  const auto stranger = Identity::from_seed({99});
  const LinkAddress open{.mapped = {Endpoint::v4(0x7f000009, 53)}};
  const LinkAddress closed{.external = {Endpoint::v4(0x7f000009, 53)}};
  auto& peer = *world.inhabitants[eve].peer;
  auto& board = *world.inhabitants[0].peer->find<RelayBoard>();
  peer.send(world.id(0), RelayOffer{stranger.peer(), sign(open, PacketTestWorld::identity_of(eve))},
            Priority::medium);
  peer.send(world.id(0), RelayOffer{stranger.peer(), sign(closed, stranger)}, Priority::medium);
  world.simulator.run_for(1s);
  EXPECT_TRUE(board.relays_of(world.id(0)).empty());
  peer.send(world.id(0), RelayOffer{stranger.peer(), sign(open, stranger)}, Priority::medium);
  world.simulator.run_for(1s);
  EXPECT_EQ(board.relays_of(world.id(0)).size(), 1u);
}

TEST(RelayBoard, remembers_so_many_offers_and_no_more) {
  PacketTestWorld world;
  world.add();
  const auto eve = world.add({}, {0});
  world.simulator.run_for(2s);
  auto& peer = *world.inhabitants[eve].peer;
  for (std::uint32_t i = 0; i < 300; ++i) {
    const auto identity = PacketTestWorld::identity_of(1000 + i);
    peer.send(world.id(0),
              RelayOffer{identity.peer(), sign({.mapped = {Endpoint::v4(0x7f000009, 53)}}, identity)},
              Priority::medium);
  }
  world.simulator.run_for(1min);
  auto& board = *world.inhabitants[0].peer->find<RelayBoard>();
  EXPECT_EQ(board.relays_of(world.id(0)).size(), RelayDirectory::ranks);
  EXPECT_LE(board.known(), RelayBoard::offers_max);
}

}  // namespace
}  // namespace tutti
