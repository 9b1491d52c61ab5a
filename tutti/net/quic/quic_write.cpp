// How a connection writes packets: unreliable messages first, then the streams by their classes' turns
// (class_scheduler.hpp), as much into one packet as fits, and packets of one size into one call of the
// socket.
#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "tutti/net/quic/quic_connection.hpp"
#include "tutti/net/quic/quic_path.hpp"

namespace tutti {
namespace {

/// Pieces offered to QUIC at once: enough to fill a packet (see send_stream.hpp).
constexpr std::size_t pieces_max = 3;

ngtcp2_vec vector_of(ByteView bytes) {
  return {const_cast<std::uint8_t*>(bytes.data()), bytes.size()};
}

}  // namespace

void QuicConnection::write() {
  if (ended_) return;
  const auto now = context_.now();
  update_low_window(now);
  for (auto& stream : streams_) expired_ += stream.messages.expire(context_.runtime.now());
  auto& batch = context_.batch;
  // Room below the largest packet would keep path MTU discovery from ever trying it.
  const auto packet_room = ngtcp2_conn_get_max_tx_udp_payload_size(connection_);
  const auto stride = packet_room + 1;
  const auto full = ngtcp2_conn_get_path_max_tx_udp_payload_size(connection_);
  const auto limit = std::clamp(ngtcp2_conn_get_send_quantum(connection_), stride,
                                std::min(batch.size(), batch_segments_max * stride));
  std::size_t total = 0;    // written in this turn
  std::size_t fill = 0;     // of the batch
  std::size_t segment = 0;  // the size of the batch's packets but the last
  bool paused = false;
  for (;;) {
    const auto written = write_packet({batch.data() + fill + 1, packet_room}, now);
    if (written <= 0) {
      if (fill > 0) send_batch(fill, segment);
      if (written < 0) return failed(static_cast<int>(written));
      break;
    }
    batch[fill] = static_cast<std::uint8_t>(DatagramType::quic);
    const auto size = static_cast<std::size_t>(written) + 1;
    if (fill > 0 && size > segment) {  // a probe of path MTU discovery
      send_batch(fill, segment);
      std::memmove(batch.data(), batch.data() + fill, size);
      fill = 0;
    }
    if (fill == 0) segment = size;
    fill += size;
    total += size;
    in_flight_ += size;
    paused = total + stride > limit;
    // A packet that is not full is the last for now: it leaves before QUIC is asked whether there is more.
    if (size < segment || size <= full || fill + stride > limit || paused) {
      send_batch(fill, segment);
      fill = 0;
    }
    if (paused) break;
  }
  in_flight_ = ngtcp2_compat::path_state(connection_).bytes_in_flight;
  if (in_flight_ == 0)
    unanswered_since_.reset();
  else if (!unanswered_since_)
    unanswered_since_ = context_.runtime.now();
  set_keep_alive();
  ngtcp2_conn_update_pkt_tx_time(connection_, now);  // this call is the pacer
  if (paused) mark();
  watch_deadline(now);
}

void QuicConnection::send_batch(std::size_t bytes, std::size_t segment_bytes) {
  context_.socket->send(remote_, {context_.batch.data(), bytes}, segment_bytes);
  context_.counters.packets_sent += (bytes + segment_bytes - 1) / segment_bytes;
  ++context_.counters.batches_sent;
}

/// The size of a complete packet; 0 if there is nothing to send or it must wait; or an error.
ngtcp2_ssize QuicConnection::write_packet(std::span<std::uint8_t> room, std::uint64_t now) {
  for (;;) {
    const auto written = opened_ && !datagrams_.empty()
                             ? write_datagram(room, now)
                             : write_stream(opened_ ? next_stream(nullptr, now) : nullptr, room, now);
    // Either there is room for more in this packet, or the stream has to wait and another may go.
    if (written != NGTCP2_ERR_WRITE_MORE && written != NGTCP2_ERR_STREAM_DATA_BLOCKED) return written;
  }
}

ngtcp2_ssize QuicConnection::write_datagram(std::span<std::uint8_t> room, std::uint64_t now) {
  const auto& message = datagrams_.front();
  const auto id = message.id().value();
  const std::array<std::uint8_t, 2> header{static_cast<std::uint8_t>(id >> 8), static_cast<std::uint8_t>(id)};
  const std::array<ngtcp2_vec, 2> parts{vector_of(header), vector_of(message.body())};
  ngtcp2_pkt_info info{};
  int accepted = 0;
  const auto written =
      ngtcp2_conn_writev_datagram(connection_, nullptr, &info, room.data(), room.size(), &accepted,
                                  NGTCP2_WRITE_DATAGRAM_FLAG_MORE, 0, parts.data(), parts.size(), now);
  if (accepted != 0) datagrams_.pop_front();
  return written;
}

ngtcp2_ssize QuicConnection::write_stream(StreamState* stream, std::span<std::uint8_t> room,
                                          std::uint64_t now) {
  std::array<ngtcp2_vec, pieces_max> parts;
  std::size_t count = 0;
  std::uint32_t flags = NGTCP2_WRITE_STREAM_FLAG_NONE;
  if (stream != nullptr) {
    std::array<ByteView, pieces_max> pieces;
    stream->messages.prepare(room.size());
    count = stream->messages.unsent(pieces);
    std::transform(pieces.begin(), pieces.begin() + static_cast<std::ptrdiff_t>(count), parts.begin(),
                   vector_of);
    if (count == pieces_max || next_stream(stream, now) != nullptr) flags = NGTCP2_WRITE_STREAM_FLAG_MORE;
  }
  ngtcp2_pkt_info info{};
  ngtcp2_ssize taken = -1;
  const auto written =
      ngtcp2_conn_writev_stream(connection_, nullptr, &info, room.data(), room.size(), &taken, flags,
                                stream != nullptr ? stream->id : -1, parts.data(), count, now);
  if (stream != nullptr && taken > 0) {
    stream->messages.sent(static_cast<std::size_t>(taken));
    scheduler_.sent(static_cast<Priority>(stream - streams_.data()));
  }
  if (written == NGTCP2_ERR_STREAM_DATA_BLOCKED) stream->blocked = true;
  return written;
}

void QuicConnection::update_low_window(std::uint64_t now) {
  const auto path = ngtcp2_compat::path_state(connection_);
  // What is no longer in flight has arrived, or is lost, which is for the congestion control to answer.
  if (opened_ && path.bytes_in_flight < in_flight_)
    low_window_.acknowledged(
        TimePoint(Duration(static_cast<std::int64_t>(now))), in_flight_ - path.bytes_in_flight,
        Duration(static_cast<std::int64_t>(path.latest_rtt)), std::exchange(low_waits_, false));
  in_flight_ = path.bytes_in_flight;
}

/// Whose turn it is, of the streams other than `except` that have something to send and may.
QuicConnection::StreamState* QuicConnection::next_stream(const StreamState* except, std::uint64_t now) {
  ClassScheduler::Waiting waiting;
  std::ranges::transform(streams_, waiting.begin(), [except](const StreamState& stream) {
    return &stream == except || stream.blocked ? std::nullopt : stream.messages.waiting_since();
  });
  if (auto& low = waiting[static_cast<std::size_t>(Priority::low)];
      low && in_flight_ >= low_window_.window_bytes()) {
    low_waits_ = true;
    low.reset();
  }
  const auto priority = scheduler_.next(waiting, TimePoint(Duration(static_cast<std::int64_t>(now))));
  return priority ? &streams_[static_cast<std::size_t>(*priority)] : nullptr;
}

}  // namespace tutti
