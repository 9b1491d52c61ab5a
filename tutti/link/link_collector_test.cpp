#include "tutti/link/link_collector.hpp"

#include <memory>
#include <set>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/net/model/models.hpp"
#include "tutti/net/virtual/virtual_transport.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

struct Word {
  std::uint32_t number = 0;
};

}  // namespace

template <>
struct MessageTraits<Word> {
  static constexpr MessageId id{0x7304};
};

namespace {

/// An overlay that needs some links and hears of all.
class Overlay final : public Peerlet {
 public:
  void link_up(PeerId peer) override { linked.insert(peer); }
  void link_down(PeerId peer) override {
    linked.erase(peer);
    ++lost;
  }
  [[nodiscard]] bool insists_on(PeerId peer) const override { return needed.contains(peer); }
  void word(PeerId, const Word&) { ++heard; }
  static constexpr auto handlers = tutti::handlers<&Overlay::word>;

  std::set<PeerId> linked;
  std::set<PeerId> needed;
  int lost = 0;
  int heard = 0;
};

/// One who is named to all others as a candidate, so that all of them link with it.
struct Crowd : testing::Test {
  static constexpr std::uint32_t others = 10;
  static constexpr LinkCollectorOptions few{.kept = 4, .idle = 60s};

  Crowd() {
    for (std::uint32_t i = 0; i <= others; ++i) {
      auto& node = simulator.add_node();
      peers.push_back(Peer::build(node, id(i))
                          .add<LinkManager>(network.attach(node, id(i)), LinkOptions{.network = "test 1"})
                          .add<LinkCollector>(few)
                          .add<Overlay>()
                          .start());
      if (i > 0) peers[i]->find<LinkManager>()->add_candidate({VirtualNetwork::endpoint_of(0), id(0)});
    }
    simulator.run_for(1s);
  }
  static PeerId id(std::uint32_t node) { return VirtualNetwork::peer_id(1, node); }
  Overlay& overlay(std::uint32_t node) { return *peers[node]->find<Overlay>(); }

  Simulator simulator{1};
  VirtualNetwork network{simulator, *parse_network_model("constant:10ms")};
  std::vector<std::unique_ptr<Peer>> peers;
};

TEST_F(Crowd, gives_back_the_links_that_nobody_needs_down_to_as_many_as_are_kept) {
  ASSERT_EQ(overlay(0).linked.size(), others);
  simulator.run_for(10min);
  EXPECT_EQ(overlay(0).linked.size(), few.kept);
  EXPECT_EQ(overlay(0).lost, static_cast<int>(others - few.kept)) << "and none of them comes back";
  for (std::uint32_t i = 1; i <= others; ++i)
    EXPECT_EQ(overlay(i).linked.contains(id(0)), overlay(0).linked.contains(id(i)));
}

TEST_F(Crowd, keeps_links_that_a_peerlet_of_either_side_insists_on) {
  for (std::uint32_t i = 1; i <= 3; ++i) overlay(0).needed.insert(id(i));
  for (std::uint32_t i = 4; i <= 8; ++i) overlay(i).needed.insert(id(0));
  simulator.run_for(10min);
  EXPECT_EQ(overlay(0).linked.size(), 8u);
  for (std::uint32_t i = 1; i <= 8; ++i) EXPECT_TRUE(overlay(0).linked.contains(id(i))) << i;
  // Needs may end.
  overlay(4).needed.clear();
  simulator.run_for(10min);
  EXPECT_FALSE(overlay(0).linked.contains(id(4)));
}

TEST_F(Crowd, keeps_links_that_are_used_and_links_to_targets) {
  peers[9]->find<LinkManager>()->add_target({VirtualNetwork::endpoint_of(0), id(0)});
  for (int i = 0; i < 40; ++i) {
    for (std::uint32_t from = 1; from <= 7; ++from) peers[from]->send(id(0), Word{}, Priority::medium);
    simulator.run_for(20s);
  }
  EXPECT_EQ(overlay(0).heard, 40 * 7);
  for (const std::uint32_t used : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 9u})
    EXPECT_TRUE(overlay(0).linked.contains(id(used))) << used;
  EXPECT_EQ(overlay(0).linked.size(), 8u);
}

}  // namespace
}  // namespace tutti
