#include "tutti/link/link_address.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tutti/link/packet_test_world.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

LinkAddress some_address() {
  return {.external = {Endpoint::v4(0xcb007107, 4000)},
          .internal = {Endpoint::v4(0x0a000002, 4000)},
          .mapping = NatDependence::endpoint_independent};
}

TEST(LinkAddress, tells_by_the_port_what_the_mapping_seems_to_be) {
  const auto inside = Endpoint::v4(0x0a010002, 5000);
  const auto kept = Endpoint::v4(0x0b000003, 5000);
  const auto another = Endpoint::v4(0x0b000003, 61440);
  EXPECT_EQ(likely_mapping({.internal = {inside}}), std::nullopt);
  EXPECT_EQ(likely_mapping({.external = {kept}, .internal = {inside}}), NatDependence::endpoint_independent);
  EXPECT_EQ(likely_mapping({.external = {another}, .internal = {inside}}),
            NatDependence::address_and_port_dependent);
  EXPECT_EQ(
      likely_mapping(
          {.external = {another}, .internal = {inside}, .mapping = NatDependence::endpoint_independent}),
      NatDependence::endpoint_independent)
      << "who knows need not guess";
}

TEST(LinkAddress, is_read_as_its_peer_has_signed_it) {
  const auto ada = Identity::from_seed({1});
  const auto signed_address = sign(some_address(), ada);
  EXPECT_EQ(open(signed_address, ada.peer()), some_address());
  EXPECT_EQ(open(signed_address, Identity::from_seed({2}).peer()), std::nullopt);
}

RC_GTEST_PROP(LinkAddress, with_a_byte_changed_is_nobodys, ()) {
  const auto ada = Identity::from_seed({1});
  auto forged = sign(some_address(), ada);
  const auto flip = *rc::gen::inRange<std::uint8_t>(1, 255);
  const auto at = *rc::gen::inRange<std::size_t>(0, 1000);
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      forged.key[at % forged.key.size()] ^= flip;
      break;
    case 1:
      forged.address[at % forged.address.size()] ^= flip;
      break;
    default:
      forged.signature[at % forged.signature.size()] ^= flip;
  }
  RC_ASSERT(!open(forged, ada.peer()));
}

TEST(LinkAddress, that_an_introducer_has_made_up_is_not_believed) {
  link_test::PacketTestWorld world;
  const auto rita = world.add();
  const auto ada = world.add({}, {rita});
  world.simulator.run_for(2s);
  const auto bob = Identity::from_seed({9});
  const auto victim = Endpoint::v4(0x7f000009, 53);
  // Rita tells Ada that Bob is where the victim is.
  world.inhabitants[rita].peer->send(
      link_test::PacketTestWorld::id(ada),
      Introduction{.meeting = MeetingId(5),
                   .other = bob.peer(),
                   .key = {},
                   .address = sign({.external = {victim}}, Identity::from_seed({8})),
                   .seen = std::nullopt},
      Priority::high);
  world.simulator.run_for(10s);
  EXPECT_NE(world.whole_log().find("was not signed by that peer"), std::string::npos);
  EXPECT_EQ(world.inhabitants[ada].introductions->trace_of(bob.peer()), "no place is known where it may be");
}

}  // namespace
}  // namespace tutti
