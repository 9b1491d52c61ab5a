// Flooding where everything is signed.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/overlay/flood_test_world.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using flood_test::World;

Signing signed_by(const Identity& identity) {
  return {.identity = identity, .network = "test"};
}

Signing authorized_by(const Identity& issuer, const Identity& identity) {
  auto signing = signed_by(identity);
  signing.issuer = issuer.public_key();
  signing.authorization = authorize(issuer, identity.peer(), signing.network);
  return signing;
}

void add_line(World& world, std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i)
    world.add(i == 0 ? std::vector<std::uint32_t>{} : std::vector{i - 1});
}

TEST(SignedFlood, tells_all_everything_by_few_signatures) {
  World world(1, "uniform:5ms-30ms+loss:5%");
  world.signing = signed_by;
  add_line(world, 4);
  world.simulator.run_for(2s);
  for (int i = 0; i < 100; ++i) {
    world.crier(0).say();
    world.crier(3).say();
    if (i % 10 == 0) world.simulator.run_for(3ms);
  }
  world.crier(2).announce(7);
  world.crier(2).pulse(8);
  world.add({3});  // catches up with what passed on to it by others
  world.simulator.run_for(5s);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(world.crier(i).heard.size(), 200u) << i;
  EXPECT_EQ(world.crier(0).announced.at(world.peers[2]->id()), 7);
}

TEST(SignedFlood, neither_keeps_nor_passes_on_what_its_origin_has_not_said) {
  for (int lie = 0; lie < 4; ++lie) {
    World world(1, "constant:10ms");
    world.signing = signed_by;
    add_line(world, 3);
    world.simulator.run_for(1s);
    const auto liar = world.peers[0]->id();
    const auto victim = world.peers[2]->origin();
    const Sealer own({.identity = World::identity(0), .network = "test"});
    const Bytes payload{1, 2};
    if (lie == 0) world.flood(1).event_received(liar, {{victim, Sequence(1), payload, {}}});
    if (lie == 1)
      world.flood(1).event_received(liar, {{victim, Sequence(1), payload,
                                            own.seal({Utterance::broadcast, victim, Sequence(1), payload})}});
    if (lie == 2) world.flood(1).announcement_received(liar, {victim, Sequence(100), payload, {}});
    if (lie == 3)
      world.flood(1).pulse_received(liar, {victim, Sequence(100), payload,
                                           own.seal({Utterance::pulse, victim, Sequence(99), payload})});
    world.simulator.run_for(1s);
    EXPECT_FALSE(world.peers[1]->find<LinkManager>()->links().contains(liar)) << lie;
    EXPECT_TRUE(world.peers[1]->find<LinkManager>()->links().contains(victim.peer)) << lie;
    EXPECT_TRUE(world.crier(1).heard.empty() && world.crier(1).announced.empty()) << lie;
    world.crier(2).say();  // and nobody is kept from saying it
    world.crier(2).announce(3);
    world.simulator.run_for(1s);
    EXPECT_EQ(world.crier(1).heard.size(), 1u) << lie;
    EXPECT_EQ(world.crier(1).announced.size(), 1u) << lie;
  }
}

/// Says two things under one number, at the two ends of a line.
TEST(SignedFlood, agrees_on_one_of_two_things_that_were_said_under_one_number_and_blames_no_link) {
  const Bytes smaller{1, 2};
  const Bytes larger{1, 3};
  for (const bool smaller_is_late : {false, true}) {
    World world(1, "constant:10ms");
    std::vector<std::string> log;
    world.simulator.set_log(
        Log(LogLevel::warning, [&](LogLevel, std::string_view line) { log.emplace_back(line); }));
    world.signing = signed_by;
    add_line(world, 4);
    world.simulator.run_for(1s);
    const auto liar = World::identity(9);
    const Origin origin{liar.peer(), 1};
    const Sealer sealer(signed_by(liar));
    const auto say = [&](std::uint32_t one, std::uint32_t other, const Bytes& payload) {
      const FloodItem item{origin, Sequence(1), payload,
                           sealer.seal({Utterance::broadcast, origin, Sequence(1), payload})};
      world.flood(one).event_received(world.peers[other]->id(), {item});
      world.flood(other).event_received(world.peers[one]->id(), {item});
    };
    say(0, 1, larger);
    if (smaller_is_late) world.simulator.run_for(1s);
    say(3, 2, smaller);
    world.simulator.run_for(1s);
    for (std::size_t i = 0; i < 4; ++i) {
      ASSERT_NE(world.flood(i).kept(origin, Sequence(1)), nullptr);
      EXPECT_EQ(*world.flood(i).kept(origin, Sequence(1)), smaller);
      EXPECT_EQ(world.crier(i).heard.size(), 1u);
      EXPECT_EQ(world.peers[i]->find<LinkManager>()->links().size(), i % 3 == 0 ? 1u : 2u);
    }
    EXPECT_TRUE(std::ranges::any_of(log, [&](const auto& line) {
      return line.contains(liar.peer().brief() + " has said two things under its number 1");
    }));
  }
}

