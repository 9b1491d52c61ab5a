// When tunnels are taken and left, in virtual time. (What a tunnel is over TCP, net/tcp/ tests.)
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include <gtest/gtest.h>

#include "tutti/net/quic/quic_test_world.hpp"
#include "tutti/net/route/peer_endpoint.hpp"
#include "tutti/net/route/routed_socket.hpp"
#include "tutti/net/virtual/packet_network.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using quic_test::Numbered;

class Opener;
/// Who accepts tunnels at which place.
using Openers = std::map<Endpoint, Opener*>;

/// One end of a tunnel. What is sent arrives a little later, as long as the other end is there.
class TunnelEnd final : public DatagramSocket {
 public:
  TunnelEnd(Runtime& runtime, const Endpoint& place, std::function<void()> ended)
      : place_(place),
        ended_(std::move(ended)),
        arrivals_(runtime, [this] { arrive(); }),
        end_(runtime, [this] { std::exchange(ended_, [] {})(); }) {}
  ~TunnelEnd() override {
    if (other_ != nullptr) other_->lose_other();
  }
  /// Both sides hear that it has ended.
  void break_off() {
    if (other_ == nullptr) return;
    other_->lose_other();
    lose_other();
  }
  static void join(TunnelEnd& one, TunnelEnd& other) {
    one.other_ = &other;
    other.other_ = &one;
  }
  void start(DatagramHandler& handler) override { above_ = &handler; }
  void send(const Endpoint&, ByteView bytes, std::size_t segment_bytes) override {
    for (; other_ != nullptr && !bytes.empty(); bytes = bytes.subspan(std::min(segment_bytes, bytes.size())))
      other_->waiting_.emplace_back(
          bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(segment_bytes, bytes.size())));
    if (other_ != nullptr && !other_->arrivals_.armed()) other_->arrivals_.arm(25ms);
  }
  [[nodiscard]] Endpoint local_endpoint() const override { return {}; }

 private:
  void lose_other() {
    other_ = nullptr;
    end_.arm({});
  }
  void arrive() {
    for (const auto& bytes : std::exchange(waiting_, {})) {
      const Datagram datagram{bytes, place_};
      above_->datagrams_received({&datagram, 1});
    }
  }

  Endpoint place_;  // of the other end
  std::function<void()> ended_;
  TunnelEnd* other_ = nullptr;
  DatagramHandler* above_ = nullptr;
  std::deque<Bytes> waiting_;
  Timer arrivals_;
  Timer end_;
};

class Opener final : public Tunnels {
 public:
  Opener(Runtime& runtime, const PeerId& self, const Endpoint& place, Openers& openers)
      : runtime_(runtime), self_(self), place_(place), openers_(openers) {
    openers_[place] = this;
  }
  ~Opener() override { openers_.erase(place_); }
  void start(Handler handler) override { handler_ = std::move(handler); }
  void open(const Endpoint& place) override {
    tried.insert(place);
    if (under_way_.contains(place) || !openers_.contains(place)) return;
    auto& timer = under_way_.try_emplace(place, runtime_, [this, place] { opened(place); }).first->second;
    timer.arm(50ms);
  }
  /// The one that was opened last from here, which must still be there.
  void break_last() { last_->break_off(); }

  int count = 0;  // of those that were opened from here
  std::set<Endpoint> tried;

 private:
  void opened(Endpoint place) {
    under_way_.erase(place);
    if (!openers_.contains(place)) return;
    ++count;
    auto& other = *openers_.at(place);
    auto near = end(place);
    auto far = other.end(place_);
    TunnelEnd::join(*near, *far);
    last_ = near.get();
    *number_ = handler_.opened({other.self_, place, true, std::move(near)});
    *other.number_ = other.handler_.opened({self_, place_, false, std::move(far)});
  }
  std::unique_ptr<TunnelEnd> end(const Endpoint& place) {
    number_ = std::make_shared<SocketNumber>();
    return std::make_unique<TunnelEnd>(runtime_, place,
                                       [this, number = number_] { handler_.ended(*number); });
  }

  Runtime& runtime_;
  PeerId self_;
  Endpoint place_;
  Openers& openers_;
  Handler handler_;
  std::map<Endpoint, Timer> under_way_;
  std::shared_ptr<SocketNumber> number_;
  TunnelEnd* last_ = nullptr;
};

/// Three between whom datagrams can be blocked.
struct Tunnelled : testing::Test {
  static constexpr std::uint32_t ada = 0;
  static constexpr std::uint32_t rita = 1;
  static constexpr std::uint32_t bob = 2;

  Tunnelled() : network(simulator, *parse_network_model("constant:25ms")) {
    simulator.set_log(
        Log(LogLevel::info, [this](LogLevel, std::string_view line) { (lines += line) += '\n'; }));
    for (std::uint8_t i = 0; i < 3; ++i) {
      simulator.add_node();
      auto& runtime = simulator.node(i);
      const auto identity = Identity::from_seed({i});
      auto tunnels =
          std::make_unique<Opener>(runtime, identity.peer(), network.endpoint_of(i, 4000), openers);
      opened_by[i] = tunnels.get();
      auto socket = std::make_unique<RoutedSocket>(runtime, identity.peer(), network.bind(runtime, 4000),
                                                   LocalSockets::Open{}, RelayLimits{}, std::move(tunnels));
      sockets[i] = socket.get();
      nodes[i] = std::make_unique<quic_test::Node>(runtime, std::move(socket), QuicOptions{}, identity);
    }
  }
  PeerId id(std::uint32_t who) { return (*nodes[who])->local_peer(); }
  bool tunnelled(std::uint32_t from, std::uint32_t to) {
    const auto* route = sockets[from]->direct_route_to(id(to));
    return route != nullptr && route->tunnelled();
  }

