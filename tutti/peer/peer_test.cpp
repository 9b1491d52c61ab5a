#include "tutti/peer/peer.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/runtime/simulator.hpp"

namespace tutti {
namespace {

struct Hello {
  std::uint32_t number = 0;
};
struct Unhandled {};

}  // namespace

template <>
struct MessageTraits<Hello> {
  static constexpr MessageId id{0x7201};
};
template <>
struct MessageTraits<Unhandled> {
  static constexpr MessageId id{0x7202};
};

namespace {

using Diary = std::vector<std::string>;

class Greeter : public Peerlet {
 public:
  Greeter(Diary& diary, std::string name) : diary_(diary), name_(std::move(name)) {}
  void init(Peer& peer) override { note(peer.find<Greeter>() == this ? "init, first" : "init, later"); }
  void start() override { note("start"); }
  void stop() override { note("stop"); }
  void link_up(PeerId) override { note("up"); }
  void link_down(PeerId) override { note("down"); }

 private:
  void note(const std::string& what) { diary_.push_back(name_ + " " + what); }

  Diary& diary_;
  std::string name_;
};

class Listener final : public Peerlet {
 public:
  explicit Listener(std::vector<std::uint32_t>& heard) : heard_(heard) {}
  void hello(PeerId, const Hello& hello) { heard_.push_back(hello.number); }
  static constexpr auto handlers = tutti::handlers<&Listener::hello>;

 private:
  std::vector<std::uint32_t>& heard_;
};

class CountingCarrier final : public Carrier {
 public:
  bool send(PeerId, const Envelope&, Priority) override { return ++sent > 0; }
  bool send_unreliable(PeerId, const Envelope&) override { return ++sent > 0; }
  [[nodiscard]] std::size_t queue_bytes(PeerId, Priority) const override { return 0; }
  void disconnect(PeerId, std::string_view) override {}

  int sent = 0;
};

TEST(Peer, starts_its_peerlets_from_the_ground_up_and_stops_them_from_the_top) {
  Simulator simulator(1);
  Diary diary;
  auto peer = Peer::build(simulator.add_node(), {}).add<Greeter>(diary, "a").add<Greeter>(diary, "b").start();
  peer->link_up({});
  peer->link_down({});
  peer.reset();
  EXPECT_EQ(diary, (Diary{"a init, first", "b init, later", "a start", "b start", "a up", "b up", "a down",
                          "b down", "b stop", "a stop"}));
}

TEST(Peer, hands_each_message_to_the_member_function_for_its_type) {
  Simulator simulator(1);
  std::vector<std::uint32_t> heard;
  auto peer = Peer::build(simulator.add_node(), {}).add<Listener>(heard).start();
  ASSERT_TRUE(peer->deliver({}, Received(Envelope(Hello{7}))));
  const auto bytes = encode(Hello{8});
  ASSERT_TRUE(peer->deliver({}, Received(MessageTraits<Hello>::id, bytes)));
  EXPECT_EQ(heard, (std::vector<std::uint32_t>{7, 8}));
}

TEST(Peer, counts_messages_that_nobody_handles_and_reports_malformed_ones) {
  Simulator simulator(1);
  std::vector<std::uint32_t> heard;
  auto peer = Peer::build(simulator.add_node(), {}).add<Listener>(heard).start();
  ASSERT_TRUE(peer->deliver({}, Received(Envelope(Unhandled{}))));
  EXPECT_EQ(peer->unknown_message_count(), 1u);
  EXPECT_EQ(peer->deliver({}, Received(MessageTraits<Hello>::id, Bytes{0xc1})).error(),
            DecodeError::wrong_type);
  EXPECT_TRUE(heard.empty());
}

TEST(Peer, that_is_to_drop_messages_neither_sends_nor_receives_any_and_says_nothing_of_it) {
  Simulator simulator(1);
  std::vector<std::uint32_t> heard;
  auto peer = Peer::build(simulator.add_node(), {}).add<Listener>(heard).start();
  CountingCarrier carrier;
  peer->set_carrier(carrier);
  peer->set_drop_messages(true);
  EXPECT_TRUE(peer->send({}, Hello{1}, Priority::high));
  EXPECT_TRUE(peer->send_unreliable({}, Hello{1}));
  EXPECT_TRUE(peer->deliver({}, Received(Envelope(Hello{1}))));
  EXPECT_EQ(carrier.sent, 0);
  EXPECT_TRUE(heard.empty());
  peer->set_drop_messages(false);
  EXPECT_TRUE(peer->send({}, Hello{2}, Priority::high));
  EXPECT_TRUE(peer->send_unreliable({}, Hello{2}));
  EXPECT_TRUE(peer->deliver({}, Received(Envelope(Hello{2}))));
  EXPECT_EQ(carrier.sent, 2);
  EXPECT_EQ(heard, std::vector<std::uint32_t>{2});
}

class Counting final : public Peerlet {
 public:
  void init(Peer& peer) override { started_ = peer.measure().counter("started"); }
  void start() override { started_.add(); }

 private:
  measure::Counter started_;
};

TEST(Peer, gives_its_peerlets_the_recorder_it_was_built_with) {
  Simulator simulator(1);
  measure::Recorder recorder(simulator.now());
  for (int i = 0; i < 3; ++i) Peer::build(simulator.add_node(), {}).add<Counting>().measure(recorder).start();
  EXPECT_EQ(recorder.totals().count_of("started"), 3u);
}

TEST(Peer, counts_into_nothing_without_a_recorder) {
  Simulator simulator(1);
  const auto peer = Peer::build(simulator.add_node(), {}).add<Counting>().start();
  EXPECT_EQ(peer->measure().recorder(), nullptr);
}

TEST(Peer, has_a_new_incarnation_in_each_life) {
  Simulator simulator(1);
  auto& node = simulator.add_node();
  const auto first = Peer::build(node, {}).start()->origin();
  const auto second = Peer::build(node, {}).start()->origin();
  EXPECT_EQ(first.peer, second.peer);
  EXPECT_NE(first.incarnation, second.incarnation);
}

}  // namespace
}  // namespace tutti
