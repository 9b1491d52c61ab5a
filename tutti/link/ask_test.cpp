// Questions over links: in simulated worlds with loss, deaths and cuts, and over real sockets.
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/link/link_manager.hpp"
#include "tutti/net/model/models.hpp"
#include "tutti/net/quic/quic_transport.hpp"
#include "tutti/net/udp/udp_socket.hpp"
#include "tutti/net/virtual/virtual_transport.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

struct Riddle {
  std::uint64_t number = 0;
};
struct Solution {
  std::uint64_t square = 0;
};

}  // namespace

template <>
struct MessageTraits<Riddle> {
  static constexpr MessageId id{0x7311};
};
template <>
struct MessageTraits<Solution> {
  static constexpr MessageId id{0x7312};
};

namespace {

/// What became of the riddles of all peers.
struct Outcome {
  std::uint64_t asked = 0;
  std::uint64_t solved = 0;
  std::uint64_t timed_out = 0;
  std::uint64_t link_lost = 0;
  std::uint64_t wrong = 0;    // wrong answers, and ends of what had ended
  std::uint64_t unheard = 0;  // open when their peer died

  [[nodiscard]] std::uint64_t ended() const { return solved + timed_out + link_lost + unheard; }
};

/// Asks a neighbour a riddle now and then; solves every second one it is asked at once and the others after
/// a while.
class Sphinx final : public Peerlet {
 public:
  explicit Sphinx(Outcome& outcome) : outcome_(outcome) {}

  void init(Peer& peer) override {
    peer_ = &peer;
    asking_.emplace(peer.runtime(), [this] { ask(); });
    solving_.emplace(peer.runtime(), [this] { solve(); });
  }
  void start() override { asking_->arm(50ms); }
  void stop() override {
    outcome_.unheard += open_.size();
    asking_.reset();
    solving_.reset();
    waiting_.clear();
  }
  void link_up(PeerId peer) override { neighbours_.emplace(peer, 0); }
  void link_down(PeerId peer) override { neighbours_.erase(peer); }

  void riddle_asked(Asker<Solution> asker, const Riddle& riddle) {
    if (riddle.number % 2 == 0)
      std::move(asker).answer({riddle.number * riddle.number});
    else
      waiting_.emplace_back(std::move(asker), riddle.number);
    if (!solving_->armed()) solving_->arm(30ms);
  }
  static constexpr auto handlers = tutti::handlers<&Sphinx::riddle_asked>;

 private:
  void ask() {
    asking_->arm(50ms);
    if (neighbours_.empty()) return;
    auto chosen = neighbours_.begin();
    std::advance(chosen, peer_->random().below(neighbours_.size()));
    const std::uint64_t number = peer_->random().below(1'000'000);
    const std::uint64_t name = ++names_;
    const Duration timeout = from_seconds(0.01 + peer_->random().uniform());
    const bool asked = peer_->ask<Solution>(
        *this, chosen->first, Riddle{number}, timeout, [this, name, number](const auto& solution) {
          if (open_.erase(name) != 1 || (solution && solution->square != number * number)) ++outcome_.wrong;
          if (solution)
            ++outcome_.solved;
          else
            ++(solution.error() == AskError::link_lost ? outcome_.link_lost : outcome_.timed_out);
        });
    if (!asked) return;
    ++outcome_.asked;
    open_.emplace(name, number);
  }
  void solve() {
    for (auto& [asker, number] : std::exchange(waiting_, {})) std::move(asker).answer({number * number});
  }

  Outcome& outcome_;
  Peer* peer_ = nullptr;
  std::optional<Timer> asking_;
  std::optional<Timer> solving_;
  std::map<PeerId, int> neighbours_;
  std::map<std::uint64_t, std::uint64_t> open_;
  std::vector<std::pair<Asker<Solution>, std::uint64_t>> waiting_;
  std::uint64_t names_ = 0;
};

/// A ring of peers with chords, all of whom ask each other, through bad times and then good ones.
class Ring {
 public:
  Ring(std::uint64_t seed, bool wire)
      : seed_(seed),
        random_(Random::keyed({seed, 0xa5c})),
        simulator_(seed),
        network_(simulator_, *parse_network_model("uniform:5ms-60ms+loss:5%"), {.wire = wire}),
        peers_(3 + random_.below(10)),
        transports_(peers_.size()) {
    for (std::size_t i = 0; i < peers_.size(); ++i) simulator_.add_node();
    for (std::uint32_t i = 0; i < size(); ++i) start(i);
  }

