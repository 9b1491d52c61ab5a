// One QUIC connection (RFC 9000) as a Channel. Three unidirectional streams a side carry the three priority
// classes: the first is high, the second medium, the third low, and they live as long as the connection.
// Unreliable messages are DATAGRAM frames (RFC 9221) of a message id and a body.
//
// The paths. QUIC believes in one constant path that does not exist; the real endpoint is chosen below it,
// packet by packet: the socket is told where genuine packets come from, and checks such a place before it
// sends there (net/route/routed_socket.hpp). So a peer whose NAT forgets its mapping, or that moves, is
// followed.
//
// Its life: handshake, open, ended. A connection that has ended is still there until settle() of its
// transport, for its end may come to pass in the middle of its own packets, where QUIC must not be destroyed.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tutti/net/class_scheduler.hpp"
#include "tutti/net/ledbat.hpp"
#include "tutti/net/quic/ngtcp2_compat.hpp"
#include "tutti/net/quic/quic_context.hpp"
#include "tutti/net/quic/send_stream.hpp"
#include "tutti/net/tls/tls_session.hpp"
#include "tutti/wire/frame.hpp"

namespace tutti {

class QuicConnection final : public Channel {
 public:
  /// Unreliable messages that wait for room on the path; beyond, the oldest is dropped.
  static constexpr std::size_t datagrams_queued_max = 256;
  /// Of the text that explains a close.
  static constexpr std::size_t close_text_bytes_max = 256;

  /// Begins a connection to `remote`. Nothing is sent before write().
  QuicConnection(QuicContext& context, ChannelId id, const Endpoint& remote, std::optional<PeerId> expected);
  /// Answers the first packet of somebody else's connection, which read() then takes. `original`: the id that
  /// it was begun with, if it has shown where it comes from.
  QuicConnection(QuicContext& context, ChannelId id, const Endpoint& remote, const ngtcp2_pkt_hd& first,
                 const std::optional<ngtcp2_cid>& original);
  ~QuicConnection();

  [[nodiscard]] ChannelId id() const override { return id_; }
  [[nodiscard]] PeerId remote() const override { return peer_.value_or(PeerId{}); }
  [[nodiscard]] Endpoint remote_endpoint() const override { return context_.socket->place_of(remote_); }
  [[nodiscard]] bool outgoing() const override { return outgoing_; }
  using Channel::send;
  void send(const Envelope& message, Priority priority, Duration useful) override;
  bool send_unreliable(const Envelope& message) override;
  [[nodiscard]] std::size_t queue_bytes(Priority priority) const override;
  [[nodiscard]] std::size_t unsent_bytes(Priority priority) const override;
  void close(std::string_view why) override;

  /// It may be due earlier now: the context says how often.
  void keep_alive_changed();
  /// Takes a packet, calling the handler for what is in it. Returns whether it was genuine.
  bool read(const Endpoint& source, ByteView packet);
  /// Takes a packet that bears no id of anybody. Returns whether it says that the other side has forgotten
  /// this connection, which has ended then.
  bool read_reset(ByteView packet);
  /// Writes what is to be sent, as far as the path allows.
  void write();
  /// Tells the handler what has become of messages: that some have expired, that there is room for more.
  void report();
  /// Ends it with a reason that the handler is told.
  void end(CloseReason reason, std::string detail);

  /// What the socket is told to send to: a place, or a peer wherever it is.
  [[nodiscard]] const Endpoint& target() const { return remote_; }
  [[nodiscard]] bool opened() const { return opened_; }
  [[nodiscard]] bool ended() const { return ended_; }
  /// Whether the handler is to hear of the end, and what.
  [[nodiscard]] const std::optional<Closing>& closing() const { return closing_; }
  /// The packet that tells the other side, for a connection that has ended; empty if it knows or cannot be
  /// told.
  [[nodiscard]] Bytes farewell() const;
  [[nodiscard]] const std::vector<ConnectionKey>& keys() const { return keys_; }
  /// Of a connection that has opened.
  [[nodiscard]] const ChannelSecret& secret() const { return secret_; }
  void clear_dirty() { dirty_ = false; }

 private:
  friend struct QuicCallbacks;

  /// What the closing packet says.
  struct Goodbye {
    enum class Kind : std::uint8_t { application, library, tls } kind{};
    std::int64_t code = 0;  // of that kind
    std::string text;
  };

  struct StreamState {
    std::int64_t id = -1;
    bool blocked = false;  // by the other side's flow control
    bool crowded = false;  // it was not writable, and the handler is to hear when it is
    SendStream messages;
    FrameReader received;
  };

  void create(const ngtcp2_pkt_hd* first, const std::optional<ngtcp2_cid>& original,
              std::optional<PeerId> expected);
  /// It is open, or will never be.
  void end_handshake();
  void add_key(ConnectionKey key);
  void remove_key(ConnectionKey key);
  void mark();
  void set_keep_alive();
  void open();
  void failed(int error);
  void end_by_silence(Duration silence);
  void ended_by_remote();
  void violation(std::string detail);
  [[nodiscard]] TimePoint next_expiry() const;      // of a message
  [[nodiscard]] TimePoint end_of_patience() const;  // of waiting for an answer
  void watch_deadline(std::uint64_t now);
  void deadline_passed();
  void receive_stream(std::int64_t stream, ByteView bytes);
  void receive_datagram(ByteView bytes);

  ngtcp2_ssize write_packet(std::span<std::uint8_t> room, std::uint64_t now);
  ngtcp2_ssize write_datagram(std::span<std::uint8_t> room, std::uint64_t now);
  ngtcp2_ssize write_stream(StreamState* stream, std::span<std::uint8_t> room, std::uint64_t now);
  /// What has arrived since the last packet was written makes the low class's window larger or smaller.
  void update_low_window(std::uint64_t now);
  StreamState* next_stream(const StreamState* except, std::uint64_t now);
  void send_batch(std::size_t bytes, std::size_t segment_bytes);

  QuicContext& context_;
  ChannelId id_;
  Endpoint remote_;
  bool outgoing_;
  std::optional<Endpoint> handshake_from_;  // of one that others have begun, until it is open
  bool opened_ = false;
  bool confirmed_ = false;
  bool ended_ = false;
  bool dirty_ = false;
  std::optional<PeerId> peer_;
  ngtcp2_conn* connection_ = nullptr;
  ChannelSecret secret_;
  std::unique_ptr<TlsSession> tls_;  // until the handshake is confirmed: 11 KiB of no further use
  std::vector<ConnectionKey> keys_;
  std::array<StreamState, priority_count> streams_;  // by their priorities
  ClassScheduler scheduler_{context_.options.medium_aging};
  Ledbat low_window_{context_.options.low_queueing_target};
  bool low_waits_ = false;                     // for its window, since that was last updated
  std::uint64_t in_flight_ = 0;                // bytes of all classes, with what is being written
  std::optional<TimePoint> unanswered_since_;  // what is in flight
  std::size_t expired_ = 0;                    // messages that the handler has not yet been told of
  std::deque<Envelope> datagrams_;
  std::optional<Closing> closing_;
  std::optional<Goodbye> goodbye_;
  Timer deadline_;
  TimePoint deadline_at_ = TimePoint::max();
};

}  // namespace tutti
