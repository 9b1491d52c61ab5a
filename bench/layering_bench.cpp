// What the floors above the transport cost: the round trip of quic_bench.cpp's request and reply, and its
// stream of small messages, here between two peers, through dispatch, link, transport and the choice of a
// way.
#include <atomic>
#include <memory>
#include <thread>

#include <benchmark/benchmark.h>

#include "bench/bars.hpp"
#include "tutti/base/require.hpp"
#include "tutti/link/link_manager.hpp"
#include "tutti/net/quic/quic_transport.hpp"
#include "tutti/net/route/routed_socket.hpp"
#include "tutti/net/udp/udp_socket.hpp"

namespace tutti::bench {
namespace {

// As large as in quic_bench.cpp: 290 and 258 bytes encoded.
struct Request {
  Bytes bytes;
};
struct Reply {
  Bytes bytes;
};
/// As large as quic_bench.cpp's: 100 bytes encoded.
struct Drop {
  Bytes bytes;
};

}  // namespace
}  // namespace tutti::bench

template <>
struct tutti::MessageTraits<tutti::bench::Request> {
  static constexpr MessageId id{0x7c11};
};
template <>
struct tutti::MessageTraits<tutti::bench::Reply> {
  static constexpr MessageId id{0x7c12};
};
template <>
struct tutti::MessageTraits<tutti::bench::Drop> {
  static constexpr MessageId id{0x7c13};
};

namespace tutti::bench {
namespace {

/// Answers requests, and asks again when it is answered.
class Caller final : public Peerlet {
 public:
  void init(Peer& peer) override { peer_ = &peer; }
  void link_up(PeerId peer) override { neighbour = peer; }
  void request_received(PeerId from, const Request&) {
    if (!reply_) reply_ = std::make_unique<Envelope>(Reply{Bytes(254)});
    peer_->send(from, *reply_, Priority::high);
  }
  void reply_received(PeerId, const Reply&) {
    ++rounds;
    ask();
  }
  void ask() {
    if (!request_) request_ = std::make_unique<Envelope>(Request{Bytes(286)});
    peer_->send(*neighbour, *request_, Priority::high);
  }
  static constexpr auto handlers = tutti::handlers<&Caller::request_received, &Caller::reply_received>;

  std::optional<PeerId> neighbour;
  std::uint64_t rounds = 0;

 private:
  Peer* peer_ = nullptr;
  std::unique_ptr<Envelope> request_;
  std::unique_ptr<Envelope> reply_;
};

/// Says as much as its neighbour takes, and counts what it hears.
class Streamer final : public Peerlet {
 public:
  void init(Peer& peer) override { peer_ = &peer; }
  void link_up(PeerId peer) override { neighbour = peer; }
  void drop_received(PeerId, const Drop&) { received.fetch_add(1, std::memory_order_relaxed); }
  static constexpr auto handlers = tutti::handlers<&Streamer::drop_received>;

  /// False if too much waits to be sent.
  bool say(const Envelope& drop) {
    return peer_->writable(*neighbour, Priority::low) && peer_->send(*neighbour, drop, Priority::low);
  }

  std::optional<PeerId> neighbour;
  std::atomic<std::uint64_t> received = 0;  // read by the other side's thread

 private:
  Peer* peer_ = nullptr;
};

/// A peer with a runtime of its own.
struct Side {
  Side(bool spin, std::vector<LinkTarget> targets) : runtime({.spin = spin}) {
    auto socket = UdpSocket::open(runtime, Endpoint::v4(0x7f000001, 0));
    require(socket.has_value(), "a port is free");
    auto routed = std::make_unique<RoutedSocket>(runtime, identity.peer(), *std::move(socket));
    auto transport = std::make_unique<QuicTransport>(runtime, std::move(routed), identity);
    endpoint = transport->local_endpoint();
    peer = Peer::build(runtime, identity.peer())
               .add<LinkManager>(std::move(transport),
                                 LinkOptions{.network = "bench", .targets = std::move(targets)})
               .add<Caller>()
               .add<Streamer>()
               .start();
    caller = peer->find<Caller>();
    streamer = peer->find<Streamer>();
  }

  RealRuntime runtime;
  Identity identity = Identity::generate();
  Endpoint endpoint;
  std::unique_ptr<Peer> peer;
  Caller* caller = nullptr;
  Streamer* streamer = nullptr;
};

void peer_round_trip(benchmark::State& state) {
  Side server(true, {});
  Side client(true, {{server.endpoint, server.identity.peer()}});
  std::thread running([&] { server.runtime.run(); });
  while (!client.caller->neighbour) client.runtime.poll();
  client.caller->ask();
  for (auto _ : state)
    for (const auto before = client.caller->rounds; client.caller->rounds == before;) client.runtime.poll();
  server.runtime.stop();
  running.join();
}
BENCHMARK(peer_round_trip)->UseRealTime()->Unit(benchmark::kMicrosecond);

void peer_stream(benchmark::State& state) {
  constexpr std::uint64_t step = 10'000;
  Side server(false, {});
  Side client(false, {{server.endpoint, server.identity.peer()}});
  std::thread running([&] { server.runtime.run(); });
  while (!client.streamer->neighbour) client.runtime.poll();
  const Envelope drop(Drop{Bytes(96)});
  std::uint64_t sent = 0;
  for (auto _ : state) {
    for (std::uint64_t i = 0; i < step; ++i)
      while (!client.streamer->say(drop)) client.runtime.poll();
    sent += step;
  }
  while (server.streamer->received.load(std::memory_order_relaxed) < sent) client.runtime.poll();
  state.SetItemsProcessed(static_cast<std::int64_t>(sent));
  server.runtime.stop();
  running.join();
}
BENCHMARK(peer_stream)->UseRealTime()->MinTime(2);

}  // namespace

void layering_bars(Bars& bars) {
  bars.add("round trip between peers above the bare transport", "us", at_most(2),
           difference(time_of("peer_round_trip"), time_of("quic_round_trip")));
  bars.add("100-byte messages between two live peers, through the whole stack", "1/s", at_least(300e3),
           counter_of("peer_stream", "items_per_second"));
}

}  // namespace tutti::bench
