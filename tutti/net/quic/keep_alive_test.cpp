// How long a connection says nothing, and how soon it notices that nobody is there.
#include <gtest/gtest.h>

#include "tutti/net/model/models.hpp"
#include "tutti/net/quic/quic_test_world.hpp"
#include "tutti/net/virtual/packet_network.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;
using quic_test::Node;
using quic_test::Numbered;

struct KeepAlive : testing::Test {
  KeepAlive() { a->connect(network.endpoint_of(1, 4000), b->local_peer()); }

  std::uint64_t sent_during(Duration duration) {
    const auto before = network.counters().sent;
    simulator.run_for(duration);
    return network.counters().sent - before;
  }
  /// How long it takes until `a` has given up.
  Duration time_to_notice() {
    const auto begin = simulator.now();
    while (a.closed.empty() && simulator.now() - begin < 10min) simulator.run_for(100ms);
    return simulator.now() - begin;
  }

  Simulator simulator{1};
  PacketNetwork network{simulator, constant_delay(25ms)};
  SimRuntime& home_of_a = simulator.add_node();
  SimRuntime& home_of_b = simulator.add_node();
  Node a{home_of_a, network.bind(home_of_a, 4000)};
  Node b{home_of_b, network.bind(home_of_b, 4000)};
};

TEST_F(KeepAlive, is_sent_as_seldom_as_is_asked_for) {
  simulator.run_for(10s);
  const auto often = sent_during(10min);
  a->set_keep_alive(60s);
  b->set_keep_alive(60s);
  simulator.run_for(1min);
  const auto seldom = sent_during(10min);
  EXPECT_GE(often, 2 * 100u) << "every five seconds, with an answer";
  EXPECT_GE(seldom, 2 * 8u);
  EXPECT_LE(seldom, often / 8);
  EXPECT_TRUE(a.closed.empty() && b.closed.empty());
}

TEST_F(KeepAlive, becomes_more_frequent_at_once) {
  a->set_keep_alive(60s);
  b->set_keep_alive(60s);
  simulator.run_for(90s);
  a->set_keep_alive(2s);
  EXPECT_GE(sent_during(10s), 8u);
}

TEST_F(KeepAlive, does_not_decide_how_soon_silence_is_noticed_by_who_says_something) {
  a->set_keep_alive(60s);
  b->set_keep_alive(60s);
  simulator.run_for(1min);
  network.vanish(1);
  a.open.at(0)->send(Envelope(Numbered::make(0, 0, 10)), Priority::high);
  EXPECT_NEAR(in_seconds(time_to_notice()), 15, 1);
  EXPECT_EQ(a.closed.at(0).second.reason, CloseReason::timed_out);
  EXPECT_EQ(a.closed.at(0).second.detail, "nothing was heard from 10.0.0.2:4000 for 15.00 s");
}

TEST_F(KeepAlive, takes_no_lost_packet_for_a_dead_peer) {
  network.set_model(with_loss(0.1, constant_delay(25ms)));
  a->set_keep_alive(20s);
  b->set_keep_alive(20s);
  simulator.run_for(3h);
  EXPECT_TRUE(a.closed.empty() && b.closed.empty());
}

TEST_F(KeepAlive, finds_the_dead_when_nobody_says_anything) {
  a->set_keep_alive(60s);
  simulator.run_for(10s);
  network.vanish(1);
  EXPECT_LE(time_to_notice(), 60s + 16s);
  EXPECT_EQ(a.closed.at(0).second.reason, CloseReason::timed_out);
}

}  // namespace
}  // namespace tutti
