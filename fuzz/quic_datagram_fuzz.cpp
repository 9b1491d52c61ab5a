// Hostile datagrams at a live QUIC transport. The input is a script of datagrams and pauses; datagrams may be
// made of what the transport itself or a genuine client has sent before, cut and damaged, so that the fuzzer
// gets past the first checks without knowing any cryptography. In virtual time and without a network.
#include <algorithm>
#include <memory>
#include <vector>

#include "tutti/base/require.hpp"
#include "tutti/net/quic/quic_transport.hpp"
#include "tutti/runtime/simulator.hpp"

namespace tutti {
namespace {

struct FakeSocket final : DatagramSocket {
  explicit FakeSocket(std::vector<Bytes>& its_sent) : sent(its_sent) {}
  void start(DatagramHandler& its_handler) override { handler = &its_handler; }
  void send(const Endpoint&, ByteView bytes, std::size_t segment_bytes) override {
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(segment_bytes, bytes.size()))) {
      const auto segment = bytes.first(std::min(segment_bytes, bytes.size()));
      if (sent.size() < 64) sent.emplace_back(segment.begin(), segment.end());
    }
  }
  [[nodiscard]] Endpoint local_endpoint() const override { return Endpoint::v4(0x7f000001, 1); }
  std::vector<Bytes>& sent;
  DatagramHandler* handler = nullptr;
};

struct Nobody final : TransportHandler {
  void channel_opened(Channel&) override {}
  void message_received(Channel&, const Received&) override {}
  void channel_closed(Channel&, const Closing&) override {}
};

void run(ByteView script) {
  Simulator simulator(1);
  std::vector<Bytes> sent;
  Nobody nobody;
  const QuicOptions options{.connections_max = 8, .handshakes_max = 4};
  const auto make = [&](std::uint8_t seed, DatagramHandler*& handler) {
    auto socket = std::make_unique<FakeSocket>(sent);
    auto* port = socket.get();
    auto transport = std::make_unique<QuicTransport>(simulator.add_node(), std::move(socket),
                                                     Identity::from_seed({seed}), options);
    transport->start(nobody);
    handler = port->handler;
    return transport;
  };
  DatagramHandler* server_port = nullptr;
  DatagramHandler* client_port = nullptr;
  const auto server = make(1, server_port);
  const auto client = make(2, client_port);
  client->connect(Endpoint::v4(0x7f000001, 1), server->local_peer());
  simulator.run_for(std::chrono::milliseconds(1));

  while (script.size() >= 4) {
    // What to send: new bytes, or a former datagram with one byte changed and its end cut off; to whom; and
    // when.
    const std::size_t kind = script[0] % 4, size = script[1], place = script[2] * 6u;
    const std::uint8_t change = script[3];
    script = script.subspan(4);
    Bytes bytes;
    if (kind < 2 && !sent.empty()) {
      bytes = sent[size % sent.size()];
      if (kind == 1 && place < bytes.size()) bytes[place] ^= change;
      if (kind == 1 && change % 8 == 7) bytes.resize(place % bytes.size());
    } else {
      const auto taken = script.first(std::min(size, script.size()));
      bytes.assign(taken.begin(), taken.end());
      if (kind == 2) bytes.insert(bytes.begin(), static_cast<std::uint8_t>(DatagramType::quic));
      script = script.subspan(taken.size());
    }
    const Datagram datagram{bytes, Endpoint::v4(0x7f000001, static_cast<std::uint16_t>(1 + change % 3))};
    (change % 2 == 0 ? server_port : client_port)->datagrams_received({&datagram, 1});
    simulator.run_for(std::chrono::milliseconds(change));
  }
  require(server->connection_count() <= options.connections_max, "connections stay within their limit");
}

}  // namespace
}  // namespace tutti

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tutti::run({data, size});
  return 0;
}
