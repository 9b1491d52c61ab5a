#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/link/direct_carrier.hpp"
#include "tutti/link/link_manager.hpp"
#include "tutti/net/model/models.hpp"
#include "tutti/net/virtual/virtual_transport.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

struct Note {
  std::uint32_t number = 0;
};

}  // namespace

template <>
struct MessageTraits<Note> {
  static constexpr MessageId id{0x7301};
};

namespace {

/// Records links and notes.
class Witness final : public Peerlet {
 public:
  void link_up(PeerId peer) override { ++up[peer]; }
  void link_down(PeerId peer) override { --up[peer]; }
  void note(PeerId, const Note& received) { notes.push_back(received.number); }
  static constexpr auto handlers = tutti::handlers<&Witness::note>;

  std::map<PeerId, int> up;
  std::vector<std::uint32_t> notes;
};

/// Peers on a virtual network, each linked with the ones it is told to.
class World {
 public:
  explicit World(std::string_view model = "constant:10ms", std::uint64_t seed = 1)
      : seed_(seed), simulator(seed), network(simulator, *parse_network_model(model)) {
    simulator.set_log(
        Log(LogLevel::info, [this](LogLevel, std::string_view line) { log.emplace_back(line); }));
  }

  Peer& add(std::vector<std::uint32_t> targets, std::string network_name = "test 1",
            std::optional<SessionSecret> secret = {}) {
    simulator.add_node();
    peers.emplace_back();
    options_.push_back({std::move(targets), std::move(network_name), secret});
    start(static_cast<std::uint32_t>(peers.size() - 1));
    return *peers.back();
  }
  void start(std::uint32_t node) {
    LinkOptions options{.network = options_[node].network_name,
                        .secret = options_[node].secret,
                        .name = fmt::format("peer {}", node)};
    for (const auto target : options_[node].targets)
      options.targets.push_back({VirtualNetwork::endpoint_of(target), {}});
    auto transport = network.attach(simulator.node(node), id(node));
    transports_[node] = transport.get();
    peers[node] = Peer::build(simulator.node(node), id(node))
                      .add<LinkManager>(std::move(transport), std::move(options))
                      .add<Witness>()
                      .start();
  }
  void kill(std::uint32_t node) {
    transports_[node]->vanish();
    peers[node].reset();
  }
  [[nodiscard]] PeerId id(std::uint32_t node) const { return VirtualNetwork::peer_id(seed_, node); }
  Witness& witness(std::uint32_t node) { return *peers[node]->find<Witness>(); }
  [[nodiscard]] bool logged(std::string_view part) const {
    return std::ranges::any_of(log, [&](const auto& line) { return line.find(part) != std::string::npos; });
  }

 private:
  struct Options {
    std::vector<std::uint32_t> targets;
    std::string network_name;
    std::optional<SessionSecret> secret;
  };
  std::uint64_t seed_;

 public:
  std::vector<std::string> log;
  Simulator simulator;
  VirtualNetwork network;
  std::vector<std::unique_ptr<Peer>> peers;

 private:
  std::vector<Options> options_;
  std::map<std::uint32_t, VirtualTransport*> transports_;
};

TEST(DirectCarrier, waits_for_a_narrow_path_and_drops_what_is_unreliable_beyond_its_queue) {
  Simulator simulator(1);
  VirtualNetwork network(simulator, *parse_network_model("constant:10ms+bandwidth:8kbit,100B"));
  std::vector<std::unique_ptr<Peer>> peers;
  for (std::uint32_t i = 0; i < 2; ++i) {
    simulator.add_node();
    peers.push_back(Peer::build(simulator.node(i), VirtualNetwork::peer_id(1, i))
                        .add<DirectCarrier>(network, i)
                        .add<Witness>()
                        .start());
  }
  const auto to = peers[1]->id();
  const auto& heard = peers[1]->find<Witness>()->notes;
  const auto bytes = Envelope(Note{7}).body().size();
  for (int i = 0; i < 1000; ++i) peers[0]->send(to, Note{7}, Priority::medium);
  EXPECT_EQ(peers[0]->queue_bytes(to, Priority::medium), 1000 * bytes);
  simulator.run_for(1010ms);
  EXPECT_EQ(heard.size(), 1000 / bytes);
  simulator.run_for(1h);
  EXPECT_EQ(heard.size(), 1000u);
  EXPECT_EQ(peers[0]->queue_bytes(to, Priority::medium), 0u);
  for (int i = 0; i < 1000; ++i) peers[0]->send_unreliable(to, Note{7});
  simulator.run_for(1s);
  EXPECT_EQ(heard.size(), 1000 + 100 / bytes);
}

TEST(LinkManager, keeps_one_link_between_two_peers_that_connect_to_each_other_at_once) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    World world("uniform:1ms-50ms+loss:10%", seed);
    world.add({1});
    world.add({0});
    world.simulator.run_for(10s);
    EXPECT_EQ(world.witness(0).up[world.id(1)], 1) << "seed " << seed;
    EXPECT_EQ(world.witness(1).up[world.id(0)], 1) << "seed " << seed;
    world.peers[0]->send(world.id(1), Note{5}, Priority::low);
    world.peers[1]->send(world.id(0), Note{6}, Priority::high);
    world.simulator.run_for(1s);
    EXPECT_EQ(world.witness(1).notes, std::vector<std::uint32_t>{5}) << "seed " << seed;
    EXPECT_EQ(world.witness(0).notes, std::vector<std::uint32_t>{6}) << "seed " << seed;
  }
}

