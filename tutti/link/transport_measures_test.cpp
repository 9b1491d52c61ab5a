#include "tutti/link/transport_measures.hpp"

#include <gtest/gtest.h>

#include "tutti/link/packet_test_world.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using link_test::PacketTestWorld;

TEST(TransportMeasures, are_what_is_counted_below_the_peers) {
  PacketTestWorld world;
  const auto rita = world.add();
  for (int i = 0; i < 2; ++i) world.add(world.network.add_nat(*parse_nat_kind("port-restricted")), {rita});
  world.simulator.run_for(3s);
  world.want(1, 2);
  world.simulator.run_for(3s);
  const auto counted_below = [&] {
    std::uint64_t checks = 0;
    for (const auto& inhabitant : world.inhabitants) checks += inhabitant.socket->counters().checks_sent;
    return checks;
  };
  const auto counted = [&](std::string_view name) { return world.recorder.totals().count_of(name); };
  const auto before = counted_below();
  EXPECT_GT(before, 0u);
  world.simulator.run_for(TransportMeasures::period);
  EXPECT_GE(counted("route.checks_sent"), before);
  EXPECT_LE(counted("route.checks_sent"), counted_below());
  EXPECT_GT(counted("quic.packets_sent"), 0u);

  // Somebody knocks on the door with something that looks like a check.
  const auto forged_before = counted("route.checks_forged");
  world.simulator.add_node();
  const auto stranger = world.network.bind(world.simulator.node(3), PacketTestWorld::port);
  Bytes forged(52, 7);
  forged[0] = static_cast<std::uint8_t>(DatagramType::check);
  stranger->send(world.network.endpoint_of(rita, PacketTestWorld::port), forged, forged.size());
  world.simulator.run_for(2s);
  EXPECT_EQ(counted("route.checks_forged"), forged_before + 1);
}

TEST(TransportMeasures, lose_nothing_when_their_peer_ends) {
  PacketTestWorld world;
  world.add();
  world.add({}, {0});
  world.simulator.run_for(100ms);
  const auto sent = [&] { return world.recorder.totals().count_of("quic.packets_sent"); };
  EXPECT_EQ(sent(), 0u);
  world.stop(1);
  EXPECT_GT(sent(), 0u);
}

}  // namespace
}  // namespace tutti
