#include <map>
#include <memory>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/overlay/flood_test_world.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using flood_test::World;

std::set<std::uint64_t> numbers_of(const SequenceSet& set) {
  std::set<std::uint64_t> numbers;
  for (const auto& interval : set.intervals())
    for (auto number = interval.first; number <= interval.last; ++number) numbers.insert(number.value());
  return numbers;
}

SequenceSet set_of(const std::vector<std::uint8_t>& numbers) {
  SequenceSet set;
  for (const auto number : numbers) set.insert(Sequence(number));
  return set;
}

RC_GTEST_PROP(SequenceSet, means_what_a_plain_set_means,
              (const std::vector<std::uint8_t>& one, const std::vector<std::uint8_t>& other)) {
  const auto a = set_of(one);
  const auto b = set_of(other);
  std::set<std::uint64_t> difference(one.begin(), one.end());
  RC_ASSERT(numbers_of(a) == difference);
  RC_ASSERT(a.size() == difference.size());
  for (const auto number : other) {
    RC_ASSERT(a.contains(Sequence(number)) == difference.contains(number) || !difference.contains(number));
    difference.erase(number);
  }
  RC_ASSERT(numbers_of(a.minus(b)) == difference);
  RC_ASSERT(SequenceSet(a.intervals()) == a);
}

TEST(SequenceSet, survives_hostile_intervals) {
  const Sequence greatest(~std::uint64_t{0});
  const SequenceSet set({{Sequence(5), Sequence(3)}, {Sequence(0), greatest}, {greatest, greatest}});
  EXPECT_EQ(set.intervals(), (std::vector<SequenceInterval>{{Sequence(0), greatest}}));
  EXPECT_TRUE(set.minus(set).empty());
}

TEST(TokenBucket, allows_bursts_and_limits_the_rate) {
  TokenBucket bucket({.rate = 8, .burst = 5}, TimePoint{});
  int taken = 0;
  for (int i = 0; i < 100; ++i) taken += bucket.take(TimePoint{});
  EXPECT_EQ(taken, 5);
  for (int i = 1; i <= 64; ++i)
    taken += bucket.take(TimePoint(i * 15'625us));  // one second, in steps a double holds
  EXPECT_EQ(taken, 5 + 8);
}

TEST(Flood, reaches_all_on_a_line_with_two_copies_a_link) {
  World world(1, "constant:10ms");
  for (std::uint32_t i = 0; i < 10; ++i)
    world.add(i == 0 ? std::vector<std::uint32_t>{} : std::vector{i - 1});
  world.simulator.run_for(2s);
  for (std::size_t i = 0; i < 10; ++i) world.crier(i).say();
  world.simulator.run_for(2s);
  for (std::size_t i = 0; i < 10; ++i) {
    EXPECT_EQ(world.crier(i).heard.size(), 10u);
    EXPECT_EQ(world.flood(i).statistics().duplicates, 9u);
  }
}

TEST(Flood, counts_what_it_says_and_hears_and_the_links_count_what_they_carry) {
  World world(1, "constant:10ms");
  for (std::uint32_t i = 0; i < 3; ++i)
    world.add(i == 0 ? std::vector<std::uint32_t>{} : i == 1 ? std::vector{0u} : std::vector{0u, 1u});
  world.simulator.run_for(1s);
  for (int i = 0; i < 5; ++i) world.crier(0).say();
  world.simulator.run_for(1s);
  const auto totals = world.recorder.totals();
  const auto links = [](const measure::Measures& measures) {
    return std::get<measure::GaugeValue>(measures.find("link.links")->value).levels.sum.value();
  };
  EXPECT_EQ(totals.count_of("flood.said"), 5u);
  EXPECT_EQ(totals.count_of("flood.received"), 10u);
  EXPECT_EQ(totals.count_of("flood.duplicates"),
            30u);  // two copies, and the two who heard it tell each other
  EXPECT_EQ(totals.count_of("link.ups"), 6u);
  EXPECT_EQ(links(totals), 6);
  EXPECT_EQ(totals.count_of("link.sent_high"), 6u + 20u);  // digests and events
  EXPECT_EQ(totals.count_of("link.received"), 6u + 40u);
  world.peers[2].reset();
  world.simulator.run_for(1s);
  EXPECT_EQ(links(world.recorder.totals()), 2);
  EXPECT_EQ(world.recorder.totals().count_of("link.downs"), 2u);  // the others'; whoever stops has no links
}

TEST(Flood, is_exchanged_in_running_peers_without_losing_or_doubling_anything) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    World world(seed, "uniform:5ms-50ms+loss:5%");
    for (std::uint32_t i = 0; i < 6; ++i)
      world.add(i == 0 ? std::vector<std::uint32_t>{} : std::vector{i - 1, i / 2});
    world.simulator.run_for(2s);
    Random random(seed);
    for (int i = 0; i < 300; ++i) {
      world.crier(random.below(6)).say();
      if (random.chance(0.1))
        world.peers[random.below(6)]->exchange<Broadcaster, Flood>(FloodOptions{.origins_max = 100});
      if (i == 150) world.add({3});
      world.simulator.run_for(20ms);
    }
    world.simulator.run_for(5s);
    for (std::size_t i = 0; i < 7; ++i)
      EXPECT_EQ(world.crier(i).heard.size(), 300u) << "seed " << seed << " peer " << i;
  }
}