TEST(LinkManager, reconnects_by_itself_when_a_killed_peer_comes_back) {
  World world;
  world.add({});
  world.add({0});
  world.simulator.run_for(1s);
  world.kill(0);
  world.simulator.run_for(30s);
  EXPECT_EQ(world.witness(1).up[world.id(0)], 0);
  world.start(0);
  world.simulator.run_for(15s);
  EXPECT_EQ(world.witness(1).up[world.id(0)], 1);
  EXPECT_EQ(world.witness(0).up[world.id(1)], 1);
}

TEST(LinkManager, a_peer_that_comes_back_before_its_death_was_noticed_gets_a_new_link) {
  World world;
  world.add({1});
  world.add({});
  world.simulator.run_for(1s);
  world.kill(0);
  world.start(0);
  world.simulator.run_for(2s);
  EXPECT_EQ(world.witness(1).up[world.id(0)], 1);
  world.peers[1]->send(world.id(0), Note{1}, Priority::medium);
  world.simulator.run_for(1s);
  EXPECT_EQ(world.witness(0).notes, std::vector<std::uint32_t>{1});
}

TEST(LinkManager, links_with_nobody_who_does_not_know_the_secret) {
  World world;
  const SessionSecret secret{{1, 2, 3}};
  const SessionSecret another{{1, 2, 4}};
  world.add({}, "chess 1", secret);
  world.add({0}, "chess 1", secret);
  world.add({0}, "chess 1", another);
  world.add({0}, "chess 1");
  world.simulator.run_for(10s);
  EXPECT_EQ(world.witness(0).up, (std::map<PeerId, int>{{world.id(1), 1}}));
  EXPECT_EQ(world.witness(1).up[world.id(0)], 1);
  EXPECT_TRUE(world.witness(2).up.empty());
  EXPECT_TRUE(world.witness(3).up.empty());
  EXPECT_TRUE(world.logged("it does not know the session's secret"));
  EXPECT_TRUE(world.logged("its session has a secret that this peer does not know"));
}

TEST(LinkManager, refuses_another_network_by_name_on_both_sides) {
  World world;
  world.add({}, "rectangle 1");
  world.add({0}, "rectangle 2");
  world.simulator.run_for(2s);
  EXPECT_EQ(world.witness(0).up[world.id(1)], 0);
  EXPECT_TRUE(world.logged("'rectangle 2' does not go together with 'rectangle 1'"));
  EXPECT_TRUE(world.logged("'rectangle 1' does not go together with 'rectangle 2'"));
}

TEST(LinkManager, ends_the_link_of_a_peer_that_broke_a_rule_and_takes_it_back_after_the_penalty) {
  World world;
  world.add({});
  world.add({0});
  world.simulator.run_for(1s);
  world.peers[0]->disconnect(world.id(1), "it lies");
  world.simulator.run_for(10s);
  EXPECT_EQ(world.witness(0).up[world.id(1)], 0);
  EXPECT_TRUE(world.logged("it lies"));
  world.simulator.run_for(40s);
  EXPECT_EQ(world.witness(0).up[world.id(1)], 1);
}

