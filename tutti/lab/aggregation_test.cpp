#include "tutti/lab/aggregation.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tutti/link/link_manager.hpp"
#include "tutti/net/model/models.hpp"
#include "tutti/net/virtual/virtual_transport.hpp"

namespace tutti::lab {
namespace {

using namespace std::chrono_literals;
using measure::Measures;

PeerId peer(std::uint8_t number) {
  return PeerId{{number}};
}

Contribution contribution_of(std::uint32_t peers, std::uint64_t events) {
  measure::Recorder recorder(TimePoint{});
  recorder.counter("events").add(events);
  return {.peers = peers, .measures = recorder.totals()};
}

TEST(Gathering, is_complete_when_everybody_has_answered_or_will_not) {
  Gathering gathering(peer(9), {peer(1), peer(2), peer(3)}, TimePoint(1s), contribution_of(1, 5));
  EXPECT_TRUE(gathering.answered(peer(1), contribution_of(4, 10)));
  EXPECT_FALSE(gathering.awaits(peer(1)));
  gathering.give_up(peer(2));
  EXPECT_FALSE(gathering.complete());
  EXPECT_TRUE(gathering.answered(peer(3), contribution_of(1, 1)));
  EXPECT_TRUE(gathering.complete());
  EXPECT_EQ(gathering.result().peers, 6u);
  EXPECT_EQ(gathering.result().measures.count_of("events"), 16u);
}

TEST(Gathering, leaves_out_who_makes_the_result_too_large) {
  Gathering gathering({}, {peer(1), peer(2), peer(3)}, TimePoint(1s), contribution_of(1, 5));
  Contribution flood{.peers = 1, .measures = {}};
  for (std::size_t i = 0; i < measure::Bounds{}.measures; ++i)
    flood.measures.all.push_back({fmt::format("x{}", 1000 + i), "", measure::CounterValue{1}});
  ASSERT_TRUE(check(flood.measures));
  EXPECT_FALSE(gathering.answered(peer(1), flood));
  EXPECT_FALSE(gathering.answered(peer(2), contribution_of(peers_heard_max, 1)));
  EXPECT_TRUE(gathering.answered(peer(3), contribution_of(2, 1)));
  EXPECT_EQ(gathering.result().peers, 3u);
  EXPECT_EQ(gathering.result().measures.count_of("events"), 6u);
}

TEST(Patience, shrinks_by_a_hop_a_level_until_there_is_no_time_to_ask_further) {
  const auto first = Patience::under(1s, 250ms);
  EXPECT_EQ(first.own, 750ms);
  EXPECT_EQ(first.of_children, 750ms);
  const auto last = Patience::under(499ms, 250ms);
  EXPECT_EQ(last.own, 0ms);
  EXPECT_EQ(last.of_children, std::nullopt);
  EXPECT_EQ(Patience::under(1ms, 250ms).own, 0ms);
}

/// Counts one for itself, under a name that all share and under one of its own.
class Voice final : public Peerlet {
 public:
  explicit Voice(std::uint32_t node) : node_(node) {}
  void init(Peer& peer) override {
    peer.measure().counter("voices").add();
    peer.measure().counter(fmt::format("voice.{}", node_)).add();
    peer.measure().distribution("node").add(node_);
  }

