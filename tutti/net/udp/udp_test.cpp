#include <deque>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/net/model/models.hpp"
#include "tutti/net/udp/impaired.hpp"
#include "tutti/net/udp/udp_socket.hpp"
#include "tutti/runtime/simulator.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

const Endpoint any_v4 = Endpoint::v4(0x7f000001, 0);
const Endpoint any_v6 = *Endpoint::parse("[::1]:0");
const Endpoint everywhere = *Endpoint::parse("[::]:0");

struct Inbox final : DatagramHandler {
  void datagrams_received(std::span<const Datagram> datagrams) override {
    for (const auto& datagram : datagrams) {
      bytes.emplace_back(datagram.bytes.begin(), datagram.bytes.end());
      source = datagram.source;
    }
  }
  std::vector<Bytes> bytes;
  Endpoint source;
};

/// Polls until `done`, at most ten seconds.
template <typename Condition>
bool run_until(RealRuntime& runtime, Condition done) {
  for (const auto end = real_now() + 10s; !done() && real_now() < end;) runtime.poll();
  return done();
}

Endpoint reachable(const UdpSocket& socket, const Endpoint& through) {
  auto endpoint = through;
  endpoint.port = socket.local_endpoint().port;
  return endpoint;
}

std::unique_ptr<UdpSocket> open(RealRuntime& runtime, const Endpoint& at, UdpSocket::Options options = {}) {
  auto socket = UdpSocket::open(runtime, at, options);
  EXPECT_TRUE(socket.has_value()) << socket.error();
  return *std::move(socket);
}

/// Sends a batch of 20 segments, the last one short, and expects it whole on the other side.
void expect_batch_arrives(const Endpoint& at, const Endpoint& through, UdpSocket::Options options) {
  RealRuntime runtime;
  Inbox inbox, ignored;
  const auto source = open(runtime, at, options);
  const auto target = open(runtime, at, options);
  source->start(ignored);
  target->start(inbox);
  Bytes batch(20 * 1000 - 300);
  for (std::size_t i = 0; i < batch.size(); ++i) batch[i] = static_cast<std::uint8_t>(i * 7 / 3);
  source->send(reachable(*target, through), batch, 1000);
  ASSERT_TRUE(run_until(runtime, [&] { return inbox.bytes.size() == 20; }));
  Bytes received;
  for (const auto& bytes : inbox.bytes) received.insert(received.end(), bytes.begin(), bytes.end());
  EXPECT_EQ(received, batch);
  EXPECT_EQ(inbox.bytes.back().size(), 700u);
  EXPECT_EQ(inbox.source, reachable(*source, through));
  EXPECT_EQ(source->counters().sent, 20u);
}

TEST(UdpSocket, sends_a_batch_over_ipv4) {
  expect_batch_arrives(any_v4, any_v4, {});
}
TEST(UdpSocket, sends_a_batch_over_ipv6) {
  expect_batch_arrives(any_v6, any_v6, {});
}
TEST(UdpSocket, sends_a_batch_without_the_kernels_segmentation) {
  expect_batch_arrives(any_v4, any_v4, {.segmentation = false});
}
TEST(UdpSocket, serves_ipv4_and_ipv6_when_bound_everywhere) {
  expect_batch_arrives(everywhere, any_v4, {});
  expect_batch_arrives(everywhere, any_v6, {});
}

TEST(UdpSocket, says_that_a_port_is_in_use) {
  RealRuntime runtime;
  const auto first = open(runtime, any_v4);
  const auto second = UdpSocket::open(runtime, first->local_endpoint());
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error(), "port " + std::to_string(first->local_endpoint().port) + " is in use");
}

TEST(UdpSocket, says_that_a_port_is_in_use_when_bound_everywhere) {
  RealRuntime runtime;
  const auto first = open(runtime, everywhere);
  const auto second = UdpSocket::open(runtime, reachable(*first, everywhere));
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error(), "port " + std::to_string(first->local_endpoint().port) + " is in use");
}

TEST(UdpSocket, says_that_an_address_is_not_this_machines) {
  RealRuntime runtime;
  const auto socket =
      UdpSocket::open(runtime, Endpoint::v4(0xc0000201, 4000));  // 192.0.2.1: documentation only
  ASSERT_FALSE(socket.has_value());
  EXPECT_EQ(socket.error(), "address 192.0.2.1:4000 is not available on this machine");
}

TEST(UdpSocket, drops_and_counts_a_datagram_that_is_too_long) {
  RealRuntime runtime;
  Inbox inbox, ignored;
  const auto source = open(runtime, any_v4);
  const auto target = open(runtime, any_v4);
  source->start(ignored);
  target->start(inbox);
  source->send(target->local_endpoint(), Bytes(datagram_size_max + 1), datagram_size_max + 1);
  source->send(target->local_endpoint(), Bytes(datagram_size_max), datagram_size_max);
  ASSERT_TRUE(run_until(runtime, [&] { return inbox.bytes.size() == 1; }));
  EXPECT_EQ(inbox.bytes.front().size(), datagram_size_max);
  EXPECT_EQ(target->counters().receive_failed, 1u);
}