TEST(LinkManager, cuts_off_a_receiver_that_does_not_keep_up) {
  World world;
  world.add({});
  world.add({0});
  world.simulator.run_for(1s);
  world.network.set_cut(1, true);
  bool sent = true;
  for (std::uint32_t i = 0; i < 100'000 && sent; ++i)
    sent = world.peers[0]->send(world.id(1), Note{i}, Priority::high);
  EXPECT_FALSE(sent);
  world.simulator.run_for(1s);
  EXPECT_EQ(world.witness(0).up[world.id(1)], 0);
  EXPECT_TRUE(world.logged("does not keep up"));
}

TEST(LinkManager, says_once_why_a_target_cannot_be_reached_and_keeps_trying) {
  World world;
  world.add({7});
  world.simulator.run_for(60s);
  EXPECT_EQ(std::ranges::count_if(
                world.log, [](const auto& line) { return line.find("unreachable") != std::string::npos; }),
            1);
}

TEST(LinkManager, says_once_that_a_target_is_this_peer_itself) {
  World world;
  world.add({0});
  world.simulator.run_for(60s);
  EXPECT_EQ(std::ranges::count_if(world.log,
                                  [](const auto& line) { return line.find("itself") != std::string::npos; }),
            1);
}

TEST(Backoff, grows_to_its_limit_with_jitter_and_starts_over_after_a_success) {
  Random random(1);
  Backoff backoff({.first = 100ms, .longest = 1s});
  for (const auto mean : {100ms, 200ms, 400ms, 800ms, 1000ms, 1000ms}) {
    const auto pause = backoff.next(random);
    EXPECT_GE(pause, mean / 2);
    EXPECT_LE(pause, mean * 3 / 2);
  }
  backoff.reset();
  EXPECT_LE(backoff.next(random), 150ms);
}

TEST(LinkManager, gives_a_candidate_up_that_is_not_there_and_keeps_one_that_is) {
  World world;
  world.add({});
  world.add({});
  auto& links = *world.peers[0]->find<LinkManager>();
  const LinkTarget there{VirtualNetwork::endpoint_of(1), {}};
  const LinkTarget nowhere{VirtualNetwork::endpoint_of(77), {}};
  EXPECT_TRUE(links.add_candidate(there));
  EXPECT_TRUE(links.add_candidate(nowhere));
  EXPECT_FALSE(links.add_candidate(nowhere));
  world.simulator.run_for(10min);
  EXPECT_EQ(world.witness(0).up[world.id(1)], 1);
  EXPECT_FALSE(links.add_candidate(there));
  EXPECT_TRUE(links.add_candidate(nowhere));  // somebody names it anew
}

TEST(LinkManager, comes_back_to_a_candidate_that_restarts_and_not_to_one_that_stays_away) {
  World world;
  for (int i = 0; i < 3; ++i) world.add({});
  auto& links = *world.peers[0]->find<LinkManager>();
  for (const std::uint32_t node : {1u, 2u}) links.add_candidate({VirtualNetwork::endpoint_of(node), {}});
  world.simulator.run_for(1s);
  ASSERT_EQ(links.links().size(), 2u);
  world.peers[1].reset();
  world.peers[2].reset();
  world.start(1);
  world.simulator.run_for(10min);
  EXPECT_EQ(world.witness(0).up[world.id(1)], 1);
  world.start(2);
  world.simulator.run_for(10min);
  EXPECT_EQ(world.witness(0).up[world.id(2)], 0);
}

TEST(LinkManager, links_once_with_a_candidate_that_has_many_endpoints_of_which_the_first_is_dead) {
  World world;
  for (int i = 0; i < 3; ++i) world.add({});
  auto& links = *world.peers[0]->find<LinkManager>();
  for (const std::uint32_t node : {50u, 1u, 51u, 1u})
    links.add_candidate({VirtualNetwork::endpoint_of(node), world.id(1)});
  for (const std::uint32_t node : {2u, 52u, 53u})
    links.add_candidate({VirtualNetwork::endpoint_of(node), world.id(2)});
  world.simulator.run_for(10min);
  EXPECT_EQ(world.witness(0).up, (std::map<PeerId, int>{{world.id(1), 1}, {world.id(2), 1}}));
  EXPECT_EQ(std::ranges::count_if(world.log, [](const auto& line) { return line.contains("linked with"); }),
            4);
}

TEST(LinkManager, keeps_no_more_candidates_than_it_may_whatever_it_is_told) {
  World world;
  world.add({});
  auto& links = *world.peers[0]->find<LinkManager>();
  EXPECT_FALSE(links.add_candidate({VirtualNetwork::endpoint_of(5), world.id(0)}));  // that is itself
  std::size_t taken = 0;
  for (std::uint32_t i = 0; i < 10'000; ++i)
    if (links.add_candidate({VirtualNetwork::endpoint_of(100 + i), {}})) ++taken;
  EXPECT_EQ(taken, LinkOptions{}.candidates_max);
  world.simulator.run_for(10min);
  EXPECT_TRUE(links.add_candidate({VirtualNetwork::endpoint_of(20'000), {}}));
}

}  // namespace
}  // namespace tutti
