// What a QUIC channel costs next to plain TCP: the round trip of a small request and reply with both sides
// spinning on a core of their own, the processor time of a handshake, the memory of a connection, bulk
// throughput, and the rate of small messages.
#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <memory>
#include <thread>
#include <vector>

#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/bars.hpp"
#include "bench/heap.hpp"
#include "tutti/base/require.hpp"
#include "tutti/net/quic/quic_transport.hpp"
#include "tutti/net/udp/udp_socket.hpp"

namespace tutti::bench {
namespace {

/// Encoded, both are about these sizes: a remote call with its arguments, and its result.
constexpr std::size_t request_bytes = 290;
constexpr std::size_t reply_bytes = 258;
constexpr std::size_t wrapping = 4;  // of the bytes in the message

struct Load {
  Bytes bytes;
};

}  // namespace
}  // namespace tutti::bench

template <>
struct tutti::MessageTraits<tutti::bench::Load> {
  static constexpr MessageId id{0x7c01};
};

namespace tutti::bench {
namespace {

const Endpoint localhost = Endpoint::v4(0x7f000001, 0);

/// A transport on a runtime, with handlers as the benchmark sets them.
class End final : public TransportHandler {
 public:
  explicit End(bool spin, const QuicOptions& options = {}) : runtime({.spin = spin}) {
    auto socket = UdpSocket::open(runtime, localhost);
    require(socket.has_value(), "a port is free");
    transport = std::make_unique<QuicTransport>(runtime, *std::move(socket), identity, options);
    transport->start(*this);
  }

  Channel* channel = nullptr;  // the newest open one
  std::size_t closed = 0;
  std::move_only_function<void(Channel&)> on_message = [](Channel&) {};
  RealRuntime runtime;
  Identity identity = Identity::generate();
  std::unique_ptr<QuicTransport> transport;

 private:
  void channel_opened(Channel& opened) override { channel = &opened; }
  void message_received(Channel& from, const Received&) override { on_message(from); }
  void channel_closed(Channel&, const Closing&) override {
    channel = nullptr;
    ++closed;
  }
};

/// The other side, on a thread of its own.
class Server {
 public:
  explicit Server(End& end) : end_(end), thread_([&end] { end.runtime.run(); }) {}
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server() {
    end_.runtime.stop();
    thread_.join();
  }

 private:
  End& end_;
  std::thread thread_;
};

void connect(End& client, const End& server) {
  client.transport->connect(server.transport->local_endpoint(), server.transport->local_peer());
  while (client.channel == nullptr) client.runtime.poll();
}

void quic_round_trip(benchmark::State& state) {
  End client(true), server(true);
  const Envelope request(Load{Bytes(request_bytes - wrapping)});
  // An envelope stays on its thread, so the server's is made and used there.
  server.on_message = [mine = std::unique_ptr<Envelope>()](Channel& channel) mutable {
    if (!mine) mine = std::make_unique<Envelope>(Load{Bytes(reply_bytes - wrapping)});
    channel.send(*mine, Priority::high);
  };
  // The next request is sent where the reply arrives, as programs do; a loop iteration is one round.
  std::uint64_t rounds = 0;
  client.on_message = [&](Channel& channel) {
    ++rounds;
    channel.send(request, Priority::high);
  };
  const Server running(server);
  connect(client, server);
  client.channel->send(request, Priority::high);
  for (auto _ : state) {
    const auto before = rounds;
    while (rounds == before) client.runtime.poll();
  }
}
BENCHMARK(quic_round_trip)->UseRealTime()->Unit(benchmark::kMicrosecond);

class TcpPair {
 public:
  TcpPair() {
    const int listener = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const name = reinterpret_cast<sockaddr*>(&address);
    require(::bind(listener, name, size) == 0 && ::listen(listener, 1) == 0, "a port is free");
    require(::getsockname(listener, name, &size) == 0, "a bound socket has a name");
    near = ::socket(AF_INET, SOCK_STREAM, 0);
    require(::connect(near, name, size) == 0, "loopback connects");
    far = ::accept(listener, nullptr, nullptr);
    ::close(listener);
    const int on = 1;
    for (const int end : {near, far})
      require(::setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "TCP has TCP_NODELAY");
  }
  TcpPair(const TcpPair&) = delete;
  TcpPair& operator=(const TcpPair&) = delete;
  ~TcpPair() {
    ::close(near);
    ::close(far);
  }