  Outcome live() {
    for (int i = 0; i < 40; ++i) {
      const auto peer = static_cast<std::uint32_t>(random_.below(size()));
      switch (random_.below(4)) {
        case 0:
          peers_[peer] ? kill(peer) : start(peer);
          break;
        case 1:
          network_.set_cut(peer, true);
          break;
        default:
          network_.set_cut(peer, false);
      }
      simulator_.run_for(from_seconds(random_.uniform()));
    }
    for (std::uint32_t i = 0; i < size(); ++i) {
      network_.set_cut(i, false);
      if (!peers_[i]) start(i);
    }
    simulator_.run_for(20s);
    return outcome_;
  }
  /// All peers end.
  Outcome end() {
    peers_.clear();
    return outcome_;
  }
  [[nodiscard]] std::uint64_t trace_hash() const { return simulator_.trace_hash(); }

 private:
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(peers_.size()); }
  void start(std::uint32_t node) {
    LinkOptions options{.network = "riddles 1"};
    for (const auto target : {(node + 1) % size(), node / 2})
      if (target != node) options.targets.push_back({VirtualNetwork::endpoint_of(target), {}});
    const auto id = VirtualNetwork::peer_id(seed_, node);
    auto transport = network_.attach(simulator_.node(node), id);
    transports_[node] = transport.get();
    peers_[node] = Peer::build(simulator_.node(node), id)
                       .add<LinkManager>(std::move(transport), std::move(options))
                       .add<Sphinx>(outcome_)
                       .start();
  }
  void kill(std::uint32_t node) {
    transports_[node]->vanish();
    peers_[node].reset();
  }

  std::uint64_t seed_;
  Random random_;
  Outcome outcome_;
  Simulator simulator_;
  VirtualNetwork network_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::vector<VirtualTransport*> transports_;
};

TEST(AskOverLinks, ends_every_question_exactly_once_through_loss_deaths_and_cuts) {
  Outcome all;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Ring ring(seed, seed % 2 == 0);
    const auto healed = ring.live();
    EXPECT_GT(healed.solved, 500u) << "seed " << seed;
    const auto outcome = ring.end();
    EXPECT_EQ(outcome.wrong, 0u) << "seed " << seed;
    EXPECT_EQ(outcome.ended(), outcome.asked) << "seed " << seed;
    all.solved += outcome.solved;
    all.timed_out += outcome.timed_out;
    all.link_lost += outcome.link_lost;
    all.unheard += outcome.unheard;
  }
  EXPECT_GT(all.timed_out, 1000u);
  EXPECT_GT(all.link_lost, 100u);
  EXPECT_GT(all.unheard, 100u);
}

TEST(AskOverLinks, happens_in_the_same_way_again_encoded_or_not) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Ring whole(seed, false);
    Ring encoded(seed, true);
    EXPECT_EQ(whole.live().asked, encoded.live().asked) << "seed " << seed;
    EXPECT_EQ(whole.trace_hash(), encoded.trace_hash()) << "seed " << seed;
  }
}

TEST(AskOverLinks, works_over_real_sockets) {
  RealRuntime runtime;
  Outcome outcome;
  std::vector<std::unique_ptr<Peer>> peers;
  std::vector<LinkTarget> targets;
  for (int i = 0; i < 2; ++i) {
    auto socket = UdpSocket::open(runtime, Endpoint::v4(0x7f000001, 0));
    ASSERT_TRUE(socket) << socket.error();
    auto transport = std::make_unique<QuicTransport>(runtime, *std::move(socket), Identity::generate());
    const LinkTarget self{transport->local_endpoint(), transport->local_peer()};
    peers.push_back(
        Peer::build(runtime, transport->local_peer())
            .add<LinkManager>(std::move(transport), LinkOptions{.network = "riddles 1", .targets = targets})
            .add<Sphinx>(outcome)
            .start());
    targets.push_back(self);
  }
  for (const auto end = real_now() + 30s; outcome.solved < 10 && real_now() < end;) runtime.poll();
  EXPECT_GE(outcome.solved, 10u);
  peers.pop_back();
  for (const auto end = real_now() + 30s; outcome.ended() < outcome.asked && real_now() < end;)
    runtime.poll();
  EXPECT_EQ(outcome.wrong, 0u);
  EXPECT_EQ(outcome.ended(), outcome.asked);
}

}  // namespace
}  // namespace tutti