TEST(Flood, a_newcomer_gets_everything_that_was_ever_said_once) {
  World world(1, "constant:10ms");
  world.add({});
  world.add({0});
  world.simulator.run_for(1s);
  for (int i = 0; i < 3000; ++i) world.crier(static_cast<std::size_t>(i % 2)).say();
  world.add({1});
  for (int i = 0; i < 1000; ++i) {  // live broadcasts meanwhile
    world.simulator.run_for(1ms);
    world.crier(0).say();
  }
  world.simulator.run_for(2s);
  EXPECT_EQ(world.crier(2).heard.size(), 4000u);
  const auto& statistics = world.flood(2).statistics();
  EXPECT_GE(statistics.caught_up, 3000u);
  EXPECT_EQ(statistics.duplicates, statistics.received - statistics.caught_up);
}

TEST(Flood, that_drops_messages_hears_and_says_but_passes_nothing_on) {
  World world(1, "constant:10ms");
  world.add({});
  world.add({0});
  world.simulator.run_for(1s);
  world.crier(0).say();
  world.simulator.run_for(1s);
  ASSERT_TRUE(world.peers[1]->command("Router", "setDropMessages", std::vector<CommandValue>{true}));
  world.add({1});  // catches up with what node 1 itself said, and with nothing else
  world.crier(1).say();
  world.simulator.run_for(1s);
  world.crier(0).say();
  world.crier(1).say();
  world.crier(0).announce(7);
  world.crier(2).announce(8);
  world.simulator.run_for(1s);
  EXPECT_EQ(world.crier(1).heard.size(), 4u);
  EXPECT_EQ(world.crier(2).heard.size(), 2u);
  EXPECT_EQ(world.crier(0).announced.size() + world.crier(2).announced.size(), 0u);
  EXPECT_EQ(world.crier(1).announced.size(), 2u);

  ASSERT_TRUE(world.peers[1]->command("Flood", "setDropMessages", std::vector<CommandValue>{false}));
  world.crier(0).say();
  world.simulator.run_for(1s);
  EXPECT_EQ(world.crier(2).heard.size(), 3u);
  world.peers[2].reset();  // a new link compares notes anew
  world.start(2);
  world.simulator.run_for(1s);
  EXPECT_EQ(world.crier(2).heard.size(), 5u);
}

