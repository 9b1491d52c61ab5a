#include "tutti/link/filtering_discovery.hpp"

#include <gtest/gtest.h>

#include "tutti/link/packet_test_world.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using link_test::PacketTestWorld;

/// Ada behind a NAT, linked with three in the open; each of these is linked with somebody else.
struct Street : PacketTestWorld {
  static constexpr std::uint32_t ada = 6;

  explicit Street(std::string_view kind, std::uint64_t seed = 1)
      : PacketTestWorld("constant:25ms+loss:2%", seed) {
    for (std::uint32_t i = 0; i < 3; ++i) add();
    for (std::uint32_t i = 0; i < 3; ++i) add({}, {i});
    add(kind.empty() ? std::nullopt : std::optional(network.add_nat(*parse_nat_kind(kind))), {0, 1, 2});
  }
  [[nodiscard]] const NatDiscovery& nat() const { return inhabitants[ada].introductions->nat(); }
};

TEST(FilteringDiscovery, tells_whom_each_kind_of_nat_lets_in) {
  for (const auto& [name, kind] : nat_kinds()) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      Street world(name, seed);
      EXPECT_TRUE(world.run_until([&] { return world.nat().filtering().has_value(); }, 5min));
      world.simulator.run_for(1min);
      EXPECT_EQ(world.nat().filtering(), kind.filtering) << name << ", seed " << seed;
    }
  }
}

TEST(FilteringDiscovery, finds_the_open_open) {
  Street world("");
  EXPECT_TRUE(world.run_until([&] { return world.nat().filtering().has_value(); }, 1min));
  EXPECT_EQ(world.nat().filtering(), NatDependence::endpoint_independent);
  EXPECT_TRUE(world.inhabitants[Street::ada].introductions->address().open());
}

TEST(FilteringDiscovery, asks_again_in_another_network) {
  Street world("full-cone");
  ASSERT_TRUE(world.run_until([&] { return world.nat().filtering().has_value(); }, 1min));
  world.network.place(Street::ada, world.network.add_nat(*parse_nat_kind("port-restricted")));
  world.inhabitants[Street::ada].introductions->network_changed();
  EXPECT_EQ(world.nat().filtering(), std::nullopt);
  ASSERT_TRUE(world.run_until([&] { return world.nat().filtering().has_value(); }, 5min));
  EXPECT_EQ(world.nat().filtering(), NatDependence::address_and_port_dependent);
}

TEST(FilteringDiscovery, is_no_way_to_have_others_shower_somebody) {
  Street world("full-cone");
  world.simulator.run_for(2min);
  const auto before = world.network.counters().sent;
  const auto base = [&] {
    Street quiet("full-cone");
    quiet.simulator.run_for(2min);
    const auto sent = quiet.network.counters().sent;
    quiet.simulator.run_for(10s);
    return quiet.network.counters().sent - sent;
  }();
  auto& ada = *world.inhabitants[Street::ada].peer;
  for (int i = 0; i < 1000; ++i)
    ada.send(PacketTestWorld::id(0), Knock{.number = MeetingId(1), .place = Endpoint::v4(0x7f000009, 53)},
             Priority::high);
  world.simulator.run_for(10s);
  EXPECT_LE(world.network.counters().unreachable,
            2 * (FilteringDiscovery::others_rate.burst + 10 * FilteringDiscovery::others_rate.rate));
  EXPECT_LE(world.network.counters().sent - before, base + 600) << "with the packets of the requests";
}

TEST(NatDiscovery, believes_most_helpers_and_the_narrower_of_two) {
  NatDiscovery nat;
  const auto helper = [](std::uint8_t number) { return PeerId{{number}}; };
  EXPECT_EQ(nat.filtering(), std::nullopt);
  nat.judged(helper(1), NatDependence::endpoint_independent);
  nat.judged(helper(2), NatDependence::address_dependent);
  EXPECT_EQ(nat.filtering(), NatDependence::address_dependent);
  nat.judged(helper(3), NatDependence::endpoint_independent);
  EXPECT_EQ(nat.filtering(), NatDependence::endpoint_independent);
  nat.forget(helper(3));
  EXPECT_EQ(nat.filtering(), NatDependence::address_dependent);
}

}  // namespace
}  // namespace tutti
