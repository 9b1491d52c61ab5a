// For tests: several QUIC transports, on real sockets and one runtime, driven by the test's own loop, which
// is all that makes their time pass; or on sockets of a simulation.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/net/model/models.hpp"
#include "tutti/net/quic/quic_transport.hpp"
#include "tutti/net/udp/impaired.hpp"
#include "tutti/net/udp/udp_socket.hpp"
#include "tutti/runtime/polled_test_runtime.hpp"
#include "tutti/wire/frame.hpp"

namespace tutti::quic_test {

/// A numbered message of a certain size whose bytes follow from the number.
struct Numbered {
  std::uint8_t lane = 0;  // by convention the priority; 3 is unreliable
  std::uint32_t number = 0;
  Bytes filler;

  static Numbered make(std::uint8_t lane, std::uint32_t number, std::size_t size) {
    Numbered message{lane, number, Bytes(size)};
    for (std::size_t i = 0; i < size; ++i) message.filler[i] = static_cast<std::uint8_t>(number * 31 + i * 7);
    return message;
  }
  bool operator==(const Numbered&) const = default;
};

}  // namespace tutti::quic_test

template <>
struct tutti::MessageTraits<tutti::quic_test::Numbered> {
  static constexpr MessageId id{0x7b01};
};

namespace tutti::quic_test {

using namespace std::chrono_literals;

inline const Endpoint localhost_v4 = Endpoint::v4(0x7f000001, 0);
inline const Endpoint localhost_v6 = *Endpoint::parse("[::1]:0");

/// A transport, and everything its handler has been told.
class Node final : public TransportHandler {
 public:
  Node(PolledRuntime& runtime, const Endpoint& at, const QuicOptions& options = {},
       NetworkModelPtr model = nullptr, const Identity& identity = Identity::generate())
      : identity_(identity) {
    auto socket = UdpSocket::open(runtime.sockets(), at);
    EXPECT_TRUE(socket.has_value()) << socket.error();
    std::unique_ptr<DatagramSocket> port = *std::move(socket);
    if (model) {
      auto impaired = std::make_unique<Impaired>(runtime, std::move(port), std::move(model), entropy());
      impaired_ = impaired.get();
      port = std::move(impaired);
    }
    open_on(runtime, std::move(port), options);
  }
  Node(Runtime& runtime, std::unique_ptr<DatagramSocket> socket, const QuicOptions& options = {},
       const Identity& identity = Identity::generate())
      : identity_(identity) {
    open_on(runtime, std::move(socket), options);
  }

  QuicTransport& operator*() { return *transport_; }
  QuicTransport* operator->() { return transport_.get(); }
  Impaired& impaired() { return *impaired_; }
  void destroy() { transport_.reset(); }

  std::function<void(Channel&)> on_open = [](Channel&) {};
  std::function<void(Channel&, const Numbered&)> on_message = [](Channel&, const Numbered&) {};

  std::vector<Channel*> open;  // those that are open now
  std::vector<std::pair<ChannelId, Closing>> closed;
  std::array<std::vector<std::uint32_t>, 4> numbers;  // of the messages received, by lane
  std::size_t damaged = 0;                            // messages that were not what their number says

 private:
  void open_on(Runtime& runtime, std::unique_ptr<DatagramSocket> socket, const QuicOptions& options) {
    transport_ = std::make_unique<QuicTransport>(runtime, std::move(socket), identity_, options);
    transport_->start(*this);
  }
  void channel_opened(Channel& channel) override {
    open.push_back(&channel);
    on_open(channel);
  }
  void message_received(Channel& channel, const Received& received) override {
    const auto opened = received.open<Numbered>([&](const Numbered& message) {
      numbers[message.lane % 4].push_back(message.number);
      if (message != Numbered::make(message.lane, message.number, message.filler.size())) ++damaged;
      on_message(channel, message);
    });
    if (!opened) ++damaged;
  }
  void channel_closed(Channel& channel, const Closing& closing) override {
    std::erase(open, &channel);
    closed.emplace_back(channel.id(), closing);
  }

  Identity identity_;
  Impaired* impaired_ = nullptr;
  std::unique_ptr<QuicTransport> transport_;
};

/// Polls until `done`. The limit is there so that a failure ends; nothing depends on how long it takes.
template <typename Condition>
bool run_until(PolledRuntime& runtime, Condition done, Duration limit = 30s) {
  for (const auto end = real_now() + limit; !done() && real_now() < end;) runtime.poll();
  return done();
}

/// Connects `a` to `b` and waits until both know.
inline Channel& connect(PolledRuntime& runtime, Node& a, Node& b) {
  auto& channel = a->connect(b->local_endpoint(), b->local_peer());
  EXPECT_TRUE(run_until(runtime, [&] { return !a.open.empty() && !b.open.empty(); }));
  return channel;
}

inline std::vector<std::uint32_t> counting_to(std::uint32_t count) {
  std::vector<std::uint32_t> result(count);
  for (std::uint32_t i = 0; i < count; ++i) result[i] = i;
  return result;
}

}  // namespace tutti::quic_test
