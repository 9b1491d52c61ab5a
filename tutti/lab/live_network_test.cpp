#include "tutti/lab/live_network.hpp"

#include <gtest/gtest.h>

#include "tutti/lab/lasting_socket.hpp"
#include "tutti/net/model/models.hpp"

namespace tutti::lab {
namespace {

using namespace std::chrono_literals;

const std::vector<Endpoint> endpoints{Endpoint::v4(0x7f000001, 5003), Endpoint::v4(0x7f000001, 5001),
                                      Endpoint::v4(0x7f000001, 5002)};

/// Takes as many milliseconds as source and target are, and ten for each second of the experiment.
class Telling final : public NetworkModel {
 public:
  [[nodiscard]] Arrivals carry(const Passage& passage, Random&) const override {
    return Arrivals(std::chrono::milliseconds(100 * passage.source + passage.target) +
                    passage.sent.time_since_epoch() / 100);
  }
};

Arrivals sent(const LiveNetwork& network, const Endpoint& source, const Endpoint& target,
              TimePoint at = TimePoint(2s)) {
  const std::hash<Endpoint> hash;
  return carry(*network.by_endpoint(endpoints, -2s), 1,
               {.source = hash(source), .target = hash(target), .sequence = 0, .bytes = 100, .sent = at});
}

TEST(LiveNetwork, asks_the_model_by_the_peers_numbers_in_the_direction_of_the_packet) {
  const LiveNetwork network(std::make_shared<Telling>(), 3);
  EXPECT_EQ(sent(network, endpoints[1], endpoints[2]).earliest(), 102ms);
  EXPECT_EQ(sent(network, endpoints[2], endpoints[1]).earliest(), 201ms);
  EXPECT_EQ(sent(network, endpoints[0], endpoints[2]).earliest(), 2ms);
}

TEST(LiveNetwork, asks_the_model_with_the_experiments_time_from_its_start_on) {
  const LiveNetwork network(std::make_shared<Telling>(), 3);
  EXPECT_EQ(sent(network, endpoints[0], endpoints[0], TimePoint(5s)).earliest(), 30ms);
  EXPECT_EQ(sent(network, endpoints[0], endpoints[0], TimePoint(1s)).earliest(), 0ms);
}

TEST(LiveNetwork, draws_what_a_simulation_of_the_same_seed_draws) {
  const auto model = *parse_network_model("normal:50ms,10ms");
  const LiveNetwork network(model, 3);
  EXPECT_EQ(sent(network, endpoints[2], endpoints[0]),
            carry(*model, 1, {.source = 2, .target = 0, .sequence = 0, .bytes = 100, .sent = TimePoint{}}));
}

TEST(LiveNetwork, loses_what_is_for_nobody_of_the_run) {
  const LiveNetwork network(constant_delay(1ms), 3);
  EXPECT_TRUE(sent(network, endpoints[0], Endpoint::v4(0x7f000001, 5004)).empty());
}

TEST(LiveNetwork, cuts_peers_groups_and_paths_in_both_directions_and_heals_them) {
  LiveNetwork network(constant_delay(1ms), 3);
  const auto passes = [&](std::uint32_t one, std::uint32_t other) {
    const bool there = !sent(network, endpoints[one], endpoints[other]).empty();
    EXPECT_EQ(there, !sent(network, endpoints[other], endpoints[one]).empty());
    return there;
  };
  network.cuts().set_cut(1, true);
  EXPECT_FALSE(passes(0, 1));
  EXPECT_TRUE(passes(0, 2));
  network.cuts().set_cut(1, false);
  EXPECT_TRUE(passes(0, 1));
  network.cuts().set_group(2, 7);
  EXPECT_FALSE(passes(0, 2));
  EXPECT_TRUE(passes(0, 1));
  network.cuts().set_path_cut(1, 0, true);
  EXPECT_FALSE(passes(0, 1));
  network.cuts().set_path_cut(0, 1, false);
  EXPECT_TRUE(passes(0, 1));
  network.set_loss(0, 1);
  EXPECT_TRUE(sent(network, endpoints[0], endpoints[1]).empty());
  network.heal();
  EXPECT_TRUE(passes(0, 1) && passes(1, 2) && passes(0, 2));
}

TEST(LiveNetwork, a_peers_own_delay_is_that_of_what_it_sends) {
  LiveNetwork network(constant_delay(1ms), 3);
  network.set_delay(0, constant_delay(30ms));
  EXPECT_EQ(sent(network, endpoints[0], endpoints[1]).earliest(), 30ms);
  EXPECT_EQ(sent(network, endpoints[1], endpoints[0]).earliest(), 1ms);
}

/// A socket that keeps what is sent, and lets a test say what arrives.
struct Wire {
  std::vector<Bytes> sent;
  DatagramHandler* handler = nullptr;
};
class WiredSocket final : public DatagramSocket {
 public:
  explicit WiredSocket(Wire& wire) : wire_(wire) {}
  void start(DatagramHandler& handler) override { wire_.handler = &handler; }
  void send(const Endpoint&, ByteView bytes, std::size_t) override {
    wire_.sent.emplace_back(bytes.begin(), bytes.end());
  }
  [[nodiscard]] Endpoint local_endpoint() const override { return endpoints[0]; }

 private:
  Wire& wire_;
};
struct Ear final : DatagramHandler {
  void datagrams_received(std::span<const Datagram> datagrams) override { heard += datagrams.size(); }
  std::size_t heard = 0;
};

TEST(LastingSocket, serves_one_user_after_the_other_at_the_same_endpoint) {
  Wire wire;
  LastingSocket socket(std::make_unique<WiredSocket>(wire));
  const Bytes bytes{1, 2, 3};
  const std::array datagrams{Datagram{bytes, endpoints[1]}};
  Ear first, second;
  {
    const auto lent = socket.lend();
    EXPECT_EQ(lent->local_endpoint(), endpoints[0]);
    lent->start(first);
    lent->send(endpoints[1], bytes, bytes.size());
    wire.handler->datagrams_received(datagrams);
  }
  wire.handler->datagrams_received(datagrams);  // for nobody
  const auto lent = socket.lend();
  lent->start(second);
  wire.handler->datagrams_received(datagrams);
  EXPECT_EQ(wire.sent, std::vector<Bytes>{bytes});
  EXPECT_EQ(first.heard, 1u);
  EXPECT_EQ(second.heard, 1u);
}

TEST(LastingSocket, keeps_a_silenced_users_goodbyes_to_itself_and_lets_the_next_speak) {
  Wire wire;
  LastingSocket socket(std::make_unique<WiredSocket>(wire));
  const Bytes bytes{1, 2, 3};
  auto lent = socket.lend();
  socket.silence();
  lent->send(endpoints[1], bytes, bytes.size());
  EXPECT_TRUE(wire.sent.empty());
  lent.reset();
  lent = socket.lend();
  lent->send(endpoints[1], bytes, bytes.size());
  EXPECT_EQ(wire.sent.size(), 1u);
}

}  // namespace
}  // namespace tutti::lab