TEST(Flood, all_hear_all_after_any_churn_and_partition_on_random_graphs) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    World world(seed, "uniform:1ms-80ms+loss:5%");
    auto random = Random::keyed({seed, 99});
    const auto count = static_cast<std::uint32_t>(2 + random.below(20));
    for (std::uint32_t i = 0; i < count; ++i) {
      std::vector<std::uint32_t> targets;
      if (i > 0) targets.push_back(static_cast<std::uint32_t>(random.below(i)));
      if (i > 2 && random.chance(0.5)) targets.push_back(static_cast<std::uint32_t>(random.below(i)));
      world.add(std::move(targets));
    }
    std::set<std::pair<Origin, Sequence>> all;
    for (int round = 0; round < 60; ++round) {
      const auto node = static_cast<std::uint32_t>(random.below(count));
      switch (random.below(8)) {
        case 0:
          world.peers[node] ? world.peers[node].reset() : world.start(node);
          break;
        case 1:
          world.network.set_cut(node, true);
          break;
        case 2:
          world.network.set_cut(node, false);
          break;
        default:
          if (world.peers[node]) world.crier(node).say();
      }
      world.simulator.run_for(Duration(static_cast<std::int64_t>(random.below(3'000'000'000))));
    }
    for (std::uint32_t i = 0; i < count; ++i) {
      world.network.set_cut(i, false);
      if (!world.peers[i]) world.start(i);
    }
    world.simulator.run_for(60s);
    for (std::uint32_t i = 0; i < count; ++i)
      all.insert(world.crier(i).heard.begin(), world.crier(i).heard.end());
    for (std::uint32_t i = 0; i < count; ++i)
      ASSERT_TRUE(world.crier(i).heard == all) << "seed " << seed << ": peer " << i << " heard "
                                               << world.crier(i).heard.size() << " of " << all.size();
  }
}

TEST(Flood, announcements_replace_each_other_everywhere) {
  World world(1, "uniform:1ms-80ms");
  for (std::uint32_t i = 0; i < 6; ++i)
    world.add(i == 0 ? std::vector<std::uint32_t>{} : std::vector{i - 1, i / 2});
  world.simulator.run_for(2s);
  for (std::uint8_t value = 1; value <= 20; ++value) world.crier(0).announce(value);
  world.simulator.run_for(2s);
  for (std::size_t i = 1; i < 6; ++i) EXPECT_EQ(world.crier(i).announced[world.peers[0]->id()], 20);
}

TEST(Flood, pulses_reach_all_in_order_with_gaps_and_wait_for_nothing_that_is_lost) {
  World world(1, "uniform:10ms-30ms+loss:10%");
  for (std::uint32_t i = 0; i < 6; ++i)
    world.add(i == 0 ? std::vector<std::uint32_t>{} : std::vector{i - 1, i / 2});
  world.simulator.run_for(2s);
  for (std::uint8_t value = 1; value <= 200; ++value) {
    if (value == 100) world.peers[0]->exchange<Broadcaster, Flood>();
    world.crier(0).pulse(value);
    world.simulator.run_for(5ms);
  }
  world.simulator.run_for(1s);
  for (std::size_t i = 1; i < 6; ++i) {
    const auto& pulsed = world.crier(i).pulsed[world.peers[0]->id()];
    EXPECT_TRUE(std::ranges::is_sorted(pulsed));
    EXPECT_GT(pulsed.size(), 40u);
    EXPECT_GT(pulsed.back(), 190);
  }
}

TEST(Flood, disconnects_who_pulses_what_is_too_large_or_what_its_listener_rejects) {
  for (const auto& payload : {Bytes(pulse_bytes_max + 1, 1), Bytes{0}}) {
    World world(1, "constant:10ms");
    world.add({});
    world.add({0});
    world.add({0});
    world.simulator.run_for(1s);
    const auto hostile = world.peers[1]->origin();
    world.flood(0).pulse_received(hostile.peer, {hostile, Sequence(1), payload});
    world.simulator.run_for(1s);
    EXPECT_FALSE(world.peers[0]->find<LinkManager>()->links().contains(hostile.peer));
    EXPECT_TRUE(world.crier(2).pulsed.empty());
  }
}

TEST(Flood, disconnects_a_neighbour_that_floods_and_serves_the_others) {
  World world(1, "constant:10ms", {.neighbour_limit = {.rate = 10, .burst = 50}});
  world.add({});
  world.add({0});
  world.add({0});
  world.simulator.run_for(1s);
  const auto hostile = world.peers[1]->origin();
  for (std::uint64_t i = 1; i <= 100; ++i)
    world.flood(0).event_received(hostile.peer, {{hostile, Sequence(i), {1, 2}}});
  world.simulator.run_for(100ms);
  world.crier(0).say();
  world.simulator.run_for(1s);
  EXPECT_EQ(world.crier(0).heard.size(), 51u);
  EXPECT_EQ(world.crier(2).heard.size(), 51u);
  EXPECT_FALSE(world.peers[0]->find<LinkManager>()->links().contains(hostile.peer));
}

TEST(Flood, disconnects_a_neighbour_that_says_too_much_itself_and_nobody_who_passes_on) {
  for (const bool large : {false, true}) {
    World world(1, "constant:10ms",
                large ? FloodOptions{.own_bytes_limit = {.rate = 1000, .burst = 50'000}}
                      : FloodOptions{.own_limit = {.rate = 10, .burst = 50}});
    for (std::uint32_t i = 0; i < 3; ++i)
      world.add(i == 0 ? std::vector<std::uint32_t>{} : std::vector{i - 1});
    world.simulator.run_for(1s);
    const auto hostile = world.peers[0]->origin();
    FloodBatch batch;  // what it says to catch up counts as well
    for (std::uint64_t i = 1; i <= 60; ++i)
      batch.items.push_back({hostile, Sequence(i), Bytes(large ? 1000 : 2, 7)});
    world.flood(1).batch_received(hostile.peer, batch);
    world.simulator.run_for(100ms);
    EXPECT_FALSE(world.peers[1]->find<LinkManager>()->links().contains(hostile.peer));
    EXPECT_TRUE(world.peers[1]->find<LinkManager>()->links().contains(world.peers[2]->id()));
    EXPECT_EQ(world.crier(1).heard.size(), 50u);
    EXPECT_EQ(world.crier(2).heard.size(), 50u);
    world.crier(2).say();
    world.simulator.run_for(1s);
    EXPECT_EQ(world.crier(1).heard.size(), 51u);
  }
}

TEST(Flood, keeps_to_what_it_is_allowed_to_say_however_often_its_links_come_and_go) {
  World world(1, "constant:10ms", {.own_limit = {.rate = 100, .burst = 200}});
  for (std::uint32_t i = 0; i < 3; ++i) world.add(i == 0 ? std::vector<std::uint32_t>{} : std::vector{i - 1});
  world.simulator.run_for(1s);
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 100; ++i) world.crier(1).say();
    world.network.set_cut(1, true);
    world.simulator.run_for(1s);
    for (const auto other : {0u, 2u}) world.peers[1]->disconnect(world.peers[other]->id(), "for a test");
    world.network.set_cut(1, false);
    world.simulator.run_for(1s);
  }
  world.simulator.run_for(100s);
  EXPECT_EQ(world.crier(0).heard.size(), 1000u);
  EXPECT_EQ(world.crier(2).heard.size(), 1000u);
  EXPECT_EQ(world.peers[1]->find<LinkManager>()->links().size(), 2u);
}

TEST(Flood, an_honest_burst_beyond_the_limit_arrives_without_anybody_being_disconnected) {
  World world(1, "constant:10ms", {.neighbour_limit = {.rate = 10, .burst = 50}});
  for (std::uint32_t i = 0; i < 4; ++i) world.add(i == 0 ? std::vector<std::uint32_t>{} : std::vector{i - 1});
  world.simulator.run_for(1s);
  for (int i = 0; i < 500; ++i) world.crier(static_cast<std::size_t>(i % 4)).say();
  world.simulator.run_for(2s);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(world.crier(i).heard.size(), 500u);
}

TEST(Flood, neither_keeps_nor_passes_on_what_its_listener_rejects) {
  World world(1, "constant:10ms");
  world.add({});
  world.add({0});
  world.add({1});
  world.simulator.run_for(1s);
  world.peers[0]->find<Broadcaster>()->broadcast({1});
  world.simulator.run_for(1s);
  EXPECT_TRUE(world.crier(1).heard.empty());
  EXPECT_TRUE(world.crier(2).heard.empty());
  EXPECT_FALSE(world.peers[1]->find<LinkManager>()->links().contains(world.peers[0]->id()));
  EXPECT_TRUE(world.peers[1]->find<LinkManager>()->links().contains(world.peers[2]->id()));
}

TEST(Flood, refuses_forged_items) {
  World world(1, "constant:10ms");
  world.add({});
  world.add({0});
  world.simulator.run_for(1s);
  auto& flood = world.flood(0);
  const auto liar = world.peers[1]->id();
  flood.event_received(liar, {{world.peers[0]->origin(), Sequence(7), {1, 2}}});
  flood.event_received(liar, {{world.peers[1]->origin(), Sequence(0), {1, 2}}});
  EXPECT_TRUE(world.crier(0).heard.empty());
  world.simulator.run_for(10ms);
  EXPECT_TRUE(world.peers[0]->find<LinkManager>()->links().empty());
}

TEST(Flood, what_is_forgotten_reaches_nobody_new_and_does_not_come_back) {
  World world(1, "constant:10ms");
  world.add({});
  world.add({0});
  world.simulator.run_for(1s);
  for (int i = 0; i < 10; ++i) world.crier(0).say();
  world.simulator.run_for(1s);
  const auto origin = world.peers[0]->origin();
  const auto stored = world.flood(1).stored_bytes();
  for (std::uint64_t i = 1; i <= 6; ++i) {
    world.flood(0).forget(origin, Sequence(i));
    world.flood(1).forget(origin, Sequence(i));
  }
  EXPECT_EQ(world.flood(1).stored_bytes(), stored / 10 * 4);
  world.add({1});
  world.simulator.run_for(1s);
  EXPECT_EQ(world.crier(2).heard.size(), 4u);
  EXPECT_EQ(world.flood(0).statistics().received, 0u);
}

TEST(Flood, what_comes_too_late_is_neither_kept_nor_passed_on_nor_a_fault) {
  World world(1, "constant:10ms");
  world.add({});
  world.add({0});
  world.add({1});
  world.simulator.run_for(1s);
  world.crier(1).too_late = true;
  world.crier(0).say();
  world.simulator.run_for(1s);
  EXPECT_TRUE(world.crier(2).heard.empty());
  EXPECT_EQ(world.flood(1).stored_bytes(), 0u);
  world.crier(1).too_late = false;
  world.crier(0).say();
  world.simulator.run_for(1s);
  EXPECT_EQ(world.crier(2).heard.size(), 1u);
}

TEST(Flood, who_begins_anew_is_sent_what_it_does_not_know_any_more) {
  World world(1, "constant:10ms");
  world.add({});
  world.add({0});
  world.simulator.run_for(1s);
  for (int i = 0; i < 10; ++i) world.crier(0).say();
  world.simulator.run_for(1s);
  const auto origin = world.peers[0]->origin();
  for (std::uint64_t i = 1; i <= 8; ++i) world.flood(1).forget(origin, Sequence(i));
  world.crier(1).heard.clear();
  world.flood(1).begin_anew({{origin, SequenceSet({{Sequence(1), Sequence(5)}})}});
  world.simulator.run_for(1s);
  EXPECT_EQ(world.crier(1).heard, (std::set<std::pair<Origin, Sequence>>{
                                      {origin, Sequence(6)}, {origin, Sequence(7)}, {origin, Sequence(8)}}));
}

TEST(Flood, who_begins_anew_is_sent_what_it_said_itself_too) {
  World world(1, "constant:10ms");
  world.add({});
  world.add({0});
  world.simulator.run_for(1s);
  world.crier(0).say();
  world.simulator.run_for(1s);
  const auto origin = world.peers[0]->origin();
  world.flood(0).forget(origin, Sequence(1));
  EXPECT_EQ(world.flood(0).kept(origin, Sequence(1)), nullptr);
  world.crier(0).heard.clear();
  world.flood(0).begin_anew({});
  world.simulator.run_for(1s);
  EXPECT_NE(world.flood(0).kept(origin, Sequence(1)), nullptr);
}

}  // namespace
}  // namespace tutti