TEST(UdpSocket, counts_what_the_kernel_refuses) {
  RealRuntime runtime;
  Inbox ignored;
  const auto socket = open(runtime, any_v4);
  socket->start(ignored);
  socket->send(any_v6, Bytes(10), 10);
  EXPECT_EQ(socket->counters().send_failed, 1u);
}

TEST(UdpSocket, may_be_destroyed_while_datagrams_wait) {
  RealRuntime runtime;
  Inbox inbox;
  auto socket = open(runtime, any_v4);
  socket->start(inbox);
  runtime.poll();
  socket->send(socket->local_endpoint(), Bytes(10), 10);
  socket.reset();
  for (int i = 0; i < 10; ++i) runtime.poll();
  EXPECT_TRUE(inbox.bytes.empty());
}

/// A socket that keeps what it is told to send, with the time.
struct Sink final : DatagramSocket {
  explicit Sink(Runtime& its_runtime) : runtime(its_runtime) {}
  void start(DatagramHandler& its_handler) override { handler = &its_handler; }
  void send(const Endpoint&, ByteView bytes, std::size_t segment_bytes) override {
    EXPECT_LE(bytes.size(), segment_bytes);
    sent.emplace_back(runtime.now(), Bytes(bytes.begin(), bytes.end()));
  }
  [[nodiscard]] Endpoint local_endpoint() const override { return any_v4; }

  Runtime& runtime;
  DatagramHandler* handler = nullptr;
  std::vector<std::pair<TimePoint, Bytes>> sent;
};

/// An impaired sink in virtual time.
struct ImpairedWorld {
  explicit ImpairedWorld(NetworkModelPtr model, std::uint64_t impairment_seed = 1)
      : sink(new Sink(runtime)),
        impaired(runtime, std::unique_ptr<DatagramSocket>(sink), std::move(model), impairment_seed) {
    impaired.start(inbox);
  }
  Simulator simulator{1};
  SimRuntime& runtime = simulator.add_node();
  Sink* sink;
  Inbox inbox;
  Impaired impaired;
};

TEST(Impaired, delays_each_segment_of_a_batch) {
  ImpairedWorld world(constant_delay(20ms));
  world.impaired.send(any_v6, Bytes(250), 100);
  world.simulator.run_for(19ms);
  EXPECT_TRUE(world.sink->sent.empty());
  world.simulator.run_for(2ms);
  ASSERT_EQ(world.sink->sent.size(), 3u);
  EXPECT_EQ(world.sink->sent[2].second.size(), 50u);
  EXPECT_EQ(world.sink->sent[2].first, TimePoint(20ms));
}

TEST(Impaired, keeps_packets_of_the_same_delay_in_order) {
  ImpairedWorld world(constant_delay(5ms));
  for (std::uint8_t i = 0; i < 100; ++i) world.impaired.send(any_v6, Bytes{i}, 1);
  world.simulator.run_for(5ms);
  ASSERT_EQ(world.sink->sent.size(), 100u);
  for (std::uint8_t i = 0; i < 100; ++i) EXPECT_EQ(world.sink->sent[i].second.front(), i);
}

