// Authenticated channels over QUIC: one datagram socket, many connections, one thread (the runtime's). See
// quic_connection.hpp for what a channel is on the wire.
//
// Packets are not written when somebody sends, but at the end of the turn: when a batch of incoming datagrams
// has been read, or else from a timer that is due at once. So all that one turn has to say to a peer shares
// packets.
//
// Strangers. A datagram that is no genuine first packet of a connection leaves no trace but a count. One that
// is occupies a connection until it has authenticated itself or its time is over (handshakes_max,
// handshake_timeout); while there are many, only after it has proved where it is (address_validation.hpp).
// QUIC's own rule that three bytes are answered for one received is what keeps a peer from serving as an
// amplifier.
#pragma once

#include <map>
#include <memory>
#include <optional>

#include "tutti/net/quic/farewells.hpp"
#include "tutti/net/quic/quic_context.hpp"
#include "tutti/net/quic/quic_options.hpp"

namespace tutti {

class QuicTransport final : public Transport, private DatagramHandler {
 public:
  /// Must not be destroyed from inside a call of its handler.
  QuicTransport(Runtime& runtime, std::unique_ptr<DatagramSocket> socket, const Identity& identity,
                QuicOptions options = {});
  ~QuicTransport() override;

  [[nodiscard]] PeerId local_peer() const override { return peer_; }
  [[nodiscard]] Endpoint local_endpoint() const override { return context_.socket->local_endpoint(); }
  void start(TransportHandler& handler) override;
  void set_keep_alive(std::optional<Duration> silence) override;
  /// Beyond connections_max, and where the socket cannot send to, the channel is closed at once as
  /// unreachable.
  Channel& connect(const Endpoint& endpoint, std::optional<PeerId> expected) override;

  [[nodiscard]] const QuicCounters& counters() const { return context_.counters; }
  [[nodiscard]] std::vector<Tally> tallies() const override;
  /// Connections that exist, open or not.
  [[nodiscard]] std::size_t connection_count() const { return connections_.size(); }

 private:
  void datagrams_received(std::span<const Datagram> datagrams) override;
  void packet_received(const Endpoint& source, ByteView packet);
  void first_packet_received(const Endpoint& source, ByteView packet);
  void ask_to_begin_again(const Endpoint& source, const ngtcp2_pkt_hd& first);
  void drop_foreign(const Endpoint& source);
  void stray_packet_received(const Endpoint& source, ByteView packet, const ngtcp2_version_cid& header);
  void flush();
  void settle(QuicConnection& connection);
  ChannelId next_id();

  PeerId peer_;
  QuicContext context_;
  std::vector<QuicConnection*> flushing_;  // the dirty ones while they are looked after
  Farewells farewells_;
  ChannelId last_id_{0};
  std::map<ChannelId, std::unique_ptr<QuicConnection>> connections_;
};

}  // namespace tutti
