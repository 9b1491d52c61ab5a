// A transport that keeps what is written to its streams and DATAGRAM frames, and passes everything on to
// another one.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tutti/net/quic/send_stream.hpp"
#include "tutti/net/transport.hpp"

namespace tutti::protocol_test {

/// What was written at once.
struct Record {
  PeerId from;
  PeerId to;
  ChannelId channel;  ///< of the sender
  std::string way;    ///< as the document calls it
  Bytes bytes;
};

class RecordingTransport final : public Transport, private TransportHandler {
 public:
  /// Appends to `records`, which outlives it.
  RecordingTransport(std::unique_ptr<Transport> inner, std::vector<Record>& records)
      : inner_(std::move(inner)), records_(records) {}

  [[nodiscard]] PeerId local_peer() const override { return inner_->local_peer(); }
  [[nodiscard]] Endpoint local_endpoint() const override { return inner_->local_endpoint(); }
  void start(TransportHandler& handler) override {
    handler_ = &handler;
    inner_->start(*this);
  }
  Channel& connect(const Endpoint& endpoint, std::optional<PeerId> expected) override {
    return wrapped(inner_->connect(endpoint, expected));
  }
  void set_keep_alive(std::optional<Duration> silence) override { inner_->set_keep_alive(silence); }

 private:
  class Recorded final : public Channel {
   public:
    Recorded(RecordingTransport& transport, Channel& inner) : transport_(transport), inner_(inner) {}

    [[nodiscard]] ChannelId id() const override { return inner_.id(); }
    [[nodiscard]] PeerId remote() const override { return inner_.remote(); }
    [[nodiscard]] Endpoint remote_endpoint() const override { return inner_.remote_endpoint(); }
    [[nodiscard]] bool outgoing() const override { return inner_.outgoing(); }
    [[nodiscard]] std::size_t queue_bytes(Priority priority) const override {
      return inner_.queue_bytes(priority);
    }
    [[nodiscard]] std::size_t unsent_bytes(Priority priority) const override {
      return inner_.unsent_bytes(priority);
    }

    /// The bytes are those that a stream of QUIC is given.
    void send(const Envelope& message, Priority priority, Duration useful) override {
      static constexpr std::array ways{"high", "medium", "low"};
      SendStream stream;
      stream.push(message, {});
      std::array<ByteView, 4> pieces;
      const auto count = stream.unsent(pieces);
      Bytes bytes;
      for (std::size_t i = 0; i < count; ++i) bytes.insert(bytes.end(), pieces[i].begin(), pieces[i].end());
      record(ways[static_cast<std::size_t>(priority)], std::move(bytes));
      inner_.send(message, priority, useful);
    }
    bool send_unreliable(const Envelope& message) override {
      const auto id = message.id().value();
      Bytes bytes{static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
      bytes.insert(bytes.end(), message.body().begin(), message.body().end());
      record("DATAGRAM", std::move(bytes));
      return inner_.send_unreliable(message);
    }
    void close(std::string_view why) override {
      auto& transport = transport_;
      const auto ended = id();
      inner_.close(why);
      transport.channels_.erase(ended);  // this channel is gone
    }

   private:
    void record(std::string way, Bytes bytes) {
      transport_.records_.push_back(
          {transport_.local_peer(), remote(), id(), std::move(way), std::move(bytes)});
    }

    RecordingTransport& transport_;
    Channel& inner_;
  };

  Channel& wrapped(Channel& inner) {
    return *channels_.try_emplace(inner.id(), std::make_unique<Recorded>(*this, inner)).first->second;
  }

  void channel_opened(Channel& channel) override { handler_->channel_opened(wrapped(channel)); }
  void message_received(Channel& channel, const Received& message) override {
    handler_->message_received(wrapped(channel), message);
  }
  void channel_closed(Channel& channel, const Closing& closing) override {
    handler_->channel_closed(wrapped(channel), closing);
    channels_.erase(channel.id());
  }
  void channel_writable(Channel& channel, Priority priority) override {
    handler_->channel_writable(wrapped(channel), priority);
  }
  void messages_expired(Channel& channel, std::size_t count) override {
    handler_->messages_expired(wrapped(channel), count);
  }

  std::unique_ptr<Transport> inner_;
  std::vector<Record>& records_;
  TransportHandler* handler_ = nullptr;
  std::map<ChannelId, std::unique_ptr<Recorded>> channels_;
};

}  // namespace tutti::protocol_test