TEST(Impaired, loses_the_models_share_of_packets) {
  ImpairedWorld world(with_loss(0.25, constant_delay({})));
  for (int i = 0; i < 10'000; ++i) world.impaired.send(any_v6, Bytes(1), 1);
  EXPECT_NEAR(static_cast<double>(world.impaired.counters().lost), 2500, 150);
  EXPECT_EQ(world.impaired.counters().lost + world.sink->sent.size(), 10'000u);
}

TEST(Impaired, sends_a_duplicate_as_a_packet_of_its_own) {
  ImpairedWorld world(with_duplication(1, uniform_delay(1ms, 100ms)));
  world.impaired.send(any_v6, Bytes{5}, 1);
  world.simulator.run_for(1s);
  ASSERT_EQ(world.sink->sent.size(), 2u);
  EXPECT_EQ(world.sink->sent[1].second, Bytes{5});
  EXPECT_NE(world.sink->sent[0].first, world.sink->sent[1].first);
}

TEST(Impaired, holds_packets_up_at_a_narrow_path_and_drops_what_its_queue_does_not_take) {
  ImpairedWorld world(with_bandwidth({.bytes_per_second = 1000, .queue_bytes = 350}, constant_delay(10ms)));
  world.impaired.send(any_v6, Bytes(500), 100);
  world.impaired.send(any_v4, Bytes(100), 100);  // another path with a queue of its own
  world.simulator.run_for(1s);
  ASSERT_EQ(world.sink->sent.size(), 4u);
  EXPECT_EQ(world.sink->sent[0].first, TimePoint(110ms));
  EXPECT_EQ(world.sink->sent[1].first, TimePoint(110ms));
  EXPECT_EQ(world.sink->sent[2].first, TimePoint(210ms));
  EXPECT_EQ(world.sink->sent[3].first, TimePoint(310ms));
  EXPECT_EQ(world.impaired.counters().queue_full, 2u);
}

TEST(Impaired, shares_its_model_and_its_cable_with_its_siblings) {
  ImpairedWorld world(constant_delay(5ms));
  world.simulator.run_for(1s);
  auto* sink = new Sink(world.runtime);
  Inbox inbox;
  const auto sibling = world.impaired.sibling(std::unique_ptr<DatagramSocket>(sink), 2);
  sibling->start(inbox);
  sibling->send(any_v6, Bytes{1}, 1);
  world.impaired.set_model(constant_delay(20ms));
  sibling->send(any_v6, Bytes{2}, 1);
  world.simulator.run_for(30ms);
  ASSERT_EQ(sink->sent.size(), 2u);
  EXPECT_EQ(sink->sent[0].first, TimePoint(1s + 5ms));
  EXPECT_EQ(sink->sent[1].first, TimePoint(1s + 20ms));
  EXPECT_TRUE(world.sink->sent.empty());
  world.impaired.set_cut(true);
  EXPECT_TRUE(sibling->cut());
  sibling->send(any_v6, Bytes{3}, 1);
  world.simulator.run_for(30ms);
  EXPECT_EQ(sink->sent.size(), 2u);
  EXPECT_EQ(sibling->counters().cut, 1u);
}

TEST(Impaired, counts_its_models_time_from_its_own_beginning) {
  Simulator simulator(1);
  auto& runtime = simulator.add_node();
  simulator.run_for(1h);
  auto* sink = new Sink(runtime);
  Inbox inbox;
  Impaired impaired(
      runtime, std::unique_ptr<DatagramSocket>(sink),
      changing({{TimePoint{}, constant_delay({})}, {TimePoint(1s), with_loss(1, constant_delay({}))}}), 1);
  impaired.start(inbox);
  impaired.send(any_v6, Bytes{1}, 1);
  simulator.run_for(1s);
  impaired.send(any_v6, Bytes{2}, 1);
  EXPECT_EQ(sink->sent.size(), 1u);
  EXPECT_EQ(impaired.counters().lost, 1u);
}

TEST(Impaired, exchanges_its_model_while_running) {
  ImpairedWorld world(constant_delay(1s));
  world.impaired.send(any_v6, Bytes{1}, 1);
  world.impaired.set_model(constant_delay(1ms));
  world.impaired.send(any_v6, Bytes{2}, 1);
  world.simulator.run_for(2s);
  ASSERT_EQ(world.sink->sent.size(), 2u);
  EXPECT_EQ(world.sink->sent[0].second, Bytes{2});
  EXPECT_EQ(world.sink->sent[1].second, Bytes{1});
}

TEST(Impaired, lets_nothing_through_in_either_direction_while_cut) {
  ImpairedWorld world(constant_delay(5ms));
  world.impaired.send(any_v6, Bytes(1), 1);
  world.impaired.set_cut(true);
  world.impaired.send(any_v6, Bytes(1), 1);
  const Bytes bytes(3);
  const Datagram arrived{bytes, any_v6};
  world.sink->handler->datagrams_received({&arrived, 1});
  world.simulator.run_for(10ms);
  EXPECT_TRUE(world.sink->sent.empty());
  EXPECT_TRUE(world.inbox.bytes.empty());
  EXPECT_EQ(world.impaired.counters().cut, 3u);
  world.impaired.set_cut(false);
  world.impaired.send(any_v6, Bytes(1), 1);
  world.sink->handler->datagrams_received({&arrived, 1});
  world.simulator.run_for(10ms);
  EXPECT_EQ(world.sink->sent.size(), 1u);
  EXPECT_EQ(world.inbox.bytes.size(), 1u);
}

TEST(Impaired, drops_packets_beyond_its_limit) {
  ImpairedWorld world(constant_delay(1s));
  for (std::size_t i = 0; i < Impaired::packets_max + 10; ++i) world.impaired.send(any_v6, Bytes(1), 1);
  EXPECT_EQ(world.impaired.counters().overflow, 10u);
  world.simulator.run_for(2s);
  EXPECT_EQ(world.sink->sent.size(), Impaired::packets_max);
}

TEST(Impaired, suffers_the_same_under_the_same_seed) {
  const auto times = [](std::uint64_t seed) {
    ImpairedWorld world(with_loss(0.1, normal_delay(50ms, 10ms)), seed);
    for (int i = 0; i < 200; ++i) world.impaired.send(any_v6, Bytes(1), 1);
    world.simulator.run_for(1s);
    return world.sink->sent;
  };
  EXPECT_EQ(times(7), times(7));
  EXPECT_NE(times(7), times(8));
}

}  // namespace
}  // namespace tutti
