#include "tutti/net/quic/quic_transport.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tutti/base/require.hpp"
#include "tutti/net/quic/quic_callbacks.hpp"
#include "tutti/net/quic/quic_connection.hpp"
#include "tutti/net/route/peer_endpoint.hpp"

namespace tutti {
namespace {

/// In a packet's first byte: it belongs to a handshake (RFC 9000, 17.2).
constexpr std::uint8_t long_header = 0x80;

/// Whether the socket sends to addresses of this kind: one that is bound to all of IPv6 takes both.
bool same_kind(const Endpoint& local, const Endpoint& target) {
  return local.address == Endpoint{}.address || local.is_v4() == target.is_v4();
}

}  // namespace

QuicContext::QuicContext(Runtime& its_runtime, std::unique_ptr<DatagramSocket> its_socket,
                         const Identity& identity, QuicOptions its_options,
                         std::move_only_function<void()> flush)
    : runtime(its_runtime),
      socket(std::move(its_socket)),
      options(std::move(its_options)),
      credentials(identity, options.protocol),
      resets(identity),
      turn_end(its_runtime, std::move(flush)) {}

QuicTransport::QuicTransport(Runtime& runtime, std::unique_ptr<DatagramSocket> socket,
                             const Identity& identity, QuicOptions options)
    : peer_(identity.peer()),
      context_(runtime, std::move(socket), identity, std::move(options), [this] { flush(); }) {}

QuicTransport::~QuicTransport() {
  for (auto& [id, connection] : connections_) {
    connection->write();  // last words go ahead of the goodbye
    connection->close("the peer has stopped");
    if (const auto packet = connection->farewell(); !packet.empty())
      context_.socket->send(connection->target(), packet, packet.size());
  }
}

void QuicTransport::start(TransportHandler& handler) {
  require(context_.handler == nullptr, "a transport is started once");
  context_.handler = &handler;
  context_.socket->start(*this);
}

ChannelId QuicTransport::next_id() {
  return ++last_id_;
}

Channel& QuicTransport::connect(const Endpoint& endpoint, std::optional<PeerId> expected) {
  require(context_.handler != nullptr, "a transport is started before it connects");
  const bool full = connections_.size() >= context_.options.connections_max;
  const auto id = next_id();
  auto& connection =
      *connections_.emplace(id, std::make_unique<QuicConnection>(context_, id, endpoint, expected))
           .first->second;
  if (full) {
    ++context_.counters.refused;
    connection.end(CloseReason::unreachable,
                   fmt::format("this peer already has {} connections", context_.options.connections_max));
  } else if (const auto local = local_endpoint(); !peer_at(endpoint) && !same_kind(local, endpoint)) {
    connection.end(CloseReason::unreachable,
                   fmt::format("this peer listens at {}, from where no {} address can be reached",
                               local.text(), endpoint.is_v4() ? "IPv4" : "IPv6"));
  }
  return connection;
}

void QuicTransport::datagrams_received(std::span<const Datagram> datagrams) {
  context_.reading = true;
  for (const auto& datagram : datagrams) {
    if (datagram.bytes.size() > 1 && datagram.bytes[0] == static_cast<std::uint8_t>(DatagramType::quic))
      packet_received(datagram.source, datagram.bytes.subspan(1));
    else
      drop_foreign(datagram.source);
  }
  context_.reading = false;
  // Answers leave at once. Mere acknowledgements wait for the turn's end, for somebody may yet have something
  // to say.
  if (context_.urgent)
    flush();
  else if (!context_.dirty.empty())
    context_.watch_turn_end();
}

void QuicTransport::packet_received(const Endpoint& source, ByteView packet) {
  ngtcp2_version_cid header{};
  if (ngtcp2_pkt_decode_version_cid(&header, packet.data(), packet.size(), connection_id_bytes) != 0 ||
      header.dcidlen < connection_id_bytes)
    return drop_foreign(source);
  const auto key = key_of(header.dcid);
  const auto found = context_.by_key.find(key);
  if (found == context_.by_key.end()) {
    if (const auto answer = farewells_.answer(context_.runtime.now(), key); !answer.empty())
      context_.socket->send(source, answer, answer.size());
    else if ((packet[0] & long_header) != 0)
      first_packet_received(source, packet);
    else
      stray_packet_received(source, packet, header);
    return;
  }
  found->second->read(source, packet);
}

void QuicTransport::first_packet_received(const Endpoint& source, ByteView packet) {
  ngtcp2_pkt_hd header{};
  if (ngtcp2_accept(&header, packet.data(), packet.size()) != 0) {
    ++context_.counters.stray;
    return;
  }
  const auto& options = context_.options;
  const auto& pending = context_.handshakes;
  const auto original = context_.addresses.validated(header, source, context_.now());
  const bool crowded = pending.count() >= options.handshakes_unvalidated_max ||
                       pending.from(source) >= options.handshakes_from_one_address_max;
  if (crowded && !original) return ask_to_begin_again(source, header);
  if (pending.count() >= options.handshakes_max || connections_.size() >= options.connections_max ||
      pending.from(source) >= options.handshakes_from_one_address_max) {
    if (worth_a_line(++context_.counters.refused))
      context_.runtime.log()(
          LogLevel::warning,
          "no connection with {}: there are {}, {} of them not yet authenticated, {} of these from that "
          "address; {} refused",
          place_text(source), connections_.size(), pending.count(), pending.from(source),
          context_.counters.refused);
    return;
  }
  const auto id = next_id();
  auto connection = std::make_unique<QuicConnection>(context_, id, source, header, original);
  if (!connection->read(source, packet)) {
    ++context_.counters.stray;
    std::erase(context_.dirty, connection.get());
    return;
  }
  connections_.emplace(id, std::move(connection));
}

void QuicTransport::ask_to_begin_again(const Endpoint& source, const ngtcp2_pkt_hd& first) {
  if (worth_a_line(++context_.counters.retries))
    context_.runtime.log()(
        LogLevel::info,
        "{} has to prove where it is, for {} connections are not yet authenticated; {} so far",
        place_text(source), context_.handshakes.count(), context_.counters.retries);
  const auto packet = context_.addresses.retry(first, source, context_.now());
  context_.socket->send(source, packet, packet.size());
}

void QuicTransport::drop_foreign(const Endpoint& source) {
  if (worth_a_line(++context_.counters.foreign))
    context_.runtime.log()(LogLevel::info, "dropped what is no packet of ours, from {}; {} so far",
                           source.text(), context_.counters.foreign);
}

/// A packet within a connection that is not known: of one that the other side has forgotten, and says so, or
/// of one that this peer's former life had.
void QuicTransport::stray_packet_received(const Endpoint& source, ByteView packet,
                                          const ngtcp2_version_cid& header) {
  ++context_.counters.stray;
  if (!context_.resets.take_turn(context_.runtime.now())) return;
  for (auto& [id, connection] : connections_)
    if (connection->target() == source && connection->read_reset(packet)) return;
  ngtcp2_cid id{};
  ngtcp2_cid_init(&id, header.dcid, connection_id_bytes);
  if (const auto answer = context_.resets.answer(packet, id); !answer.empty())
    context_.socket->send(source, answer, answer.size());
}

void QuicTransport::flush() {
  context_.urgent = false;
  // Those who become dirty meanwhile have their own turn: the timer's next.
  flushing_.swap(context_.dirty);
  for (auto* connection : flushing_) {
    connection->clear_dirty();
    connection->write();
    if (!connection->ended()) connection->report();
    if (connection->ended()) settle(*connection);
  }
  flushing_.clear();
}

void QuicTransport::set_keep_alive(std::optional<Duration> silence) {
  context_.keep_alive = silence.value_or(context_.options.keep_alive);
  for (auto& [id, connection] : connections_) connection->keep_alive_changed();
}

/// Takes an ended connection out and tells whoever should know.
void QuicTransport::settle(QuicConnection& connection) {
  const auto node = connections_.extract(connection.id());
  const auto& closing = connection.closing();
  if (!connection.outgoing() && !connection.opened() && worth_a_line(++context_.counters.handshakes_failed))
    context_.runtime.log()(LogLevel::info, "a connection from {} was never authenticated: {}; {} so far",
                           place_text(connection.target()), closing ? closing->detail : "it has gone",
                           context_.counters.handshakes_failed);
  if (auto packet = connection.farewell(); !packet.empty()) {
    context_.socket->send(connection.target(), packet, packet.size());
    farewells_.remember(context_.runtime.now(), connection.keys(), std::move(packet));
  }
  std::erase(context_.dirty, &connection);
  if (connection.opened()) context_.socket->closed(connection.secret());
  const auto peer = connection.opened() ? std::optional(connection.remote()) : peer_at(connection.target());
  const auto is_with_it = [&](const auto& other) {
    return other.second->remote() == *peer || peer_at(other.second->target()) == *peer;
  };
  // A stranger that has never been anybody does not depart, and nobody looks through all the others for it.
  if (peer && std::ranges::none_of(connections_, is_with_it)) context_.socket->departed(*peer);
  if (closing && (connection.outgoing() || connection.opened()))
    context_.handler->channel_closed(connection, *closing);
}

std::vector<Tally> QuicTransport::tallies() const {
  const auto& counters = context_.counters;
  auto all = context_.socket->tallies();
  all.insert(all.end(), {{"quic.foreign", &counters.foreign},
                         {"quic.stray", &counters.stray},
                         {"quic.refused", &counters.refused},
                         {"quic.retries", &counters.retries},
                         {"quic.handshakes_failed", &counters.handshakes_failed},
                         {"quic.violations", &counters.violations},
                         {"quic.datagrams_dropped", &counters.datagrams_dropped},
                         {"quic.packets_sent", &counters.packets_sent},
                         {"quic.batches_sent", &counters.batches_sent}});
  return all;
}

}  // namespace tutti
