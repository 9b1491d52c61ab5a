// What strangers and ill-meaning peers can do to a QUIC transport: nothing that lasts.
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/net/quic/quic_connection.hpp"
#include "tutti/net/quic/quic_test_world.hpp"

namespace tutti::quic_test {
namespace {

struct Deaf final : DatagramHandler {
  void datagrams_received(std::span<const Datagram> datagrams) override { heard += datagrams.size(); }
  std::size_t heard = 0;
};

/// Keeps the datagrams that a transport sends, and throws them away.
struct Recorder final : DatagramSocket {
  void start(DatagramHandler&) override {}
  void send(const Endpoint&, ByteView bytes, std::size_t segment_bytes) override {
    for (; bytes.size() > segment_bytes; bytes = bytes.subspan(segment_bytes))
      keep(bytes.first(segment_bytes));
    keep(bytes);
  }
  void keep(ByteView bytes) { sent.emplace_back(bytes.begin(), bytes.end()); }
  [[nodiscard]] Endpoint local_endpoint() const override { return localhost_v4; }
  std::vector<Bytes> sent;
};

struct Nobody final : TransportHandler {
  void channel_opened(Channel&) override {}
  void message_received(Channel&, const Received&) override {}
  void channel_closed(Channel&, const Closing&) override {}
};

class QuicHostile : public testing::Test {
 protected:
  QuicHostile() : stranger_(*UdpSocket::open(runtime_.sockets(), localhost_v4)) { stranger_->start(deaf_); }

  void throw_at(Node& node, const Bytes& bytes) {
    stranger_->send(node->local_endpoint(), bytes, bytes.size());
    runtime_.poll();
  }
  void expect_still_works(Node& a, Node& b) {
    a.open[0]->send(Envelope(Numbered::make(0, 0, 10)), Priority::high);
    ASSERT_TRUE(run_until(runtime_, [&] { return !b.numbers[0].empty(); }));
  }
  /// First packets of genuine connections, as a client sends them.
  std::vector<Bytes> first_packets(std::size_t count) {
    Nobody nobody;
    auto recorder = std::make_unique<Recorder>();
    auto& sent = recorder->sent;
    QuicTransport client(runtime_, std::move(recorder), Identity::generate());
    client.start(nobody);
    for (std::size_t i = 0; i < count; ++i) client.connect(localhost_v4, std::nullopt);
    EXPECT_TRUE(run_until(runtime_, [&] { return sent.size() >= count; }));
    sent.resize(count);
    return sent;
  }