 private:
  std::uint32_t node_;
};

struct Heard {
  Measures measures;
  std::uint32_t peers = 0;
};

/// Peers in a random graph, a recorder each.
class World {
 public:
  World(std::uint64_t seed, std::uint32_t count, std::string_view model, bool wire = false)
      : simulator(seed), network(simulator, *parse_network_model(model), {.wire = wire}), random_(seed) {
    for (std::uint32_t i = 0; i < count; ++i) {
      simulator.add_node();
      auto& targets = targets_.emplace_back();
      if (i > 0) targets.push_back(static_cast<std::uint32_t>(random_.below(i)));
      if (i > 2) targets.push_back(static_cast<std::uint32_t>(random_.below(i)));
      if (i > 4 && random_.chance(0.3)) targets.push_back(static_cast<std::uint32_t>(random_.below(i)));
    }
    recorders.resize(count);
    peers.resize(count);
    for (std::uint32_t i = 0; i < count; ++i) start(i);
  }
  void start(std::uint32_t node) {
    LinkOptions links{.network = "test", .name = fmt::format("peer {}", node)};
    for (const auto target : targets_[node])
      links.targets.push_back({VirtualNetwork::endpoint_of(target), {}});
    const auto id = VirtualNetwork::peer_id(simulator.seed(), node);
    recorders[node] = std::make_unique<measure::Recorder>(simulator.now(), id);
    auto transport = network.attach(simulator.node(node), id);
    transports_[node] = transport.get();
    peers[node] = Peer::build(simulator.node(node), id)
                      .add<LinkManager>(std::move(transport), std::move(links))
                      .add<Voice>(node)
                      .add<Aggregation>()
                      .measure(*recorders[node])
                      .start();
  }
  void kill(std::uint32_t node) {
    transports_[node]->vanish();
    peers[node].reset();
  }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(peers.size()); }
  Aggregation& aggregation(std::size_t node) { return *peers[node]->find<Aggregation>(); }

  std::shared_ptr<std::optional<Heard>> ask(std::uint32_t node, Scope scope = Scope::totals) {
    auto heard = std::make_shared<std::optional<Heard>>();
    EXPECT_TRUE(aggregation(node).ask(scope, [heard](const Measures& measures, std::uint32_t peers_heard) {
      EXPECT_FALSE(*heard) << "the handler is called once";
      *heard = Heard{measures, peers_heard};
    }));
    return heard;
  }

  Simulator simulator;
  VirtualNetwork network;
  std::vector<std::unique_ptr<measure::Recorder>> recorders;
  std::vector<std::unique_ptr<Peer>> peers;

 private:
  Random random_;
  std::vector<std::vector<std::uint32_t>> targets_;
  std::map<std::uint32_t, VirtualTransport*> transports_;
};

/// That everybody who was heard was heard once.
void expect_consistent(const Heard& heard, std::uint64_t seed) {
  EXPECT_EQ(heard.measures.count_of("voices"), heard.peers) << "seed " << seed;
  for (const auto& measure : heard.measures.all) {
    if (!measure.name.starts_with("voice.")) continue;
    EXPECT_EQ(heard.measures.count_of(measure.name), 1u) << "seed " << seed << ": " << measure.name;
  }
}

TEST(Aggregation, hears_exactly_everybody_in_random_graphs_long_before_any_deadline) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const auto count = static_cast<std::uint32_t>(1 + seed * 2);
    World world(seed, count, "uniform:1ms-80ms", seed % 3 == 0);
    world.simulator.run_for(20s);
    const auto heard = world.ask(count / 2);
    world.simulator.run_for(3s);
    ASSERT_TRUE(*heard) << "seed " << seed;
    EXPECT_EQ((*heard)->peers, count) << "seed " << seed;
    expect_consistent(**heard, seed);
    const auto& nodes = std::get<measure::DistributionValue>((*heard)->measures.find("node")->value).samples;
    EXPECT_EQ(nodes.count, count);
    EXPECT_EQ(nodes.sum.value(), count * (count - 1) / 2.0);
    EXPECT_EQ(nodes.greatest, count - 1);
  }
}

TEST(Aggregation, gives_the_same_bits_to_whoever_asks) {
  World world(5, 25, "uniform:1ms-80ms");
  world.simulator.run_for(20s);
  const auto one = world.ask(3, Scope::last_window);
  const auto other = world.ask(20, Scope::last_window);
  world.simulator.run_for(3s);
  ASSERT_TRUE(*one && *other);
  EXPECT_EQ(encode((*one)->measures), encode((*other)->measures));
  EXPECT_EQ((*one)->peers, 25u);
}

