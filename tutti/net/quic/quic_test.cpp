// QUIC channels between transports on real sockets.
#include <gtest/gtest.h>

#include "tutti/net/quic/quic_test_world.hpp"

namespace tutti::quic_test {
namespace {

class Quic : public testing::TestWithParam<Endpoint> {
 protected:
  PolledRuntime runtime_;
};
INSTANTIATE_TEST_SUITE_P(, Quic, testing::Values(localhost_v4, localhost_v6),
                         [](const auto& where) { return where.param.is_v4() ? "ipv4" : "ipv6"; });

TEST_P(Quic, opens_a_channel_between_peers_who_know_each_other_then) {
  Node a(runtime_, GetParam()), b(runtime_, GetParam());
  auto& channel = connect(runtime_, a, b);
  ASSERT_EQ(a.open, std::vector{&channel});
  EXPECT_EQ(channel.remote(), b->local_peer());
  EXPECT_TRUE(channel.outgoing());
  EXPECT_EQ(channel.remote_endpoint(), b->local_endpoint());
  ASSERT_EQ(b.open.size(), 1u);
  EXPECT_EQ(b.open[0]->remote(), a->local_peer());
  EXPECT_FALSE(b.open[0]->outgoing());
  EXPECT_EQ(b.open[0]->remote_endpoint(), a->local_endpoint());
}

TEST_P(Quic, carries_all_classes_in_both_directions_in_order_and_intact) {
  Node a(runtime_, GetParam()), b(runtime_, GetParam());
  connect(runtime_, a, b);
  constexpr std::uint32_t count = 200;
  for (auto* channel : {a.open[0], b.open[0]})
    for (std::uint32_t i = 0; i < count; ++i)
      for (std::uint8_t lane = 0; lane < priority_count; ++lane)
        channel->send(Envelope(Numbered::make(lane, i, i * 37 % 3000)), static_cast<Priority>(lane));
  EXPECT_GT(a.open[0]->queue_bytes(Priority::low), 0u);
  ASSERT_TRUE(run_until(runtime_, [&] {
    return a.numbers[0].size() + a.numbers[1].size() + a.numbers[2].size() == 3 * count &&
           b.numbers[0].size() + b.numbers[1].size() + b.numbers[2].size() == 3 * count;
  }));
  for (const auto* node : {&a, &b}) {
    for (std::size_t lane = 0; lane < priority_count; ++lane)
      EXPECT_EQ(node->numbers[lane], counting_to(count));
    EXPECT_EQ(node->damaged, 0u);
  }
  EXPECT_TRUE(run_until(runtime_, [&] { return a.open[0]->queue_bytes(Priority::low) == 0; }));
}

TEST_P(Quic, carries_messages_up_to_the_largest) {
  Node a(runtime_, GetParam()), b(runtime_, GetParam());
  connect(runtime_, a, b);
  const auto overhead = Envelope(Numbered::make(0, 0, 100'000)).body().size() - 100'000;
  for (std::uint32_t i = 0; i < 5; ++i)
    a.open[0]->send(Envelope(Numbered::make(0, i, message_bytes_max - overhead)), Priority::high);
  ASSERT_TRUE(run_until(runtime_, [&] { return b.numbers[0].size() == 5; }));
  EXPECT_EQ(b.damaged, 0u);
}

TEST_P(Quic, carries_unreliable_messages_and_refuses_large_ones) {
  Node a(runtime_, GetParam()), b(runtime_, GetParam());
  connect(runtime_, a, b);
  for (std::uint32_t i = 0; i < 5; ++i)
    EXPECT_TRUE(a.open[0]->send_unreliable(Envelope(Numbered::make(3, i, 900))));
  EXPECT_FALSE(a.open[0]->send_unreliable(Envelope(Numbered::make(3, 9, datagram_bytes_max))));
  ASSERT_TRUE(run_until(runtime_, [&] { return b.numbers[3].size() == 5; }));  // loopback loses nothing
  EXPECT_EQ(b.damaged, 0u);
}

TEST_P(Quic, tells_the_other_side_why_it_closes) {
  Node a(runtime_, GetParam()), b(runtime_, GetParam());
  connect(runtime_, a, b).close("the game is over");
  ASSERT_TRUE(run_until(runtime_, [&] { return !b.closed.empty(); }));
  EXPECT_EQ(b.closed[0].second.reason, CloseReason::closed_by_remote);
  EXPECT_EQ(b.closed[0].second.detail, "the game is over");
  EXPECT_TRUE(a.closed.empty());
  EXPECT_TRUE(run_until(runtime_, [&] { return a->connection_count() + b->connection_count() == 0; }));
}

class QuicV4 : public testing::Test {
 protected:
  PolledRuntime runtime_;
};

TEST_F(QuicV4, high_goes_before_low_that_was_queued_earlier) {
  Node a(runtime_, localhost_v4), b(runtime_, localhost_v4);
  connect(runtime_, a, b);
  std::size_t low_before_high = 0;
  b.on_message = [&](Channel&, const Numbered& message) {
    if (message.lane == 0) low_before_high = b.numbers[2].size();
  };
  for (std::uint32_t i = 0; i < 1000; ++i)
    a.open[0]->send(Envelope(Numbered::make(2, i, 1000)), Priority::low);
  a.open[0]->send(Envelope(Numbered::make(0, 0, 10)), Priority::high);
  ASSERT_TRUE(run_until(runtime_, [&] { return b.numbers[2].size() == 1000; }));
  EXPECT_EQ(b.numbers[0].size(), 1u);
  EXPECT_EQ(low_before_high, 0u);
}

TEST_F(QuicV4, replies_sent_while_reading_share_packets) {
  Node a(runtime_, localhost_v4), b(runtime_, localhost_v4);
  connect(runtime_, a, b);
  b.on_message = [](Channel& channel, const Numbered& message) {
    channel.send(Envelope(Numbered::make(1, message.number, 10)), Priority::medium);
  };
  const auto before = b->counters().packets_sent;
  for (std::uint32_t i = 0; i < 100; ++i) a.open[0]->send(Envelope(Numbered::make(0, i, 10)), Priority::high);
  ASSERT_TRUE(run_until(runtime_, [&] { return a.numbers[1].size() == 100; }));
  EXPECT_LT(b->counters().packets_sent - before, 20u);
}

TEST_F(QuicV4, refuses_a_peer_that_is_not_the_expected_one) {
  Node a(runtime_, localhost_v4), b(runtime_, localhost_v4);
  const auto other = Identity::generate().peer();
  const auto id = a->connect(b->local_endpoint(), other).id();
  ASSERT_TRUE(run_until(runtime_, [&] { return !a.closed.empty() && b->counters().handshakes_failed == 1; }));
  EXPECT_EQ(a.closed[0].first, id);
  EXPECT_EQ(a.closed[0].second.reason, CloseReason::wrong_identity);
  EXPECT_NE(a.closed[0].second.detail.find(other.text()), std::string::npos) << a.closed[0].second.detail;
  EXPECT_TRUE(a.open.empty() && b.open.empty() && b.closed.empty());
}

TEST_F(QuicV4, says_at_once_that_an_address_of_the_other_kind_cannot_be_reached) {
  Node v4(runtime_, localhost_v4), v6(runtime_, localhost_v6);
  v4->connect(v6->local_endpoint(), std::nullopt);
  v6->connect(v4->local_endpoint(), std::nullopt);
  ASSERT_TRUE(run_until(runtime_, [&] { return !v4.closed.empty() && !v6.closed.empty(); }));
  EXPECT_EQ(v4.closed[0].second.reason, CloseReason::unreachable);
  EXPECT_EQ(v4.closed[0].second.detail, "this peer listens at " + v4->local_endpoint().text() +
                                            ", from where no IPv6 address can be reached");
  EXPECT_TRUE(v6.closed[0].second.detail.ends_with("from where no IPv4 address can be reached"));
}

TEST_F(QuicV4, accepts_whoever_answers_if_nobody_is_expected) {
  Node a(runtime_, localhost_v4), b(runtime_, localhost_v4);
  auto& channel = a->connect(b->local_endpoint(), std::nullopt);
  ASSERT_TRUE(run_until(runtime_, [&] { return !a.open.empty(); }));
  EXPECT_EQ(channel.remote(), b->local_peer());
}

TEST_F(QuicV4, does_not_talk_to_another_protocol) {
  Node a(runtime_, localhost_v4), b(runtime_, localhost_v4, {.protocol = "tutti/2"});
  a->connect(b->local_endpoint(), std::nullopt);
  ASSERT_TRUE(run_until(runtime_, [&] { return !a.closed.empty(); }));
  EXPECT_EQ(a.closed[0].second.reason, CloseReason::wrong_protocol) << a.closed[0].second.detail;
  EXPECT_TRUE(a.open.empty() && b.open.empty());
}

TEST_F(QuicV4, says_that_nobody_answers) {
  Node a(runtime_, localhost_v4, {.handshake_timeout = 200ms});
  auto silent = UdpSocket::open(runtime_.sockets(), localhost_v4);
  a->connect((*silent)->local_endpoint(), std::nullopt);
  ASSERT_TRUE(run_until(runtime_, [&] { return !a.closed.empty(); }));
  EXPECT_EQ(a.closed[0].second.reason, CloseReason::unreachable);
  EXPECT_EQ(a->connection_count(), 0u);
}

TEST_F(QuicV4, notices_that_the_other_side_has_fallen_silent) {
  const QuicOptions options{.answer_timeout = 400ms, .keep_alive = 100ms};
  Node a(runtime_, localhost_v4, options, constant_delay({})), b(runtime_, localhost_v4, options);
  connect(runtime_, a, b);
  a.impaired().set_cut(true);
  ASSERT_TRUE(run_until(runtime_, [&] { return !a.closed.empty() && !b.closed.empty(); }));
  EXPECT_EQ(a.closed[0].second.reason, CloseReason::timed_out);
  EXPECT_EQ(b.closed[0].second.reason, CloseReason::timed_out);
}

TEST_F(QuicV4, stays_open_without_messages_longer_than_the_answer_timeout) {
  const QuicOptions options{.answer_timeout = 400ms, .keep_alive = 100ms};
  Node a(runtime_, localhost_v4, options), b(runtime_, localhost_v4, options);
  connect(runtime_, a, b);
  const auto end = runtime_.now() + 1500ms;
  ASSERT_TRUE(
      run_until(runtime_, [&] { return runtime_.now() >= end || !a.closed.empty() || !b.closed.empty(); }));
  EXPECT_TRUE(a.closed.empty() && b.closed.empty());
}

TEST_F(QuicV4, survives_a_cut_that_is_shorter_than_the_answer_timeout) {
  Node a(runtime_, localhost_v4, {}, constant_delay({})), b(runtime_, localhost_v4);
  connect(runtime_, a, b);
  a.impaired().set_cut(true);
  for (std::uint32_t i = 0; i < 50; ++i) {
    a.open[0]->send(Envelope(Numbered::make(1, i, 500)), Priority::medium);
    b.open[0]->send(Envelope(Numbered::make(1, i, 500)), Priority::medium);
  }
  ASSERT_TRUE(run_until(runtime_, [&] { return a.impaired().counters().cut > 20; }));
  EXPECT_TRUE(a.numbers[1].empty() && b.numbers[1].empty());
  a.impaired().set_cut(false);
  ASSERT_TRUE(run_until(runtime_, [&] { return a.numbers[1].size() == 50 && b.numbers[1].size() == 50; }));
  EXPECT_EQ(a.numbers[1], counting_to(50));
  EXPECT_EQ(b.numbers[1], counting_to(50));
}

/// Starts another peer where `b` was, which had a connection with `a` and died without a word; `a` then talks
/// to it. Returns how the connection ended.
CloseReason end_of_connection_with_who_started_again(PolledRuntime& runtime, const Identity& former,
                                                     const Identity& later, const QuicOptions& options) {
  Node a(runtime, localhost_v4, options), b(runtime, localhost_v4, options, constant_delay({}), former);
  connect(runtime, a, b);
  const auto place = b->local_endpoint();
  b.impaired().set_cut(true);
  b.destroy();
  Node again(runtime, place, options, nullptr, later);
  for (std::uint32_t i = 0; i < 3; ++i) a.open[0]->send(Envelope(Numbered::make(0, i, 100)), Priority::high);
  EXPECT_TRUE(run_until(runtime, [&] { return !a.closed.empty(); }));
  EXPECT_EQ(again->connection_count(), 0u);
  return a.closed.empty() ? CloseReason{} : a.closed[0].second.reason;
}

TEST_F(QuicV4, ends_the_connections_of_a_former_life_as_soon_as_anybody_uses_them) {
  const auto identity = Identity::generate();
  EXPECT_EQ(end_of_connection_with_who_started_again(runtime_, identity, identity, {}),
            CloseReason::closed_by_remote);
}

TEST_F(QuicV4, takes_nobody_elses_word_for_it_that_a_peer_has_started_again) {
  QuicOptions options;
  options.answer_timeout = 1s;
  EXPECT_EQ(
      end_of_connection_with_who_started_again(runtime_, Identity::generate(), Identity::generate(), options),
      CloseReason::timed_out);
}

TEST_F(QuicV4, delivers_everything_in_order_through_delay_and_loss) {
  const auto bad = with_loss(0.05, normal_delay(10ms, 3ms));
  Node a(runtime_, localhost_v4, {}, bad), b(runtime_, localhost_v4, {}, bad);
  connect(runtime_, a, b);
  constexpr std::uint32_t count = 300;
  for (auto* channel : {a.open[0], b.open[0]})
    for (std::uint32_t i = 0; i < count; ++i)
      channel->send(Envelope(Numbered::make(static_cast<std::uint8_t>(i % 3), i / 3, 700)),
                    static_cast<Priority>(i % 3));
  ASSERT_TRUE(run_until(
      runtime_, [&] { return a.numbers[2].size() == count / 3 && b.numbers[2].size() == count / 3; }));
  for (const auto* node : {&a, &b}) {
    for (std::size_t lane = 0; lane < 3; ++lane) EXPECT_EQ(node->numbers[lane], counting_to(count / 3));
    EXPECT_EQ(node->damaged, 0u);
  }
  EXPECT_GT(a.impaired().counters().lost + b.impaired().counters().lost, 0u);
}

TEST_F(QuicV4, tells_why_it_closes_even_if_the_first_word_is_lost) {
  Node a(runtime_, localhost_v4, {}, constant_delay({})), b(runtime_, localhost_v4, {.keep_alive = 100ms});
  connect(runtime_, a, b);
  a.open[0]->close("lost at first");
  a.impaired().set_cut(true);
  ASSERT_TRUE(run_until(runtime_, [&] { return a->connection_count() == 0; }));
  a.impaired().set_cut(false);
  ASSERT_TRUE(run_until(runtime_, [&] { return !b.closed.empty(); }));
  EXPECT_EQ(b.closed[0].second.detail, "lost at first");
}

TEST_F(QuicV4, serves_fifty_connections_on_one_socket) {
  Node hub(runtime_, localhost_v4);
  std::vector<std::unique_ptr<Node>> peers;
  for (int i = 0; i < 50; ++i) {
    peers.push_back(std::make_unique<Node>(runtime_, localhost_v4));
    (*peers.back())->connect(hub->local_endpoint(), hub->local_peer());
  }
  ASSERT_TRUE(run_until(runtime_, [&] { return hub.open.size() == 50; }));
  hub.on_message = [](Channel& channel, const Numbered& message) {
    channel.send(Envelope(Numbered::make(0, message.number, 100)), Priority::high);
  };
  ASSERT_TRUE(run_until(runtime_, [&] {
    return std::ranges::all_of(peers, [](const auto& peer) { return peer->open.size() == 1; });
  }));
  for (auto& peer : peers)
    for (std::uint32_t i = 0; i < 20; ++i)
      peer->open[0]->send(Envelope(Numbered::make(0, i, 100)), Priority::high);
  EXPECT_TRUE(run_until(runtime_, [&] {
    return std::ranges::all_of(peers, [](const auto& peer) { return peer->numbers[0] == counting_to(20); });
  }));
}

TEST_F(QuicV4, follows_a_peer_whose_address_changes) {
  // A middleman stands for a NAT: it passes datagrams on from a port of its own, which changes on the way.
  struct Hop final : DatagramHandler {
    void datagrams_received(std::span<const Datagram> datagrams) override {
      for (const auto& datagram : datagrams) out->send(target, datagram.bytes, datagram.bytes.size());
    }
    DatagramSocket* out = nullptr;
    Endpoint target;
  };
  Node a(runtime_, localhost_v4), b(runtime_, localhost_v4);
  Hop inward, outward, outward_later;
  const auto front = *UdpSocket::open(runtime_.sockets(), localhost_v4);
  const auto back = *UdpSocket::open(runtime_.sockets(), localhost_v4);
  const auto back_later = *UdpSocket::open(runtime_.sockets(), localhost_v4);
  inward.out = back.get();
  inward.target = b->local_endpoint();
  outward.out = outward_later.out = front.get();
  outward.target = outward_later.target = a->local_endpoint();
  front->start(inward);
  back->start(outward);
  back_later->start(outward_later);
  a->connect(front->local_endpoint(), b->local_peer());
  ASSERT_TRUE(run_until(runtime_, [&] { return !a.open.empty() && !b.open.empty(); }));
  EXPECT_EQ(b.open[0]->remote_endpoint(), back->local_endpoint());
  inward.out = back_later.get();
  outward.target = localhost_v4;  // the old port leads nowhere now
  a.open[0]->send(Envelope(Numbered::make(0, 0, 10)), Priority::high);
  ASSERT_TRUE(run_until(runtime_, [&] { return !b.numbers[0].empty(); }));
  EXPECT_EQ(b.open[0]->remote_endpoint(), back_later->local_endpoint());
  b.open[0]->send(Envelope(Numbered::make(0, 0, 10)), Priority::high);
  EXPECT_TRUE(run_until(runtime_, [&] { return !a.numbers[0].empty(); }));
}

TEST_F(QuicV4, may_be_closed_while_it_is_being_read) {
  Node a(runtime_, localhost_v4), b(runtime_, localhost_v4);
  connect(runtime_, a, b);
  b.on_message = [](Channel& channel, const Numbered& message) {
    if (message.number == 2) channel.close("enough");
  };
  for (std::uint32_t i = 0; i < 10; ++i) a.open[0]->send(Envelope(Numbered::make(0, i, 10)), Priority::high);
  ASSERT_TRUE(run_until(runtime_, [&] { return !a.closed.empty(); }));
  EXPECT_EQ(a.closed[0].second.detail, "enough");
  EXPECT_EQ(b.numbers[0], counting_to(3));
  EXPECT_TRUE(b.closed.empty());
  EXPECT_EQ(b->connection_count(), 0u);
}

TEST_F(QuicV4, does_not_call_back_before_its_functions_return) {
  Node a(runtime_, localhost_v4), b(runtime_, localhost_v4);
  auto& channel = a->connect(b->local_endpoint(), b->local_peer());
  EXPECT_TRUE(a.open.empty() && a.closed.empty());
  channel.close("changed my mind");
  for (int i = 0; i < 1000; ++i) runtime_.poll();
  EXPECT_TRUE(a.open.empty() && a.closed.empty() && b.open.empty() && b.closed.empty());
}

TEST_F(QuicV4, tells_everybody_when_the_transport_is_destroyed) {
  Node a(runtime_, localhost_v4), b(runtime_, localhost_v4);
  connect(runtime_, a, b);
  a.destroy();
  EXPECT_TRUE(a.closed.empty());
  ASSERT_TRUE(run_until(runtime_, [&] { return !b.closed.empty(); }));
  EXPECT_EQ(b.closed[0].second.reason, CloseReason::closed_by_remote);
}

}  // namespace
}  // namespace tutti::quic_test
