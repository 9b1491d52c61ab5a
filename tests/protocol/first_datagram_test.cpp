// What docs/protocol.md says below the messages: the first bytes that a peer ever sends to another.
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>

#include <gtest/gtest.h>

#include "tutti/net/identity.hpp"
#include "tutti/net/quic/quic_transport.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti::protocol_test {
namespace {

using namespace std::chrono_literals;

struct FirstDatagram final : DatagramSocket {
  explicit FirstDatagram(Bytes& first) : first_(first) {}
  void start(DatagramHandler&) override {}
  void send(const Endpoint&, ByteView bytes, std::size_t segment_bytes) override {
    if (first_.empty())
      first_.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(segment_bytes));
  }
  [[nodiscard]] Endpoint local_endpoint() const override { return Endpoint::v4(0x7f000001, 1); }

 private:
  Bytes& first_;
};
struct Nobody final : TransportHandler {
  void channel_opened(Channel&) override {}
  void message_received(Channel&, const Received&) override {}
  void channel_closed(Channel&, const Closing&) override {}
};

TEST(ProtocolDatagrams, the_first_datagram_of_a_channel_is_of_type_3_and_begins_quic_version_1) {
  RealRuntime runtime;
  Nobody nobody;
  Bytes first;
  QuicTransport client(runtime, std::make_unique<FirstDatagram>(first), Identity::generate());
  client.start(nobody);
  client.connect(Endpoint::v4(0x7f000001, 2), std::nullopt);
  for (const auto end = real_now() + 30s; first.empty() && real_now() < end;) runtime.poll();
  ASSERT_GE(first.size(), 1u + 1200u);  // RFC 9000, 14.1
  EXPECT_EQ(first[0], 3);
  EXPECT_EQ(first[1] & 0x80, 0x80);  // a long header, 17.2
  EXPECT_EQ(Bytes(first.begin() + 2, first.begin() + 6), (Bytes{0, 0, 0, 1}));
}

}  // namespace
}  // namespace tutti::protocol_test
