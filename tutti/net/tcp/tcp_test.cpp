#include <array>
#include <memory>

#include <boost/asio/connect.hpp>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tutti/net/quic/quic_test_world.hpp"
#include "tutti/net/route/peer_endpoint.hpp"
#include "tutti/net/route/routed_socket.hpp"
#include "tutti/net/tcp/datagram_frames.hpp"
#include "tutti/net/tcp/tcp_endpoint.hpp"
#include "tutti/net/tcp/tcp_tunnels.hpp"
#include "tutti/net/udp/udp_socket.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using quic_test::Numbered;
using quic_test::run_until;

// ---- frames

RC_GTEST_PROP(DatagramFrames, are_cut_as_they_were_joined_wherever_the_stream_is_torn, ()) {
  const auto sizes = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 300));
  Bytes stream;
  std::vector<Bytes> datagrams;
  for (const auto size : sizes) {
    datagrams.emplace_back(size, static_cast<std::uint8_t>(datagrams.size()));
    append_datagram_frame(stream, datagrams.back());
  }
  DatagramFrames frames;
  std::vector<Bytes> received;
  for (auto rest = ByteView(stream); !rest.empty();) {
    const auto piece = rest.first(std::min(rest.size(), *rc::gen::inRange<std::size_t>(1, 500)));
    rest = rest.subspan(piece.size());
    const auto complete = frames.feed(piece);
    RC_ASSERT(complete.has_value());
    for (const auto& datagram : *complete) received.emplace_back(datagram.begin(), datagram.end());
  }
  RC_ASSERT(received == datagrams);
}

TEST(DatagramFrames, refuse_a_length_that_is_no_datagrams) {
  EXPECT_FALSE(DatagramFrames{}.feed(Bytes{0, 0}).has_value());
  EXPECT_FALSE(DatagramFrames{}.feed(Bytes{0xff, 0xff, 1}).has_value());
  EXPECT_TRUE(DatagramFrames{}.feed(Bytes{8, 0}).has_value());
}

// ---- tunnels

const TcpTunnels::Options patient{.patience = 60s};

/// One end, and what it has been told.
struct End : DatagramHandler {
  End(PolledRuntime& runtime, std::uint8_t seed, const TcpTunnels::Options& options = patient,
      const std::string& protocol = "tutti/1")
      : identity(Identity::from_seed({seed})),
        tunnels(runtime.sockets(), identity, protocol, place_for(runtime), {}, options) {
    tunnels.start({.opened =
                       [this](Tunnel tunnel) {
                         tunnel.socket->start(*this);
                         opened.push_back(std::move(tunnel));
                         return SocketNumber(static_cast<std::uint32_t>(opened.size() - 1));
                       },
                   .ended = [this](SocketNumber number) { ended.push_back(number); }});
  }
  /// A place where nobody else listens.
  Endpoint place_for(PolledRuntime& runtime) {
    const auto udp = UdpSocket::open(runtime.sockets(), quic_test::localhost_v4);
    return place = (*udp)->local_endpoint();
  }
  void datagrams_received(std::span<const Datagram> datagrams) override {
    for (const auto& datagram : datagrams)
      received.emplace_back(datagram.bytes.begin(), datagram.bytes.end());
  }

  Endpoint place;
  Identity identity;
  TcpTunnels tunnels;
  std::vector<Tunnel> opened;
  std::vector<SocketNumber> ended;
  std::vector<Bytes> received;
};