  std::vector<std::string> lines_;
  PolledRuntime runtime_{
      Log(LogLevel::info, [this](LogLevel, std::string_view line) { lines_.emplace_back(line); })};
  Random random_{7};
  Deaf deaf_;
  std::unique_ptr<UdpSocket> stranger_;
};

TEST_F(QuicHostile, random_datagrams_do_no_harm) {
  Node a(runtime_, localhost_v4), b(runtime_, localhost_v4);
  connect(runtime_, a, b);
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes(1 + random_.below(1500));
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_());
    if (random_.chance(0.9)) bytes[0] = static_cast<std::uint8_t>(DatagramType::quic);
    throw_at(b, bytes);
  }
  expect_still_works(a, b);
  EXPECT_EQ(b->connection_count(), 1u);
  EXPECT_GT(b->counters().foreign + b->counters().stray, 10'000u);
}

TEST_F(QuicHostile, datagrams_of_strangers_are_said_to_be_dropped_in_a_few_lines) {
  Node b(runtime_, localhost_v4);
  for (int i = 0; i < 1000; ++i) throw_at(b, Bytes(10));
  ASSERT_TRUE(run_until(runtime_, [&] { return b->counters().foreign == 1000; }));
  ASSERT_EQ(lines_.size(), 10u) << "of the first, the second, the fourth ... the 512th";
  EXPECT_EQ(lines_.back(),
            "dropped what is no packet of ours, from " + stranger_->local_endpoint().text() + "; 512 so far");
}

TEST_F(QuicHostile, damaged_first_packets_leave_nothing_behind) {
  Node a(runtime_, localhost_v4), b(runtime_, localhost_v4);
  connect(runtime_, a, b);
  const auto genuine = first_packets(1).front();
  for (int i = 0; i < 2000; ++i) {
    auto bytes = genuine;
    // Bytes 7 to 14 are the target's id, from which the first keys follow; the rest is checked with them.
    bytes[1 + random_.below(bytes.size() - 1)] ^= static_cast<std::uint8_t>(1 + random_.below(255));
    if (random_.chance(0.2)) bytes.resize(1 + random_.below(bytes.size()));
    throw_at(b, bytes);
  }
  expect_still_works(a, b);
  EXPECT_LE(b->connection_count(), 2u);  // damage to an unprotected bit of the first byte is none
}

TEST_F(QuicHostile, strangers_occupy_no_more_connections_than_the_limit_and_only_for_a_while) {
  Node b(runtime_, localhost_v4,
         {.handshake_timeout = 300ms, .handshakes_max = 10, .handshakes_unvalidated_max = 100});
  for (const auto& packet : first_packets(30)) throw_at(b, packet);
  ASSERT_TRUE(run_until(runtime_, [&] { return b->counters().refused == 20; }));
  EXPECT_EQ(b->connection_count(), 10u);
  ASSERT_EQ(lines_.size(), 5u);
  EXPECT_TRUE(
      lines_[0].ends_with("there are 10, 10 of them not yet authenticated, 10 of these from that "
                          "address; 1 refused"))
      << lines_[0];
  EXPECT_TRUE(run_until(runtime_, [&] { return b->connection_count() == 0; }));
  EXPECT_EQ(b->counters().handshakes_failed, 10u);
  EXPECT_NE(lines_.back().find("was never authenticated: "), std::string::npos) << lines_.back();
  EXPECT_TRUE(b.open.empty() && b.closed.empty());
}

TEST_F(QuicHostile, strangers_who_do_not_prove_where_they_are_keep_nobody_out) {
  Node b(runtime_, localhost_v4,
         {.handshake_timeout = 60s, .handshakes_max = 20, .handshakes_unvalidated_max = 10});
  for (const auto& packet : first_packets(50)) throw_at(b, packet);
  ASSERT_TRUE(run_until(runtime_, [&] { return b->counters().retries == 40; }));
  EXPECT_EQ(b->connection_count(), 10u);
  EXPECT_EQ(b->counters().refused, 0u);
  ASSERT_EQ(lines_.size(), 6u);
  EXPECT_NE(lines_[0].find("has to prove where it is, for 10 connections are not yet authenticated"),
            std::string::npos)
      << lines_[0];
  // Who is where it says it is begins again with the token, and comes in.
  Node a(runtime_, localhost_v4);
  connect(runtime_, a, b);
  EXPECT_EQ(b->counters().retries, 41u);
  a.open[0]->send(Envelope(Numbered::make(0, 0, 10)), Priority::high);
  EXPECT_TRUE(run_until(runtime_, [&] { return !b.numbers[0].empty(); }));
}

TEST_F(QuicHostile, one_address_begins_so_many_and_no_more) {
  Node b(runtime_, localhost_v4, {.handshake_timeout = 60s, .handshakes_from_one_address_max = 5});
  for (const auto& packet : first_packets(10)) throw_at(b, packet);
  ASSERT_TRUE(run_until(runtime_, [&] { return b->counters().retries == 5; }));
  EXPECT_EQ(b->connection_count(), 5u);
  // Not even if it is there.
  Node a(runtime_, localhost_v4);
  a->connect(b->local_endpoint(), std::nullopt);
  EXPECT_TRUE(run_until(runtime_, [&] { return b->counters().refused > 0; }));
  EXPECT_EQ(b->connection_count(), 5u);
}

TEST_F(QuicHostile, a_token_of_another_place_or_a_damaged_one_proves_nothing) {
  const AddressValidation validation, another;
  ngtcp2_pkt_hd first{};
  const auto packet = first_packets(1).front();
  ASSERT_EQ(ngtcp2_accept(&first, packet.data() + 1, packet.size() - 1), 0);
  const auto source = Endpoint::v4(0x7f000001, 1000);
  constexpr std::uint64_t now = 1'000'000'000;
  const auto retry = validation.retry(first, source, now);
  EXPECT_LT(retry.size(), packet.size()) << "nobody is answered more than he sent";
  // A Retry packet ends with the token and 16 bytes of its own (RFC 9000, 17.2.5).
  ngtcp2_version_cid ids{};
  ASSERT_EQ(ngtcp2_pkt_decode_version_cid(&ids, retry.data() + 1, retry.size() - 1, connection_id_bytes), 0);
  const auto begin = static_cast<std::size_t>(ids.scid + ids.scidlen - retry.data());
  Bytes token(retry.begin() + static_cast<std::ptrdiff_t>(begin), retry.end() - 16);
  auto second = first;
  ngtcp2_cid_init(&second.dcid, ids.scid, ids.scidlen);
  const auto proves = [&](const AddressValidation& judge, const Endpoint& from, std::uint64_t at) {
    ngtcp2_compat::give_token(second, token);
    return judge.validated(second, from, at).has_value();
  };
  EXPECT_TRUE(proves(validation, source, now + 1));
  EXPECT_FALSE(proves(another, source, now + 1));
  EXPECT_FALSE(proves(validation, Endpoint::v4(0x7f000001, 1001), now + 1));
  EXPECT_FALSE(proves(validation, source, now + AddressValidation::token_lifetime_ns + 1));
  for (auto& byte : token) {
    byte ^= 1;
    EXPECT_FALSE(proves(validation, source, now + 1));
    byte ^= 1;
  }
}

TEST_F(QuicHostile, no_more_is_sent_to_a_stranger_than_three_times_what_it_sent) {
  Node b(runtime_, localhost_v4, {.handshake_timeout = 300ms});
  const auto packet = first_packets(1).front();
  throw_at(b, packet);
  ASSERT_TRUE(run_until(runtime_, [&] { return b->counters().handshakes_failed == 1; }));
  EXPECT_GT(deaf_.heard, 0u);
  EXPECT_LE(deaf_.heard, 3u);  // none is larger than the first packet
}

TEST_F(QuicHostile, connections_beyond_the_limit_are_closed_at_once) {
  Node a(runtime_, localhost_v4, {.connections_max = 1}), b(runtime_, localhost_v4),
      c(runtime_, localhost_v4);
  connect(runtime_, a, b);
  const auto id = a->connect(c->local_endpoint(), std::nullopt).id();
  ASSERT_TRUE(run_until(runtime_, [&] { return !a.closed.empty(); }));
  EXPECT_EQ(a.closed[0].first, id);
  EXPECT_EQ(a.closed[0].second.reason, CloseReason::unreachable);
  EXPECT_EQ(a.open.size(), 1u);
}

TEST_F(QuicHostile, unreliable_messages_beyond_a_full_queue_are_dropped_and_counted) {
  Node a(runtime_, localhost_v4), b(runtime_, localhost_v4);
  connect(runtime_, a, b);
  for (std::uint32_t i = 0; i < QuicConnection::datagrams_queued_max + 44; ++i)
    EXPECT_TRUE(a.open[0]->send_unreliable(Envelope(Numbered::make(3, i, 100))));
  EXPECT_EQ(a->counters().datagrams_dropped, 44u);
  ASSERT_TRUE(run_until(runtime_, [&] { return !b.numbers[3].empty(); }));
  EXPECT_EQ(b.numbers[3].front(), 44u);
}

}  // namespace
}  // namespace tutti::quic_test