  std::string lines;  // of the log
  Simulator simulator{7};
  PacketNetwork network;
  Openers openers;
  std::array<Opener*, 3> opened_by{};
  std::array<RoutedSocket*, 3> sockets{};
  std::array<std::unique_ptr<quic_test::Node>, 3> nodes;
};

TEST_F(Tunnelled, leave_a_tunnel_for_good_once_datagrams_get_through) {
  network.cuts().set_path_cut(ada, rita, true);
  auto& channel = (*nodes[ada])->connect(network.endpoint_of(rita, 4000), id(rita));
  simulator.run_for(3s);
  ASSERT_TRUE(tunnelled(ada, rita) && tunnelled(rita, ada));
  network.cuts().set_path_cut(ada, rita, false);
  for (std::uint32_t i = 0; i < 300; ++i) {
    channel.send(Envelope(Numbered::make(1, i, 100)), Priority::medium);
    simulator.run_for(1s);
  }
  EXPECT_FALSE(tunnelled(ada, rita) || tunnelled(rita, ada));
  EXPECT_EQ(nodes[rita]->numbers[1], quic_test::counting_to(300));
  EXPECT_EQ(opened_by[ada]->count, 1) << lines;
  EXPECT_EQ(sockets[ada]->further_sockets() + sockets[rita]->further_sockets(), 0u) << lines;
}

TEST_F(Tunnelled, do_not_doubt_a_tunnel_for_what_was_sent_before_it_was_there) {
  auto& channel = (*nodes[ada])->connect(network.endpoint_of(rita, 4000), id(rita));
  simulator.run_for(1s);
  network.cuts().set_path_cut(ada, rita, true);
  // Rita repeats it, more and more seldom, and would doubt the way next time. Ada is quicker.
  nodes[rita]->open.at(0)->send(Envelope(Numbered::make(1, 0, 100)), Priority::medium);
  for (std::uint32_t i = 0; i < 30; ++i) {
    channel.send(Envelope(Numbered::make(1, i, 100)), Priority::medium);
    simulator.run_for(200ms);
  }
  EXPECT_TRUE(tunnelled(ada, rita) && tunnelled(rita, ada));
  EXPECT_EQ(lines.find("does not answer over TCP"), std::string::npos) << lines;
}

TEST_F(Tunnelled, take_another_tunnel_when_the_one_they_need_has_ended) {
  network.cuts().set_path_cut(ada, rita, true);
  (*nodes[ada])->connect(network.endpoint_of(rita, 4000), id(rita));
  simulator.run_for(3s);
  ASSERT_TRUE(tunnelled(ada, rita) && tunnelled(rita, ada));
  opened_by[ada]->break_last();
  simulator.run_for(3s);
  EXPECT_EQ(opened_by[ada]->count, 2) << lines;
  EXPECT_TRUE(tunnelled(ada, rita) && tunnelled(rita, ada));
  EXPECT_TRUE(nodes[ada]->closed.empty());
}

TEST_F(Tunnelled, lead_to_whom_one_is_introduced_to_as_well_where_no_datagram_gets_through) {
  network.cuts().set_cut(ada, true);
  (*nodes[ada])->connect(network.endpoint_of(rita, 4000), id(rita));
  (*nodes[bob])->connect(network.endpoint_of(rita, 4000), id(rita));
  simulator.run_for(3s);
  ASSERT_TRUE(tunnelled(ada, rita));
  const MeetingId meeting(77);
  ASSERT_EQ(sockets[rita]->relay(meeting, id(ada), id(bob)), std::nullopt);
  sockets[ada]->meet({.id = meeting,
                      .peer = id(bob),
                      .key = {1},
                      .relay = id(rita),
                      .places = {network.endpoint_of(bob, 4000), network.endpoint_of(9, 1),
                                 network.endpoint_of(9, 2), network.endpoint_of(9, 3)}});
  sockets[bob]->meet({.id = meeting, .peer = id(ada), .key = {1}, .relay = id(rita)});
  (*nodes[ada])->connect(peer_endpoint(id(bob)), id(bob));
  simulator.run_for(3s);
  EXPECT_TRUE(tunnelled(ada, bob) && tunnelled(bob, ada));
  EXPECT_EQ(opened_by[ada]->count, 2);
  EXPECT_EQ(opened_by[bob]->count, 0) << "whose datagrams get through";
  nodes[rita]->destroy();
  nodes[bob]->open.back()->send(Envelope(Numbered::make(1, 0, 100)), Priority::medium);
  simulator.run_for(30s);
  EXPECT_EQ(nodes[ada]->numbers[1].size(), 1u);
  EXPECT_LE(opened_by[ada]->tried.size(), 1 + RoutedSocket::tunnelled_places_max);
}

}  // namespace
}  // namespace tutti
