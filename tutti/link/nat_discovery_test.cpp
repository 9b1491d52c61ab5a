#include "tutti/link/nat_discovery.hpp"

#include <gtest/gtest.h>

namespace tutti {
namespace {

PeerId peer(std::uint8_t number) {
  return PeerId{{number}};
}
/// A neighbour's, at an address of its own.
Endpoint at(std::uint8_t number) {
  return Endpoint::v4(0xc0000200u + number, 4000);
}
Endpoint outside(std::uint16_t port) {
  return Endpoint::v4(0xcb007105, port);
}

TEST(NatDiscovery, knows_nothing_before_anybody_speaks) {
  const NatDiscovery nat;
  EXPECT_TRUE(nat.external().empty());
  EXPECT_EQ(nat.mapping(), std::nullopt);
  EXPECT_EQ(nat.describe({}), "nobody has said yet where this peer is seen");
}

TEST(NatDiscovery, concludes_from_two_at_different_addresses) {
  NatDiscovery nat;
  nat.observed(peer(1), at(1), outside(5000));
  EXPECT_EQ(nat.mapping(), std::nullopt);
  // Another at the same address has the same voice.
  nat.observed(peer(2), at(1), outside(5000));
  EXPECT_EQ(nat.mapping(), std::nullopt);
  nat.observed(peer(3), at(3), outside(5000));
  EXPECT_EQ(nat.mapping(), NatDependence::endpoint_independent);
  EXPECT_EQ(nat.describe({}),
            "seen at 203.0.113.5:5000 by 3 neighbours: behind a NAT with endpoint-independent mapping");
  EXPECT_EQ(nat.describe({outside(5000)}), "seen at 203.0.113.5:5000 by 3 neighbours: there is no NAT");
}

TEST(NatDiscovery, a_port_for_each_who_is_sent_to_is_a_symmetric_nat) {
  NatDiscovery nat;
  nat.observed(peer(1), at(1), outside(5000));
  nat.observed(peer(2), at(2), outside(6000));
  EXPECT_EQ(nat.mapping(), NatDependence::address_and_port_dependent);
  EXPECT_EQ(nat.external().at(0).address, outside(0).address);
  nat.forget(peer(2));
  EXPECT_EQ(nat.mapping(), std::nullopt);
}

TEST(NatDiscovery, a_liar_and_one_inside_the_house_are_outvoted) {
  NatDiscovery nat;
  const auto inside = Endpoint::v4(0xc0a80007, 4000);
  nat.observed(peer(1), Endpoint::v4(0xc0a80009, 4000), inside);
  nat.observed(peer(2), at(2), Endpoint::v4(0x01020304, 80));
  nat.observed(peer(3), at(3), outside(5000));
  nat.observed(peer(4), at(4), outside(5000));
  EXPECT_EQ(nat.external().at(0), outside(5000));
  EXPECT_EQ(nat.external().size(), 3u);
  EXPECT_EQ(nat.mapping(), NatDependence::endpoint_independent);
  // Port 0 is nobody's.
  nat.observed(peer(5), at(5), outside(0));
  EXPECT_EQ(nat.external().size(), 3u);
}

}  // namespace
}  // namespace tutti
