#include "tutti/link/lifetime_discovery.hpp"

#include <gtest/gtest.h>

#include "tutti/link/packet_test_world.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using link_test::PacketTestWorld;

/// Ada behind a NAT that forgets, linked with three in the open.
struct Forgetful : PacketTestWorld {
  static constexpr std::uint32_t ada = 3;

  explicit Forgetful(Duration lifetime, std::string_view kind = "port-restricted", std::uint64_t seed = 1,
                     std::string_view model = "constant:25ms+loss:2%")
      : PacketTestWorld(model, seed) {
    for (std::uint32_t i = 0; i < 3; ++i) add();
    auto nat = *parse_nat_kind(kind);
    nat.mapping_lifetime = lifetime;
    add(network.add_nat(nat), {0, 1, 2});
  }
  [[nodiscard]] const NatDiscovery& nat() const { return inhabitants[ada].introductions->nat(); }
  std::uint64_t sent_during(Duration duration) {
    const auto before = network.counters().sent;
    simulator.run_for(duration);
    return network.counters().sent - before;
  }
};

TEST(LifetimeDiscovery, finds_what_a_mapping_outlives_behind_every_kind_of_nat) {
  for (const auto& [name, kind] : nat_kinds()) {
    for (std::uint64_t seed = 1; seed <= 3; ++seed) {
      SCOPED_TRACE(fmt::format("{}, seed {}", name, seed));
      const auto outlived = [&](Duration lifetime) {
        Forgetful world(lifetime, name, seed);
        world.simulator.run_for(20min);
        EXPECT_TRUE(world.inhabitants[Forgetful::ada].ear->down.empty()) << world.whole_log();
        return world.nat().outlived();
      };
      EXPECT_EQ(outlived(10s), Duration());
      EXPECT_EQ(outlived(30s), Duration(20s));
      EXPECT_EQ(outlived(60s), Duration(40s));
      EXPECT_EQ(outlived(2min), Duration(80s));
    }
  }
}

TEST(LifetimeDiscovery, links_say_no_more_than_that_asks_for_and_stay_where_they_are) {
  Forgetful lasting(2min), brief(10s);
  for (auto* world : {&lasting, &brief}) world->simulator.run_for(20min);
  const auto seen = lasting.nat().external();
  const auto seldom = lasting.sent_during(20min);
  const auto often = brief.sent_during(20min);
  EXPECT_LE(seldom, often / 3);
  // Six ends of links, each of which is kept alive by both: every minute by Ada, and by the three as well.
  EXPECT_GE(seldom, 3u * 2 * 18);
  EXPECT_EQ(lasting.nat().external(), seen);
  EXPECT_TRUE(lasting.inhabitants[Forgetful::ada].ear->down.empty()) << lasting.whole_log();
}

TEST(LifetimeDiscovery, begins_anew_in_another_network) {
  Forgetful world(2min);
  ASSERT_TRUE(world.run_until([&] { return world.nat().outlived() == 80s; }, 20min));
  auto other = *parse_nat_kind("port-restricted");
  other.mapping_lifetime = 30s;
  world.network.place(Forgetful::ada, world.network.add_nat(other));
  world.inhabitants[Forgetful::ada].introductions->network_changed();
  EXPECT_EQ(world.nat().outlived(), Duration());
  world.simulator.run_for(20min);
  EXPECT_EQ(world.nat().outlived(), Duration(20s));
  EXPECT_TRUE(world.inhabitants[Forgetful::ada].ear->down.empty()) << world.whole_log();
}

TEST(LifetimeDiscovery, believes_nobody_who_sees_this_peer_on_its_own_side_of_the_nat) {
  PacketTestWorld world("constant:25ms");
  auto kind = *parse_nat_kind("port-restricted");
  kind.mapping_lifetime = 10s;
  const auto home = world.network.add_nat(kind);
  world.add();
  world.add();
  const auto ada = world.add(home, {0, 1});
  world.add(home, {0, 1, ada});
  world.simulator.run_for(20min);
  ASSERT_TRUE(world.linked(ada, 3));
  EXPECT_EQ(world.inhabitants[ada].introductions->nat().outlived(), Duration());
}

TEST(LifetimeDiscovery, is_no_way_to_have_somebody_send_to_others_or_without_end) {
  Forgetful world(2min, "full-cone", 1, "constant:25ms");
  world.simulator.run_for(1min);
  auto& ada = *world.inhabitants[Forgetful::ada].peer;
  // Nobody knocks: nothing is sent anywhere. And only the last one asked for counts.
  const auto base = world.sent_during(1min);
  for (std::uint64_t i = 0; i < 100; ++i)
    ada.send(PacketTestWorld::id(0), Linger{.number = MeetingId(i), .silence = 1s}, Priority::high);
  EXPECT_LE(world.sent_during(1min), base + 60);
  // Absurd ones are ignored.
  ada.send(PacketTestWorld::id(0), Linger{.number = MeetingId(7), .silence = 24h}, Priority::high);
  ada.send(PacketTestWorld::id(0), Linger{.number = MeetingId(7), .silence = -1s}, Priority::high);
  world.simulator.run_for(1s);
  const auto forged = world.inhabitants[0].socket->counters().checks_forged;
  const auto socket = world.network.bind(world.simulator.node(Forgetful::ada));
  const auto check = seal_check({.meeting = MeetingId(7)}, {}, {});
  socket->send(world.network.endpoint_of(0, PacketTestWorld::port), check, check.size());
  world.simulator.run_for(1s);
  EXPECT_EQ(world.inhabitants[0].socket->counters().checks_forged, forged + 1);
}

TEST(LifetimeDiscovery, answers_only_where_it_sees_who_has_asked) {
  Forgetful world(2min, "full-cone", 1, "constant:25ms");
  world.simulator.run_for(1min);
  world.inhabitants[Forgetful::ada].peer->send(
      PacketTestWorld::id(0), Linger{.number = MeetingId(7), .silence = 10s}, Priority::high);
  world.simulator.run_for(1s);
  const auto answers = [&] { return world.inhabitants[0].socket->counters().checks_sent; };
  const auto check = seal_check({.meeting = MeetingId(7)}, {}, {});
  const auto knock_from = [&](std::uint32_t node) {
    const auto before = answers();
    const auto socket = world.network.bind(world.simulator.node(node));
    for (int i = 0; i < 20; ++i)
      socket->send(world.network.endpoint_of(0, PacketTestWorld::port), check, check.size());
    world.simulator.run_for(100ms);
    return answers() - before;
  };
  EXPECT_EQ(knock_from(1), 0u);
  EXPECT_EQ(knock_from(Forgetful::ada), static_cast<std::uint64_t>(LifetimeDiscovery::answers_max));
}

}  // namespace
}  // namespace tutti
