#include <memory>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/net/endpoint.hpp"
#include "tutti/net/model/models.hpp"
#include "tutti/net/virtual/virtual_transport.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

RC_GTEST_PROP(Endpoint, any_endpoint_comes_back_from_its_text,
              (const std::array<std::uint8_t, 16>& address, std::uint16_t port, bool v4)) {
  const auto endpoint =
      v4 ? Endpoint::v4(std::uint32_t{address[0]} << 24 | address[1], port) : Endpoint::v6(address, port);
  RC_ASSERT((Endpoint::parse(endpoint.text()) == endpoint));
}

TEST(Endpoint, names_what_it_cannot_parse) {
  EXPECT_EQ(Endpoint::parse("127.0.0.1").error(), "'127.0.0.1' has no ':PORT'");
  EXPECT_EQ(Endpoint::parse("127.0.0.1:70000").error(),
            "'70000' in '127.0.0.1:70000' is no port: 0 to 65535 is needed");
  EXPECT_EQ(Endpoint::parse("nowhere:1").error(), "'nowhere' in 'nowhere:1' is no IP address");
}

struct Note {
  std::uint32_t number = 0;
  bool operator==(const Note&) const = default;
};

}  // namespace

template <>
struct MessageTraits<Note> {
  static constexpr MessageId id{0x7101};
};

namespace {

/// Keeps all that a transport reports.
struct Recorder final : TransportHandler {
  void channel_opened(Channel& channel) override { open.push_back(&channel); }
  void message_received(Channel&, const Received& message) override {
    const auto opened = message.open<Note>([&](const Note& note) { notes.push_back(note.number); });
    EXPECT_TRUE(opened);
  }
  void channel_closed(Channel&, const Closing& closing) override { closings.push_back(closing); }

  std::vector<Channel*> open;
  std::vector<std::uint32_t> notes;
  std::vector<Closing> closings;
};

/// Two nodes on one virtual network.
struct Pair {
  explicit Pair(std::string_view model = "constant:10ms", VirtualNetworkOptions options = {},
                std::uint64_t seed = 1)
      : simulator(seed), network(simulator, *parse_network_model(model), options) {
    for (std::uint32_t i = 0; i < 2; ++i) {
      transports.push_back(network.attach(simulator.add_node(), VirtualNetwork::peer_id(seed, i)));
      transports.back()->start(recorders[i]);
    }
  }
  Channel& connect(std::optional<PeerId> expected = {}) {
    return transports[0]->connect(VirtualNetwork::endpoint_of(1), expected);
  }

