// Who sends much, and who sends what is soon useless: over 10 Mbit/s, with whatever carries a peer's
// messages.
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/link/direct_carrier.hpp"
#include "tutti/link/link_manager.hpp"
#include "tutti/net/model/models.hpp"
#include "tutti/net/quic/quic_transport.hpp"
#include "tutti/net/virtual/packet_network.hpp"
#include "tutti/net/virtual/virtual_transport.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

struct Block {
  std::uint32_t number = 0;
  Bytes filler;
};

}  // namespace

template <>
struct MessageTraits<Block> {
  static constexpr MessageId id{0x7311};
};

namespace {

constexpr std::size_t block_bytes = 4096;
constexpr double path_bytes_per_second = 10e6 / 8;
constexpr std::string_view path = "constant:20ms+bandwidth:10Mbit,610KiB";

/// Sends blocks for ever, never more than its peer has room for.
class BulkSender final : public Peerlet {
 public:
  void init(Peer& peer) override { peer_ = &peer; }
  void link_up(PeerId peer) override { send_to(peer); }
  void writable_again(PeerId peer, Priority priority) override {
    if (priority == Priority::low) send_to(peer);
  }
  void send_to(PeerId peer) {
    if (!enabled) return;
    while (peer_->writable(peer, Priority::low)) {
      peer_->send(peer, Block{sent++, Bytes(block_bytes)}, Priority::low);
      queue_bytes_max = std::max(queue_bytes_max, peer_->queue_bytes(peer, Priority::low));
    }
  }

  bool enabled = false;
  std::uint32_t sent = 0;
  std::size_t queue_bytes_max = 0;

 private:
  Peer* peer_ = nullptr;
};

class Receiver final : public Peerlet {
 public:
  void link_down(PeerId) override { ++downs; }
  void block(PeerId, const Block& block) { numbers.push_back(block.number); }
  static constexpr auto handlers = tutti::handlers<&Receiver::block>;

  std::vector<std::uint32_t> numbers;
  int downs = 0;
};

enum class Carriage { quic, channels, direct };

std::string name_of(const testing::TestParamInfo<Carriage>& info) {
  static constexpr std::array names{"quic", "channels", "direct"};
  return names.at(static_cast<std::size_t>(info.param));
}

/// Two peers, the first of which sends to the second.
class Two : public testing::TestWithParam<Carriage> {
 protected:
  Two()
      : simulator_(1),
        packets_(simulator_, *parse_network_model(path)),
        messages_(simulator_, *parse_network_model(path)) {
    for (std::uint32_t i = 0; i < 2; ++i) simulator_.add_node();
    for (std::uint32_t i = 0; i < 2; ++i) peers_.push_back(build(i));
    simulator_.run_for(2s);
  }

  BulkSender& sender() { return *peers_[0]->find<BulkSender>(); }
  Receiver& receiver() { return *peers_[1]->find<Receiver>(); }
  void cut(bool is_cut) {
    packets_.set_model(*parse_network_model(is_cut ? "constant:20ms+loss:100%" : path));
    messages_.set_cut(1, is_cut);
  }

  Simulator simulator_;
  PacketNetwork packets_;
  VirtualNetwork messages_;
  measure::Recorder recorder_{TimePoint{}};
  std::vector<std::unique_ptr<Peer>> peers_;

 private:
  std::unique_ptr<Peer> build(std::uint32_t node) {
    auto& runtime = simulator_.node(node);
    const LinkTarget other{
        GetParam() == Carriage::quic ? packets_.endpoint_of(0, 4000) : VirtualNetwork::endpoint_of(0), {}};
    LinkOptions options{.network = "test 1",
                        .targets = node == 0 ? std::vector<LinkTarget>{} : std::vector{other},
                        .queue_bytes_max = 1 << 20};
    if (GetParam() == Carriage::direct)
      return Peer::build(runtime, VirtualNetwork::peer_id(1, node))
          .add<DirectCarrier>(messages_, node)
          .add<BulkSender>()
          .add<Receiver>()
          .measure(recorder_)
          .start();
    const auto identity = Identity::generate();
    std::unique_ptr<Transport> transport;
    if (GetParam() == Carriage::quic)
      transport = std::make_unique<QuicTransport>(runtime, packets_.bind(runtime, 4000), identity);
    else
      transport = messages_.attach(runtime, identity.peer());
    return Peer::build(runtime, identity.peer())
        .add<LinkManager>(std::move(transport), options)
        .add<BulkSender>()
        .add<Receiver>()
        .measure(recorder_)
        .start();
  }
};
INSTANTIATE_TEST_SUITE_P(, Two, testing::Values(Carriage::quic, Carriage::channels, Carriage::direct),
                         name_of);

TEST_P(Two, a_sender_of_bulk_that_waits_until_it_can_write_keeps_a_path_full_with_a_short_queue) {
  sender().enabled = true;
  sender().send_to(peers_[1]->id());
  simulator_.run_for(5s);
  sender().queue_bytes_max = 0;
  const auto before = receiver().numbers.size();
  simulator_.run_for(20s);
  const auto arrived = static_cast<double>((receiver().numbers.size() - before) * block_bytes);
  EXPECT_GT(arrived / (path_bytes_per_second * 20), 0.9);
  EXPECT_LT(sender().queue_bytes_max, 100'000u);
}

TEST_P(Two, drop_messages_that_expire_and_keep_the_order_of_the_others) {
  constexpr std::uint32_t count = 200;  // 0.66 s
  for (std::uint32_t i = 0; i < count; ++i)
    peers_[0]->send(peers_[1]->id(), Block{i, Bytes(block_bytes)}, Priority::low,
                    i % 2 == 0 ? Duration(150ms) : always_useful);
  simulator_.run_for(10s);
  const auto& numbers = receiver().numbers;
  EXPECT_TRUE(std::ranges::is_sorted(numbers));
  const auto odd = std::ranges::count_if(numbers, [](std::uint32_t number) { return number % 2 == 1; });
  EXPECT_EQ(odd, count / 2);
  const auto expired = count - numbers.size();
  EXPECT_GT(expired, 50u);
  EXPECT_LT(expired, 100u);
  EXPECT_EQ(recorder_.totals().count_of("link.expired"), expired);
}

class TwoOnALink : public Two {};
INSTANTIATE_TEST_SUITE_P(, TwoOnALink, testing::Values(Carriage::quic, Carriage::channels), name_of);

TEST_P(TwoOnALink, a_backlog_that_expires_is_no_receiver_that_does_not_keep_up) {
  cut(true);
  for (std::uint32_t i = 0; i < 50; ++i) {
    for (std::uint32_t j = 0; j < 100; ++j)
      peers_[0]->send(peers_[1]->id(), Block{0, Bytes(block_bytes)}, Priority::high, 100ms);
    simulator_.run_for(200ms);
  }
  peers_[0]->send(peers_[1]->id(), Block{1, {}}, Priority::high);
  cut(false);
  simulator_.run_for(10s);
  EXPECT_EQ(receiver().downs, 0);
  ASSERT_FALSE(receiver().numbers.empty());
  EXPECT_EQ(receiver().numbers.back(), 1u);
  EXPECT_LT(receiver().numbers.size(), 50u);
}

}  // namespace
}  // namespace tutti