  int near = -1;
  int far = -1;
};

/// Spins until `size` bytes are there; false at the stream's end.
bool receive_all(int socket, std::uint8_t* bytes, std::size_t size) {
  while (size > 0) {
    const auto count = ::recv(socket, bytes, size, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) continue;
    if (count <= 0) return false;
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

void tcp_round_trip(benchmark::State& state) {
  TcpPair pair;
  std::thread server([&] {
    std::array<std::uint8_t, request_bytes> bytes{};
    while (receive_all(pair.far, bytes.data(), request_bytes))
      if (::send(pair.far, bytes.data(), reply_bytes, MSG_NOSIGNAL) < 0) break;
  });
  std::array<std::uint8_t, request_bytes> bytes{};
  for (auto _ : state) {
    require(::send(pair.near, bytes.data(), request_bytes, MSG_NOSIGNAL) == request_bytes,
            "loopback takes 290 bytes");
    require(receive_all(pair.near, bytes.data(), reply_bytes), "the other side is there");
  }
  ::shutdown(pair.near, SHUT_RDWR);
  server.join();
}
BENCHMARK(tcp_round_trip)->UseRealTime()->Unit(benchmark::kMicrosecond);

/// Both sides in one thread, so that the processor time is that of both.
void quic_handshake(benchmark::State& state) {
  // With a guess near the truth, the pacer does not stretch the handshake and the wall time is processor
  // time.
  const QuicOptions options{.initial_rtt = std::chrono::microseconds(100)};
  End client(false, options), server(false, options);
  for (auto _ : state) {
    client.transport->connect(server.transport->local_endpoint(), server.transport->local_peer());
    while (client.channel == nullptr || server.channel == nullptr) {
      client.runtime.poll();
      server.runtime.poll();
    }
    client.channel->close("");
    client.channel = nullptr;
    while (server.channel != nullptr) {
      client.runtime.poll();
      server.runtime.poll();
    }
  }
}
BENCHMARK(quic_handshake)->Unit(benchmark::kMicrosecond);

/// The heap of both ends of connections that have shaken hands and said something on each of their streams,
/// and what of it is resident: ngtcp2's pools are blocks of many objects, of which a quiet connection uses a
/// few.
void quic_memory(benchmark::State& state) {
  constexpr std::size_t connections = 100;
  double end_bytes = 0, end_resident_bytes = 0;
  for (auto _ : state) {
    End client(false), server(false);
    std::size_t received = 0;
    server.on_message = [&](Channel&) { ++received; };
    const auto resident_before = resident_bytes();
    const auto before = heap_bytes();
    const Envelope message(Load{Bytes(request_bytes - wrapping)});
    for (std::size_t i = 0; i < connections; ++i) {
      client.channel = nullptr;
      client.transport->connect(server.transport->local_endpoint(), server.transport->local_peer());
      while (client.channel == nullptr) {
        client.runtime.poll();
        server.runtime.poll();
      }
      for (const auto priority : {Priority::high, Priority::medium, Priority::low})
        client.channel->send(message, priority);
    }
    // What has arrived is acknowledged soon after, and then nothing is kept for sending it again.
    const auto settled = std::chrono::milliseconds(200);
    TimePoint quiet = client.runtime.now() + settled;
    while (client.runtime.now() < quiet) {
      if (received < 3 * connections) quiet = client.runtime.now() + settled;
      client.runtime.poll();
      server.runtime.poll();
    }
    end_bytes = static_cast<double>(heap_bytes() - before) / (2 * connections);
    end_resident_bytes = static_cast<double>(resident_bytes() - resident_before) / (2 * connections);
  }
  state.counters["end_bytes"] = end_bytes;
  state.counters["end_resident_bytes"] = end_resident_bytes;
}
BENCHMARK(quic_memory)->Iterations(1)->Unit(benchmark::kMillisecond);

/// Sends messages of one size as fast as they go, never more than 8 MiB ahead.
void quic_stream(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  End client(false), server(false);
  std::atomic<std::uint64_t> received = 0;
  server.on_message = [&](Channel&) { received.fetch_add(1, std::memory_order_relaxed); };
  const Server running(server);
  connect(client, server);
  const Envelope message(Load{Bytes(size - wrapping)});
  std::uint64_t sent = 0;
  const std::uint64_t step = std::max<std::uint64_t>(1, (1 << 20) / size);
  for (auto _ : state) {
    for (std::uint64_t i = 0; i < step; ++i) client.channel->send(message, Priority::low);
    sent += step;
    while (client.channel->queue_bytes(Priority::low) > 8 << 20) client.runtime.poll();
  }
  while (received.load(std::memory_order_relaxed) < sent) client.runtime.poll();
  state.SetBytesProcessed(static_cast<std::int64_t>(sent * size));
  state.SetItemsProcessed(static_cast<std::int64_t>(sent));
}
BENCHMARK(quic_stream)->Arg(100)->Arg(64 << 10)->UseRealTime()->MinTime(2);

}  // namespace

void quic_bars(Bars& bars) {
  bars.add("round trip over QUIC, spinning, over the same by TCP", "x", at_most(1.1),
           ratio(time_of("quic_round_trip"), time_of("tcp_round_trip")));
  bars.add("QUIC handshake and close, both sides", "us", at_most(1000), time_of("quic_handshake"));
  bars.add("memory of one end of a QUIC connection", "B", at_most(90 * 1024),
           counter_of("quic_memory", "end_bytes"));
  bars.add("100-byte messages over one QUIC link", "1/s", at_least(500e3),
           counter_of("quic_stream/100", "items_per_second"));
  bars.add("bulk over one QUIC link", "B/s", at_least(1.0e9),
           counter_of("quic_stream/65536", "bytes_per_second"));
}

}  // namespace tutti::bench