  Simulator simulator;
  VirtualNetwork network;
  std::array<Recorder, 2> recorders;
  std::vector<std::unique_ptr<VirtualTransport>> transports;
};

TEST(VirtualNetwork, opens_a_channel_after_four_one_way_delays_and_both_sides_know_who_they_have) {
  Pair pair;
  pair.connect(VirtualNetwork::peer_id(1, 1));
  pair.simulator.run_for(39ms);
  EXPECT_TRUE(pair.recorders[0].open.empty());
  EXPECT_EQ(pair.recorders[1].open.size(), 1u);
  pair.simulator.run_for(1ms);
  ASSERT_EQ(pair.recorders[0].open.size(), 1u);
  EXPECT_EQ(pair.recorders[0].open[0]->remote(), VirtualNetwork::peer_id(1, 1));
  EXPECT_EQ(pair.recorders[1].open[0]->remote(), VirtualNetwork::peer_id(1, 0));
}

TEST(VirtualNetwork, refuses_a_peer_that_is_not_the_expected_one) {
  Pair pair;
  pair.connect(VirtualNetwork::peer_id(1, 99));
  pair.simulator.run_for(1s);
  ASSERT_EQ(pair.recorders[0].closings.size(), 1u);
  EXPECT_EQ(pair.recorders[0].closings[0].reason, CloseReason::wrong_identity);
}

TEST(VirtualNetwork, keeps_each_class_in_order_whatever_delays_and_losses_do) {
  for (const bool wire : {false, true}) {
    Pair pair("uniform:1ms-100ms+loss:30%", {.wire = wire});
    pair.connect();
    pair.simulator.run_for(5s);
    ASSERT_EQ(pair.recorders[1].open.size(), 1u);
    for (std::uint32_t i = 0; i < 100; ++i)
      pair.recorders[1].open[0]->send(Envelope(Note{i}), Priority::medium);
    pair.simulator.run_for(60s);
    std::vector<std::uint32_t> expected(100);
    for (std::uint32_t i = 0; i < 100; ++i) expected[i] = i;
    EXPECT_EQ(pair.recorders[0].notes, expected);
  }
}

TEST(VirtualNetwork, encoding_every_message_changes_no_result) {
  const auto trace = [](bool wire) {
    Pair pair("normal:20ms,5ms+loss:5%", {.wire = wire}, 3);
    pair.connect();
    pair.simulator.run_for(1s);
    for (std::uint32_t i = 0; i < 50; ++i)
      pair.recorders[1].open.at(0)->send(Envelope(Note{i}), Priority::high);
    pair.simulator.run_for(5s);
    return pair.simulator.trace_hash();
  };
  EXPECT_EQ(trace(false), trace(true));
}

TEST(VirtualNetwork, holds_messages_while_the_path_is_cut_and_delivers_them_when_it_heals) {
  Pair pair;
  pair.connect();
  pair.simulator.run_for(1s);
  pair.network.set_path_cut(0, 1, true);
  pair.recorders[0].open.at(0)->send(Envelope(Note{1}), Priority::high);
  pair.simulator.run_for(10s);
  EXPECT_TRUE(pair.recorders[1].notes.empty());
  EXPECT_GT(pair.recorders[0].open.at(0)->queue_bytes(Priority::high), 0u);
  pair.network.set_path_cut(0, 1, false);
  pair.simulator.run_for(30s);
  EXPECT_EQ(pair.recorders[1].notes, std::vector<std::uint32_t>{1});
  EXPECT_TRUE(pair.recorders[0].closings.empty());
}

TEST(VirtualNetwork, both_ends_give_up_when_a_cut_outlasts_the_idle_timeout) {
  Pair pair;
  pair.connect();
  pair.simulator.run_for(1s);
  pair.network.set_cut(1, true);
  pair.simulator.run_for(16s);
  for (const auto& recorder : pair.recorders) {
    ASSERT_EQ(recorder.closings.size(), 1u);
    EXPECT_EQ(recorder.closings[0].reason, CloseReason::timed_out);
  }
}

TEST(VirtualNetwork, a_peer_that_is_killed_is_noticed_by_silence_and_one_that_leaves_by_its_word) {
  for (const bool killed : {true, false}) {
    Pair pair;
    pair.connect();
    pair.simulator.run_for(1s);
    if (killed) pair.transports[1]->vanish();
    pair.transports[1].reset();
    pair.simulator.run_for(1s);
    EXPECT_EQ(pair.recorders[0].closings.size(), killed ? 0u : 1u);
    pair.simulator.run_for(20s);
    ASSERT_EQ(pair.recorders[0].closings.size(), 1u);
    EXPECT_EQ(pair.recorders[0].closings[0].reason,
              killed ? CloseReason::timed_out : CloseReason::closed_by_remote);
  }
}

TEST(VirtualNetwork, a_peer_that_has_started_again_ends_its_former_channels_at_the_next_message) {
  for (const bool unreliable : {false, true}) {
    Pair pair;
    auto& channel = pair.connect();
    pair.simulator.run_for(1s);
    pair.transports[1]->vanish();
    pair.transports[1].reset();
    pair.simulator.run_for(1s);
    pair.transports[1] = pair.network.attach(pair.simulator.node(1), VirtualNetwork::peer_id(1, 1));
    pair.transports[1]->start(pair.recorders[1]);
    pair.simulator.run_for(1s);
    EXPECT_TRUE(pair.recorders[0].closings.empty());
    if (unreliable)
      channel.send_unreliable(Envelope(Note{1}));
    else
      channel.send(Envelope(Note{1}), Priority::high);
    pair.simulator.run_for(20ms);
    ASSERT_EQ(pair.recorders[0].closings.size(), 1u);
    EXPECT_EQ(pair.recorders[0].closings[0].reason, CloseReason::closed_by_remote);
    EXPECT_TRUE(pair.recorders[1].notes.empty());
  }
}

TEST(VirtualNetwork, a_channel_whose_other_end_was_closed_during_a_cut_does_not_survive_the_healing) {
  Pair pair;
  pair.connect();
  pair.simulator.run_for(1s);
  pair.network.set_cut(1, true);
  pair.recorders[1].open.at(0)->close("gone");
  pair.simulator.run_for(1s);
  pair.network.set_cut(1, false);
  pair.simulator.run_for(20s);
  ASSERT_EQ(pair.recorders[0].closings.size(), 1u);
  EXPECT_EQ(pair.recorders[0].closings[0].reason, CloseReason::timed_out);
}

TEST(VirtualNetwork, delivers_duplicates_of_unreliable_messages_only) {
  Pair pair("constant:10ms+duplicate:100%");
  pair.connect();
  pair.simulator.run_for(1s);
  pair.recorders[0].open.at(0)->send(Envelope(Note{1}), Priority::high);
  pair.recorders[0].open.at(0)->send_unreliable(Envelope(Note{2}));
  pair.simulator.run_for(1s);
  EXPECT_EQ(pair.recorders[1].notes, (std::vector<std::uint32_t>{1, 2, 2}));
}

/// A pair whose path takes 1000 bytes a second and queues 100, over which `count` notes were sent at once.
struct NarrowPair : Pair {
  NarrowPair() : Pair("constant:10ms+bandwidth:8kbit,100B") {
    connect();
    simulator.run_for(1s);
  }
  Channel& channel() { return *recorders[0].open.at(0); }
  const Envelope note{Note{7}};
  const std::size_t note_bytes = note.body().size();
};

TEST(VirtualNetwork, a_narrow_path_takes_its_time_for_the_bytes_of_each_message) {
  NarrowPair pair;
  for (int i = 0; i < 1000; ++i) pair.channel().send(pair.note, Priority::medium);
  EXPECT_EQ(pair.channel().queue_bytes(Priority::medium), 1000 * pair.note_bytes);
  pair.simulator.run_for(1010ms);
  EXPECT_EQ(pair.recorders[1].notes.size(), 1000 / pair.note_bytes);
  EXPECT_EQ(pair.channel().queue_bytes(Priority::medium), 1000 * pair.note_bytes - 1010);
  pair.simulator.run_for(1h);
  EXPECT_EQ(pair.recorders[1].notes.size(), 1000u);
  EXPECT_EQ(pair.channel().queue_bytes(Priority::medium), 0u);
}

TEST(VirtualNetwork, a_narrow_path_drops_unreliable_messages_beyond_its_queue) {
  NarrowPair pair;
  for (int i = 0; i < 1000; ++i) pair.channel().send_unreliable(pair.note);
  pair.simulator.run_for(1s);
  EXPECT_EQ(pair.recorders[1].notes.size(), 100 / pair.note_bytes);
}

TEST(VirtualNetwork, a_message_waits_for_the_end_of_a_partition) {
  Pair pair("constant:10ms+partition:0-0,2s-4s");
  pair.connect();
  pair.simulator.run_for(3s);
  pair.recorders[0].open.at(0)->send(Envelope(Note{1}), Priority::high);
  pair.simulator.run_for(900ms);
  EXPECT_TRUE(pair.recorders[1].notes.empty());
  pair.simulator.run_for(2s);
  EXPECT_EQ(pair.recorders[1].notes, std::vector<std::uint32_t>{1});
  EXPECT_TRUE(pair.recorders[0].closings.empty());
}

TEST(VirtualNetwork, a_message_that_is_lost_for_good_ends_the_channel_on_both_sides) {
  Pair pair("constant:10ms;2s:constant:10ms+loss:100%;60s:constant:10ms");
  pair.connect();
  pair.simulator.run_for(3s);
  auto& channel = *pair.recorders[0].open.at(0);
  channel.send(Envelope(Note{1}), Priority::high);
  pair.simulator.run_for(20s);
  EXPECT_TRUE(pair.recorders[1].notes.empty());
  for (const auto& recorder : pair.recorders) {
    ASSERT_EQ(recorder.closings.size(), 1u);
    EXPECT_EQ(recorder.closings[0].reason, CloseReason::timed_out);
  }
}

TEST(VirtualNetwork, nobody_at_the_other_end_is_reported_as_unreachable) {
  Pair pair;
  pair.transports[0]->connect(VirtualNetwork::endpoint_of(12345), {});
  pair.simulator.run_for(6s);
  ASSERT_EQ(pair.recorders[0].closings.size(), 1u);
  EXPECT_EQ(pair.recorders[0].closings[0].reason, CloseReason::unreachable);
  EXPECT_EQ(pair.recorders[0].closings[0].detail, "no answer from 10.0.48.58:4000 for 5.0 s");
}

}  // namespace
}  // namespace tutti