TEST(Aggregation, tells_of_the_last_window_only_what_happened_in_it) {
  World world(2, 8, "constant:10ms");
  world.simulator.run_for(15s);  // the first window has ended
  const auto first = world.ask(0, Scope::last_window);
  world.simulator.run_for(10s);  // so has the second
  const auto second = world.ask(0, Scope::last_window);
  const auto totals = world.ask(0, Scope::totals);
  world.simulator.run_for(1s);
  ASSERT_TRUE(*first && *second && *totals);
  EXPECT_EQ((*first)->measures.count_of("voices"), 8u);
  EXPECT_EQ((*second)->measures.count_of("voices"), 0u);
  EXPECT_EQ((*totals)->measures.count_of("voices"), 8u);
  EXPECT_EQ((*second)->peers, 8u);
}

TEST(Aggregation, under_churn_never_hears_anybody_twice_and_hears_all_again_after_healing) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    World world(seed, 15, "uniform:1ms-80ms+loss:5%");
    auto random = Random::keyed({seed, 7});
    world.simulator.run_for(15s);
    std::vector<std::shared_ptr<std::optional<Heard>>> answers;
    for (int round = 0; round < 60; ++round) {
      const auto node = static_cast<std::uint32_t>(random.below(world.size()));
      switch (random.below(7)) {
        case 0:
          if (world.peers[node]) world.peers[node].reset();
          break;
        case 1:
          if (world.peers[node]) world.kill(node);
          break;
        case 2:
          world.network.set_cut(node, random.chance(0.5));
          break;
        case 3:
          if (!world.peers[node]) world.start(node);
          break;
        default:
          if (world.peers[node]) answers.push_back(world.ask(node));
      }
      world.simulator.run_for(Duration(static_cast<std::int64_t>(random.below(2'000'000'000))));
    }
    for (std::uint32_t i = 0; i < world.size(); ++i) {
      world.network.set_cut(i, false);
      if (!world.peers[i]) world.start(i);
    }
    world.simulator.run_for(90s);
    for (const auto& heard : answers)
      if (*heard) expect_consistent(**heard, seed);
    const auto healed = world.ask(0);
    world.simulator.run_for(11s);
    ASSERT_TRUE(*healed) << "seed " << seed;
    EXPECT_EQ((*healed)->peers, world.size()) << "seed " << seed;
    expect_consistent(**healed, seed);
  }
}

TEST(Aggregation, a_peer_younger_than_the_question_may_take_passes_it_on_and_says_nothing) {
  World world(2, 3, "constant:10ms");  // with this seed a line: 0, 1, 2
  world.simulator.run_for(30s);
  ASSERT_EQ(world.peers[1]->find<LinkManager>()->links().size(), 2u);
  world.peers[1].reset();  // it could have answered in its first life
  world.start(1);
  world.simulator.run_for(5s);
  const auto heard = world.ask(0);
  world.simulator.run_for(1s);
  ASSERT_TRUE(*heard);
  EXPECT_EQ((*heard)->peers, 2u);
  EXPECT_EQ((*heard)->measures.count_of("voice.1"), 0u);
  EXPECT_EQ((*heard)->measures.count_of("voice.2"), 1u);
}

TEST(Aggregation, answers_in_time_without_a_neighbour_that_keeps_silent) {
  World world(1, 2, "constant:10ms");
  world.simulator.run_for(15s);
  world.network.set_path_cut(0, 1, true);
  const auto heard = world.ask(0);
  world.simulator.run_for(9s);
  EXPECT_FALSE(*heard);
  world.simulator.run_for(2s);
  ASSERT_TRUE(*heard);
  EXPECT_EQ((*heard)->peers, 1u);
}

TEST(Aggregation, drops_questions_beyond_the_limit_of_a_neighbour) {
  World world(1, 3, "constant:10ms");
  world.simulator.run_for(15s);
  const auto before = world.simulator.event_count();
  for (std::uint64_t i = 0; i < 10'000; ++i)
    world.aggregation(0).question_received(
        world.peers[1]->id(), {.id = QuestionId(i), .scope = Scope::totals, .timeout = 10s, .patience = 10s});
  world.simulator.run_for(1s);
  EXPECT_LT(world.simulator.event_count() - before, 500u);
  const auto heard = world.ask(2);
  world.simulator.run_for(11s);
  ASSERT_TRUE(*heard);
  EXPECT_EQ((*heard)->peers, 3u);
}

TEST(Aggregation, disconnects_who_asks_or_answers_what_cannot_be) {
  const auto linked_after = [](auto misbehave) {
    World world(1, 2, "constant:10ms");
    world.simulator.run_for(15s);
    const auto heard = world.ask(0);
    misbehave(world.aggregation(0), world.peers[1]->id());
    world.simulator.run_for(5ms);
    return !world.peers[0]->find<LinkManager>()->links().empty();
  };
  const auto ask_in = [](Duration timeout, Duration patience) {
    return [=](Aggregation& aggregation, PeerId from) {
      aggregation.question_received(
          from, {.id = QuestionId(1), .scope = Scope::totals, .timeout = timeout, .patience = patience});
    };
  };
  EXPECT_TRUE(linked_after(ask_in(10s, 5s)));
  EXPECT_FALSE(linked_after(ask_in(Duration::max(), 5s)));
  EXPECT_FALSE(linked_after(ask_in(10s, 11s)));
  EXPECT_FALSE(linked_after(ask_in(10s, -1s)));
  // An answer that nobody waits for is late, not wrong.
  EXPECT_TRUE(linked_after([](Aggregation& aggregation, PeerId from) {
    aggregation.answer_received(from, {QuestionId(1), contribution_of(1'000'000, 1)});
  }));
}

/// Answers every question with a lie.
class Liar final : public Peerlet {
 public:
  explicit Liar(Contribution lie) : lie_(std::move(lie)) {}
  void init(Peer& peer) override { peer_ = &peer; }
  void question_received(PeerId from, const AggregationQuestion& question) {
    for (int i = 0; i < 3; ++i) peer_->send(from, AggregationAnswer{question.id, lie_}, Priority::medium);
  }
  static constexpr auto handlers = tutti::handlers<&Liar::question_received>;

 private:
  Contribution lie_;
  Peer* peer_ = nullptr;
};

/// What peer 0 hears when it has a liar for a neighbour, besides an honest one.
Heard heard_beside_a_liar(const Contribution& lie) {
  World world(1, 2, "constant:10ms");
  auto& node = world.simulator.add_node();
  const auto id = VirtualNetwork::peer_id(1, node.node());
  const auto liar =
      Peer::build(node, id)
          .add<LinkManager>(world.network.attach(node, id),
                            LinkOptions{.network = "test", .targets = {{VirtualNetwork::endpoint_of(0), {}}}})
          .add<Liar>(lie)
          .start();
  world.simulator.run_for(15s);
  const auto heard = world.ask(0);
  world.simulator.run_for(11s);
  EXPECT_TRUE(*heard);
  return heard->value_or(Heard{});
}

TEST(Aggregation, believes_a_liar_once_and_only_within_the_limits) {
  const auto believed = heard_beside_a_liar(contribution_of(1000, 7));
  EXPECT_EQ(believed.peers, 1002u);
  EXPECT_EQ(believed.measures.count_of("events"), 7u);
  EXPECT_EQ(believed.measures.count_of("voices"), 2u);

  EXPECT_EQ(heard_beside_a_liar(contribution_of(~0u, 7)).peers, 2u);
  EXPECT_EQ(heard_beside_a_liar(contribution_of(1, ~std::uint64_t{0})).peers, 2u);
}

}  // namespace
}  // namespace tutti::lab