TEST(TcpTunnels, know_who_is_at_the_other_end_and_carry_datagrams) {
  std::string lines;
  PolledRuntime runtime(
      Log(LogLevel::info, [&](LogLevel, std::string_view line) { (lines += line) += '\n'; }));
  End ada(runtime, 1);
  End bob(runtime, 2);
  ada.tunnels.open(bob.place);
  ada.tunnels.open(bob.place);  // once is enough
  ASSERT_TRUE(run_until(runtime, [&] { return !ada.opened.empty() && !bob.opened.empty(); }));
  EXPECT_EQ(ada.opened[0].peer, bob.identity.peer());
  EXPECT_EQ(ada.opened[0].place, bob.place);
  EXPECT_TRUE(ada.opened[0].outgoing);
  EXPECT_EQ(bob.opened[0].peer, ada.identity.peer());
  EXPECT_FALSE(bob.opened[0].outgoing);
  const Bytes batch{1, 1, 1, 2, 2, 2, 3};
  ada.opened[0].socket->send({}, batch, 3);
  bob.opened[0].socket->send({}, Bytes{9}, 1);
  ASSERT_TRUE(run_until(runtime, [&] { return bob.received.size() == 3 && ada.received.size() == 1; }));
  EXPECT_EQ(bob.received, (std::vector<Bytes>{{1, 1, 1}, {2, 2, 2}, {3}}));
  EXPECT_EQ(ada.received[0], Bytes{9});
  // One end goes: the other is told.
  ada.opened.clear();
  EXPECT_TRUE(run_until(runtime, [&] { return !bob.ended.empty(); }));
  EXPECT_EQ(bob.opened.size(), 1u);
  EXPECT_NE(lines.find("has ended: the other side has closed the connection"), std::string::npos) << lines;
}

