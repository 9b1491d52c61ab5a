#include "tutti/peer/peer.hpp"

#include <array>
#include <cstdint>
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
  bool send(PeerId, const Envelope&, Priority, Duration) override { return ++sent > 0; }
  bool send_unreliable(PeerId, const Envelope&) override { return ++sent > 0; }
  [[nodiscard]] std::size_t queue_bytes(PeerId, Priority) const override { return 0; }
  [[nodiscard]] bool writable(PeerId, Priority) const override { return true; }
  void disconnect(PeerId, std::string_view) override {}
  [[nodiscard]] std::vector<PeerId> neighbours() const override { return {{}, {}}; }

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

/// What an upper peerlet needs of a lower one.
class Register {
 public:
  virtual int add(int amount) = 0;

 protected:
  ~Register() = default;
};

/// One of two that can stand for each other; begins at `first` unless it can take over.
template <bool takes_over>
class Till final : public Peerlet, public Register {
 public:
  Till(Diary& diary, int first) : diary_(diary), sum_(first) {}
  void init(Peer&) override { note("init"); }
  bool take_over(Peerlet& former) override {
    note("take over");
    if (auto* const other = dynamic_cast<Till*>(&former); takes_over && other != nullptr) sum_ = other->sum_;
    return takes_over;
  }
  void start() override { note("start"); }
  void stop() override { note("stop"); }
  void link_up(PeerId) override { note("up"); }
  int add(int amount) override { return sum_ += amount; }
  void hello(PeerId, const Hello& hello) { add(static_cast<int>(hello.number)); }
  static constexpr auto handlers = tutti::handlers<&Till::hello>;

 private:
  void note(const std::string& what) { diary_.push_back(fmt::format("till of {}: {}", sum_, what)); }

  Diary& diary_;
  int sum_;
};

/// Uses whichever register there is.
class Shop final : public Peerlet {
 public:
  explicit Shop(Diary& diary) : diary_(diary) {}
  void find_others(Peer& peer) override {
    diary_.emplace_back("shop finds");
    till_ = peer.find<Register>();
  }
  void start() override { diary_.emplace_back("shop starts"); }
  void stop() override { diary_.emplace_back("shop stops"); }
  int sell(int price) { return till_->add(price); }

 private:
  Diary& diary_;
  Register* till_ = nullptr;
};

TEST(Peer, exchanges_a_layer_between_two_handlers_and_the_others_go_on_with_the_new_one) {
  Simulator simulator(1);
  Diary diary;
  CountingCarrier carrier;
  auto peer = Peer::build(simulator.add_node(), {}).add<Till<true>>(diary, 0).add<Shop>(diary).start();
  peer->set_carrier(carrier);
  auto& shop = *peer->find<Shop>();
  EXPECT_EQ(shop.sell(5), 5);
  diary.clear();

  peer->exchange<Register, Till<true>>(diary, 0);
  EXPECT_EQ(shop.sell(2), 7);  // by the old one still
  ASSERT_TRUE(peer->deliver({}, Received(Envelope(Hello{3}))));
  EXPECT_TRUE(diary.empty());
  simulator.run_for(Duration(1));
  EXPECT_EQ(diary, (Diary{"till of 10: stop", "till of 0: init", "till of 0: take over", "shop finds",
                          "till of 10: start"}));
  EXPECT_EQ(shop.sell(1), 11);

  diary.clear();
  peer->exchange<Till<true>, Till<false>>(diary, 100);
  simulator.run_for(Duration(1));
  EXPECT_EQ(diary, (Diary{"till of 11: stop", "till of 100: init", "till of 100: take over", "shop finds",
                          "till of 100: start", "till of 100: up", "till of 100: up"}));
  ASSERT_TRUE(peer->deliver({}, Received(Envelope(Hello{3}))));
  EXPECT_EQ(shop.sell(1), 104);
}

TEST(Peer, that_ends_before_a_layer_is_exchanged_never_uses_the_new_one) {
  Simulator simulator(1);
  Diary diary;
  auto peer = Peer::build(simulator.add_node(), {}).add<Till<true>>(diary, 0).start();
  peer->exchange<Register, Till<true>>(diary, 1);
  peer.reset();
  simulator.run_for(Duration(1));
  EXPECT_EQ(diary, (Diary{"till of 0: init", "till of 0: start", "till of 0: stop"}));
}

TEST(Peer, has_a_new_incarnation_in_each_life) {
  Simulator simulator(1);
  auto& node = simulator.add_node();
  const auto first = Peer::build(node, {}).start()->origin();
  const auto second = Peer::build(node, {}).start()->origin();
  EXPECT_EQ(first.peer, second.peer);
  EXPECT_NE(first.incarnation, second.incarnation);
}

/// A peerlet of some size that must lie where its type may.
template <std::size_t bytes>
struct alignas(32) Bulky final : Peerlet {
  explicit Bulky(int& its_alive) : alive(its_alive) { ++alive; }
  ~Bulky() override { --alive; }
  int& alive;
  std::array<char, bytes> bulk{};
};

TEST(Peer, makes_room_for_peerlets_of_any_size_and_ends_them_all) {
  Simulator simulator(1);
  int alive = 0;
  auto peer = Peer::build(simulator.add_node(), {})
                  .add<Bulky<8>>(alive)
                  .add<Bulky<5'000>>(alive)
                  .add<Bulky<9>>(alive)
                  .add<Bulky<10>>(alive)
                  .add<Bulky<11>>(alive)
                  .add<Bulky<12>>(alive)
                  .start();
  EXPECT_EQ(alive, 6);
  const std::array<const Peerlet*, 6> found{peer->find<Bulky<8>>(),  peer->find<Bulky<5'000>>(),
                                            peer->find<Bulky<9>>(),  peer->find<Bulky<10>>(),
                                            peer->find<Bulky<11>>(), peer->find<Bulky<12>>()};
  for (const auto* peerlet : found) {
    ASSERT_NE(peerlet, nullptr);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(peerlet) % 32, 0);
  }
  peer.reset();
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace tutti