TEST(SignedFlood, carries_what_authors_say_through_those_who_watch) {
  const auto issuer = Identity::from_seed({9});
  World world(1, "constant:10ms");
  world.signing = [&](const Identity& identity) {
    auto signing = authorized_by(issuer, identity);
    if (identity.peer() == World::identity(1).peer()) signing.authorization.reset();  // who watches
    return signing;
  };
  add_line(world, 4);
  world.simulator.run_for(1s);
  EXPECT_TRUE(world.flood(1).is_author(world.peers[0]->id()));
  EXPECT_FALSE(world.flood(0).is_author(world.peers[1]->id()));
  EXPECT_FALSE(world.flood(1).is_author(world.peers[1]->id()));
  world.crier(0).say();
  world.crier(1).announce(7);  // is heard
  world.simulator.run_for(1s);
  EXPECT_EQ(world.crier(3).heard.size(), 1u);
  EXPECT_EQ(world.crier(0).announced.size(), 1u);
  world.crier(1).say();  // does not count, and is what others disconnect it for
  world.simulator.run_for(1s);
  EXPECT_EQ(world.crier(0).heard.size(), 1u);
  EXPECT_EQ(world.crier(2).heard.size(), 1u);
  EXPECT_FALSE(world.peers[0]->find<LinkManager>()->links().contains(world.peers[1]->id()));
}

TEST(SignedFlood, gives_others_what_it_remembers_of_its_earlier_lives_and_of_others) {
  World world(1, "constant:10ms");
  world.signing = signed_by;
  add_line(world, 2);
  const auto ada = World::identity(0);
  const auto bob = World::identity(7);
  const Origin former{ada.peer(), 1};
  const Origin gone{bob.peer(), 2};
  for (std::uint64_t i = 1; i <= 200; ++i) world.flood(0).remember(former, Sequence(i), {1, 2}, {});
  const Bytes payload{3, 4};
  const Sealer his({.identity = bob, .network = "test"});
  world.flood(0).remember(gone, Sequence(1), payload,
                          his.seal({Utterance::broadcast, gone, Sequence(1), payload}));
  world.simulator.run_for(3s);
  EXPECT_EQ(world.crier(1).heard.size(), 201u);
  EXPECT_TRUE(world.crier(1).heard.contains({gone, Sequence(1)}));
}

TEST(SignedFlood, goes_on_signing_and_knows_the_authors_when_it_is_exchanged) {
  const auto issuer = Identity::from_seed({9});
  World world(1, "constant:10ms");
  world.signing = [&](const Identity& identity) { return authorized_by(issuer, identity); };
  add_line(world, 3);
  world.simulator.run_for(1s);
  world.crier(1).say();
  world.crier(1).say();  // waits for its seal
  world.peers[1]->exchange<Broadcaster, Flood>(FloodOptions{});
  EXPECT_TRUE(world.flood(1).is_author(world.peers[0]->id()));
  EXPECT_FALSE(world.flood(1).is_author(World::identity(50).peer()));
  world.crier(0).say();
  world.crier(1).say();
  world.simulator.run_for(1s);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(world.crier(i).heard.size(), 4u) << i;
}

}  // namespace
}  // namespace tutti
