// For tests and benchmarks: what a transfer in the low class does to messages in the high one, over one
// narrow path in virtual time. Two nodes; each pair of transports on them is two peers of their own, and all
// share the path's queue.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "tutti/base/require.hpp"
#include "tutti/net/identity.hpp"
#include "tutti/net/model/models.hpp"
#include "tutti/net/quic/quic_transport.hpp"
#include "tutti/net/virtual/packet_network.hpp"

namespace tutti::priority_test {

using namespace std::chrono_literals;

struct Marked {
  std::int64_t sent = 0;  // nanoseconds
  Bytes filler;
};

}  // namespace tutti::priority_test

template <>
struct tutti::MessageTraits<tutti::priority_test::Marked> {
  static constexpr MessageId id{0x7b11};
};

namespace tutti::priority_test {

inline constexpr std::size_t small_bytes = 100;   // of a high message
inline constexpr std::size_t large_bytes = 8192;  // of a low one

/// One end of a channel.
class End final : public TransportHandler {
 public:
  End(SimRuntime& runtime, std::unique_ptr<DatagramSocket> socket, const QuicOptions& options)
      : runtime_(runtime), transport(runtime, std::move(socket), Identity::generate(), options) {
    transport.start(*this);
  }

  Channel* channel = nullptr;
  std::vector<double> delays_ms;  // of the high messages that have arrived
  std::uint64_t low_bytes = 0;    // that have arrived

 private:
  void channel_opened(Channel& opened) override { channel = &opened; }
  void channel_closed(Channel&, const Closing&) override { channel = nullptr; }
  void message_received(Channel&, const Received& message) override {
    const auto opened = message.open<Marked>([&](const Marked& marked) {
      if (marked.filler.size() == large_bytes)
        low_bytes += large_bytes;
      else
        delays_ms.push_back(in_milliseconds(runtime_.now() - TimePoint(Duration(marked.sent))));
    });
    require(opened.has_value(), "messages arrive as they were sent");
  }

  SimRuntime& runtime_;

 public:
  QuicTransport transport;
};

struct Narrow {
  double megabits = 10;
  Duration delay = 20ms;       ///< one way
  Duration room = 500ms;       ///< of the queue ahead of the path, which drops what comes beyond
  std::string_view effects{};  ///< further parts of the model's text
};

class World {
 public:
  World(const Narrow& path, std::uint64_t seed, std::size_t pairs = 1, const QuicOptions& options = {})
      : path_(path), simulator_(seed), network_(simulator_, model_of(path)), random_(seed) {
    auto& near = simulator_.add_node();
    auto& far = simulator_.add_node();
    for (std::size_t i = 0; i < pairs; ++i) {
      senders_.push_back(std::make_unique<End>(near, network_.bind(near), options));
      receivers_.push_back(std::make_unique<End>(far, network_.bind(far), options));
      senders_.back()->transport.connect(receivers_.back()->transport.local_endpoint(),
                                         receivers_.back()->transport.local_peer());
    }
    for (auto& sender : senders_)
      while (sender->channel == nullptr) simulator_.run_for(1ms);
  }

  /// High messages now and then for so long, and with `low` all senders send as much as they can.
  void run(Duration duration, bool low) {
    auto& runtime = simulator_.node(0);
    const TimePoint end = runtime.now() + duration;
    TimePoint next_high = runtime.now();
    while (runtime.now() < end) {
      if (low)
        for (auto& sender : senders_)
          while (sender->channel->queue_bytes(Priority::low) < 512 << 10)
            sender->channel->send(message(large_bytes), Priority::low);
      if (runtime.now() >= next_high) {
        senders_.front()->channel->send(message(small_bytes), Priority::high);
        next_high += from_seconds(0.02 * (0.5 + random_.uniform()));
      }
      simulator_.run_for(1ms);
    }
  }
  /// The delay that 99 of 100 high messages have had at most, since the last call.
  double high_p99_ms() {
    auto delays = std::exchange(receivers_.front()->delays_ms, {});
    std::ranges::sort(delays);
    return delays.at(delays.size() * 99 / 100);
  }
  /// Of what the path could have carried within `duration`; since the last call.
  std::vector<double> low_shares(Duration duration) {
    std::vector<double> shares;
    for (auto& receiver : receivers_)
      shares.push_back(static_cast<double>(std::exchange(receiver->low_bytes, 0)) * 8 /
                       (path_.megabits * 1e6 * in_seconds(duration)));
    return shares;
  }

  std::vector<std::unique_ptr<End>>& senders() { return senders_; }

 private:
  static NetworkModelPtr model_of(const Narrow& path) {
    const auto bytes_per_second = static_cast<std::uint64_t>(path.megabits * 1e6 / 8);
    const auto queue_bytes =
        static_cast<std::uint64_t>(static_cast<double>(bytes_per_second) * in_seconds(path.room));
    auto text = fmt::format("constant:{}ns", path.delay.count());
    text += path.effects;
    const auto model = parse_network_model(text);
    require(model.has_value(), "the network's text is right");
    return with_bandwidth({.bytes_per_second = bytes_per_second, .queue_bytes = queue_bytes}, *model);
  }
  [[nodiscard]] Envelope message(std::size_t bytes) {
    return Envelope(Marked{simulator_.now().time_since_epoch().count(), Bytes(bytes)});
  }

  Narrow path_;
  Simulator simulator_;
  PacketNetwork network_;
  Random random_;
  std::vector<std::unique_ptr<End>> senders_;
  std::vector<std::unique_ptr<End>> receivers_;
};

}  // namespace tutti::priority_test