TEST(TcpTunnels, lose_what_a_narrow_network_has_no_room_for) {
  PolledRuntime runtime;
  End ada(runtime, 1);
  End bob(runtime, 2);
  ada.tunnels.open(bob.place);
  ASSERT_TRUE(run_until(runtime, [&] { return !ada.opened.empty() && !bob.opened.empty(); }));
  constexpr int sent = 100'000;
  const Bytes datagram(1200, 7);
  for (int i = 0; i < sent; ++i) ada.opened[0].socket->send({}, datagram, datagram.size());
  ada.opened[0].socket->send({}, Bytes{1}, 1);
  run_until(runtime, [&, quiet = 0, last = std::size_t{0}]() mutable {
    quiet = bob.received.size() == last ? quiet + 1 : 0;
    last = bob.received.size();
    return last > 0 && quiet > 1000;
  });
  EXPECT_GT(bob.received.size(), 50u);
  EXPECT_LT(bob.received.size(), 50'000u) << "what waits is bounded";
}

TEST(TcpTunnels, between_other_protocols_there_are_none) {
  PolledRuntime runtime;
  End ada(runtime, 1, patient, "tutti/1");
  End bob(runtime, 2, patient, "other/7");
  ada.tunnels.open(bob.place);
  EXPECT_TRUE(run_until(runtime, [&] { return ada.tunnels.counters().failed == 1; }));
  EXPECT_TRUE(run_until(runtime, [&] { return bob.tunnels.counters().failed == 1; }));
  EXPECT_TRUE(ada.opened.empty());
  EXPECT_TRUE(bob.opened.empty());
}

/// Somebody who connects and then says what the test likes, or nothing.
struct Stranger {
  Stranger(PolledRuntime& runtime, const Endpoint& place) : socket(runtime.sockets().io()) {
    socket.connect(to_tcp_endpoint(place));
    socket.non_blocking(true);
  }
  /// Whether the other side has hung up.
  bool is_hung_up_on() {
    std::array<char, 256> bytes{};
    boost::system::error_code error;
    socket.read_some(boost::asio::buffer(bytes), error);
    return error && error != boost::asio::error::would_block;
  }
  ByteStream::Socket socket;
};

TEST(TcpTunnels, whoever_says_nothing_or_nonsense_is_hung_up_on) {
  std::string lines;
  PolledRuntime runtime(
      Log(LogLevel::info, [&](LogLevel, std::string_view line) { (lines += line) += '\n'; }));
  End hasty(runtime, 1, {.patience = 50ms});
  Stranger silent(runtime, hasty.place);
  EXPECT_TRUE(run_until(runtime, [&] { return silent.is_hung_up_on(); }));
  End bob(runtime, 2);
  Stranger mad(runtime, bob.place);
  mad.socket.write_some(boost::asio::buffer("GET / HTTP/1.1\r\nHost: example.org\r\n\r\n"));
  EXPECT_TRUE(run_until(runtime, [&] { return mad.is_hung_up_on(); }));
  EXPECT_EQ(hasty.tunnels.counters().failed, 1u);
  EXPECT_EQ(bob.tunnels.counters().failed, 1u);
  EXPECT_EQ(hasty.tunnels.counters().failed_incoming + bob.tunnels.counters().failed_incoming, 2u);
  EXPECT_NE(lines.find("no tunnel over TCP from 127.0.0.1:"), std::string::npos) << lines;
  EXPECT_NE(lines.find("it does not answer; 1 so far"), std::string::npos) << lines;
}

TEST(TcpTunnels, so_many_come_from_one_address_and_no_more) {
  PolledRuntime runtime;
  End bob(runtime, 2, {.patience = 60s, .from_one_address_max = 3});
  std::vector<std::unique_ptr<Stranger>> strangers;
  for (int i = 0; i < 3; ++i) strangers.push_back(std::make_unique<Stranger>(runtime, bob.place));
  Stranger fourth(runtime, bob.place);
  EXPECT_TRUE(run_until(runtime, [&] { return fourth.is_hung_up_on(); }));
  EXPECT_EQ(bob.tunnels.counters().refused, 1u);
  for (const auto& stranger : strangers) EXPECT_FALSE(stranger->is_hung_up_on());
  // Who leaves makes room.
  strangers.pop_back();
  EXPECT_TRUE(run_until(runtime, [&] { return bob.tunnels.counters().failed == 1; }));
  End ada(runtime, 1);
  ada.tunnels.open(bob.place);
  EXPECT_TRUE(run_until(runtime, [&] { return !ada.opened.empty(); }));
}

TEST(TcpTunnels, to_a_place_where_nobody_listens_lead_nowhere) {
  PolledRuntime runtime;
  End ada(runtime, 1);
  Endpoint nobody;
  {
    End bob(runtime, 2);
    nobody = bob.place;
  }
  ada.tunnels.open(nobody);
  EXPECT_TRUE(run_until(runtime, [&] { return ada.tunnels.counters().failed == 1; }));
  EXPECT_TRUE(ada.opened.empty());
}

// ---- ways to peers

/// UDP that a firewall can block, in both directions.
class Firewalled final : public DatagramSocket, private DatagramHandler {
 public:
  Firewalled(std::unique_ptr<DatagramSocket> inner, const bool& blocked)
      : inner_(std::move(inner)), blocked_(blocked) {}
  void start(DatagramHandler& handler) override {
    above_ = &handler;
    inner_->start(*this);
  }
  void send(const Endpoint& target, ByteView bytes, std::size_t segment_bytes) override {
    if (!blocked_) inner_->send(target, bytes, segment_bytes);
  }
  [[nodiscard]] Endpoint local_endpoint() const override { return inner_->local_endpoint(); }

 private:
  void datagrams_received(std::span<const Datagram> datagrams) override {
    if (!blocked_) above_->datagrams_received(datagrams);
  }

  std::unique_ptr<DatagramSocket> inner_;
  const bool& blocked_;
  DatagramHandler* above_ = nullptr;
};

/// Ada, who may be behind a firewall, and Rita and Bob, who are not.
struct TunnelledPeers : testing::Test {
  static constexpr std::size_t ada = 0;
  static constexpr std::size_t rita = 1;
  static constexpr std::size_t bob = 2;

  TunnelledPeers() {
    for (std::uint8_t i = 0; i < 3; ++i) {
      const auto identity = Identity::from_seed({i});
      std::unique_ptr<DatagramSocket> udp = *UdpSocket::open(runtime.sockets(), quic_test::localhost_v4);
      const auto place = udp->local_endpoint();
      if (i == ada) udp = std::make_unique<Firewalled>(std::move(udp), blocked);
      auto routed = std::make_unique<RoutedSocket>(
          runtime, identity.peer(), std::move(udp), LocalSockets::Open{}, RelayLimits{},
          std::make_unique<TcpTunnels>(runtime.sockets(), identity, "tutti/1", place, TcpTunnels::Wrap{},
                                       patient));
      sockets[i] = routed.get();
      nodes[i] = std::make_unique<quic_test::Node>(runtime, std::move(routed), QuicOptions{}, identity);
    }
  }
  PeerId id(std::size_t who) { return (*nodes[who])->local_peer(); }
  Channel& connect(std::size_t from, std::size_t to) {
    auto& channel = (*nodes[from])->connect((*nodes[to])->local_endpoint(), id(to));
    EXPECT_TRUE(
        come_to([&] { return std::ranges::find(nodes[from]->open, &channel) != nodes[from]->open.end(); }));
    return channel;
  }
  /// Minutes at most: some of it waits for timers of ten seconds.
  template <typename Condition>
  bool come_to(Condition condition) {
    return run_until(runtime, condition, 150s);
  }
  bool tunnelled(std::size_t from, std::size_t to) {
    const auto* route = sockets[from]->direct_route_to(id(to));
    return route != nullptr && route->tunnelled();
  }

  PolledRuntime runtime;
  bool blocked = true;
  std::array<RoutedSocket*, 3> sockets{};
  std::array<std::unique_ptr<quic_test::Node>, 3> nodes;
};

TEST_F(TunnelledPeers, link_where_no_datagram_gets_through_and_leave_the_tunnel_when_one_does) {
  auto& channel = connect(ada, rita);
  EXPECT_TRUE(tunnelled(ada, rita));
  EXPECT_TRUE(tunnelled(rita, ada));
  std::uint32_t sent = 0;
  const auto talk = [&] {
    for (int i = 0; i < 50; ++i) channel.send(Envelope(Numbered::make(1, sent++, 1000)), Priority::medium);
  };
  talk();
  ASSERT_TRUE(come_to([&] { return nodes[rita]->numbers[1].size() == sent; }));
  blocked = false;
  EXPECT_TRUE(come_to([&] { return !tunnelled(ada, rita) && !tunnelled(rita, ada); }));
  talk();
  ASSERT_TRUE(come_to([&] { return nodes[rita]->numbers[1].size() == sent; }));
  EXPECT_EQ(nodes[rita]->numbers[1], quic_test::counting_to(sent));
  EXPECT_TRUE(nodes[ada]->closed.empty());
}

TEST_F(TunnelledPeers, take_a_tunnel_in_mid_session_when_datagrams_are_blocked) {
  blocked = false;
  auto& channel = connect(ada, rita);
  EXPECT_FALSE(tunnelled(ada, rita));
  blocked = true;
  for (std::uint32_t i = 0; i < 100; ++i)
    channel.send(Envelope(Numbered::make(1, i, 1000)), Priority::medium);
  ASSERT_TRUE(come_to([&] { return nodes[rita]->numbers[1].size() == 100; }));
  EXPECT_TRUE(tunnelled(ada, rita));
  EXPECT_EQ(nodes[rita]->numbers[1], quic_test::counting_to(100));
  EXPECT_TRUE(nodes[ada]->closed.empty());
}

TEST_F(TunnelledPeers, reach_others_over_a_relay_that_is_reached_by_a_tunnel) {
  connect(ada, rita);
  connect(bob, rita);
  ASSERT_TRUE(tunnelled(ada, rita));
  ASSERT_FALSE(tunnelled(bob, rita));
  const MeetingId meeting(77);
  ASSERT_EQ(sockets[rita]->relay(meeting, id(ada), id(bob)), std::nullopt);
  sockets[ada]->meet({.id = meeting, .peer = id(bob), .key = {1}, .relay = id(rita)});
  sockets[bob]->meet({.id = meeting, .peer = id(ada), .key = {1}, .relay = id(rita)});
  auto& channel = (*nodes[ada])->connect(peer_endpoint(id(bob)), id(bob));
  ASSERT_TRUE(come_to([&] { return nodes[ada]->open.size() == 2; }));
  channel.send(Envelope(Numbered::make(1, 0, 1000)), Priority::medium);
  EXPECT_TRUE(come_to([&] { return nodes[bob]->numbers[1].size() == 1; }));
}

}  // namespace
}  // namespace tutti
