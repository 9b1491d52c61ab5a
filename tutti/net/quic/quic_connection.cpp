#include "tutti/net/quic/quic_connection.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include <fmt/format.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>

#include "tutti/base/require.hpp"
#include "tutti/base/text.hpp"
#include "tutti/net/quic/close_reasons.hpp"
#include "tutti/net/quic/quic_callbacks.hpp"
#include "tutti/net/quic/quic_path.hpp"
#include "tutti/net/route/peer_endpoint.hpp"

namespace tutti {
namespace {

/// The first window; it grows with use.
constexpr std::uint64_t window_bytes_initial = 1 << 20;
/// Of a client's first guess at the server's id: 18 random bytes, so that nobody off the path can answer.
constexpr std::size_t first_target_id_bytes = 18;
constexpr std::size_t message_id_bytes = 2;
/// An answer is asked for so often before the other side is given up.
constexpr int answer_tries = 5;
/// ngtcp2 acknowledges after an eighth of the round trip. Where that is microseconds, each answer would be
/// followed by an acknowledgement in a packet of its own; so a connection with nothing to say waits this
/// long, a small part of the 25 ms that the other side reckons with, for the next message to take it along.
constexpr Duration patience{std::chrono::milliseconds(1)};

ngtcp2_cc_algo algorithm_of(CongestionControl congestion) {
  return congestion == CongestionControl::bbr ? NGTCP2_CC_ALGO_BBR : NGTCP2_CC_ALGO_CUBIC;
}

std::uint64_t nanoseconds(Duration duration) {
  return static_cast<std::uint64_t>(std::max(duration, Duration::zero()).count());
}

ngtcp2_settings settings_of(const QuicOptions& options, std::uint64_t now) {
  ngtcp2_settings settings;
  ngtcp2_settings_default(&settings);
  settings.initial_ts = now;
  settings.cc_algo = algorithm_of(options.congestion);
  settings.initial_rtt = nanoseconds(options.initial_rtt);
  settings.handshake_timeout = nanoseconds(options.handshake_timeout);
  settings.max_window = options.window_bytes_max;
  settings.max_stream_window = options.window_bytes_max;
  settings.max_tx_udp_payload_size = packet_bytes_max;
  return settings;
}

ngtcp2_transport_params parameters_of(const QuicOptions& options) {
  ngtcp2_transport_params parameters;
  ngtcp2_transport_params_default(&parameters);
  const auto window = std::min(window_bytes_initial, options.window_bytes_max);
  parameters.initial_max_data = window;
  parameters.initial_max_stream_data_uni = window;
  parameters.initial_max_streams_uni = priority_count;
  parameters.max_idle_timeout = nanoseconds(options.idle_timeout);
  parameters.max_udp_payload_size = datagram_size_max - 1;  // one byte says what a datagram is
  parameters.max_datagram_frame_size = datagram_size_max;
  return parameters;
}

}  // namespace

QuicConnection::QuicConnection(QuicContext& context, ChannelId id, const Endpoint& remote,
                               std::optional<PeerId> expected)
    : context_(context), id_(id), remote_(remote), outgoing_(true), deadline_(context.runtime, [this] {
        deadline_passed();
      }) {
  create(nullptr, std::nullopt, expected);
  mark();
}

QuicConnection::QuicConnection(QuicContext& context, ChannelId id, const Endpoint& remote,
                               const ngtcp2_pkt_hd& first, const std::optional<ngtcp2_cid>& original)
    : context_(context), id_(id), remote_(remote), outgoing_(false), deadline_(context.runtime, [this] {
        deadline_passed();
      }) {
  create(&first, original, std::nullopt);
  context_.handshakes.begin(handshake_from_.emplace(remote));
}

void QuicConnection::create(const ngtcp2_pkt_hd* first, const std::optional<ngtcp2_cid>& original,
                            std::optional<PeerId> expected) {
  const auto callbacks = quic_callbacks();
  auto settings = settings_of(context_.options, context_.now());
  auto parameters = parameters_of(context_.options);
  const auto own_id = random_id(connection_id_bytes);
  const ConstantPath path;
  int error = 0;
  if (first != nullptr) {
    ngtcp2_compat::set_original_id(parameters, original.value_or(first->dcid));
    if (original) {
      parameters.retry_scid = first->dcid;
      parameters.retry_scid_present = 1;
      ngtcp2_compat::set_token(settings, *first);
    }
    context_.resets.make_token(own_id, parameters.stateless_reset_token);
    parameters.stateless_reset_token_present = 1;
    error = ngtcp2_conn_server_new(&connection_, &first->scid, &own_id, path.get(), first->version,
                                   &callbacks, &settings, &parameters, nullptr, this);
    add_key(key_of(first->dcid.data));  // the client's first packets bear the id it has made up for us
  } else {
    const auto target_id = random_id(first_target_id_bytes);
    error = ngtcp2_conn_client_new(&connection_, &target_id, &own_id, path.get(), NGTCP2_PROTO_VER_V1,
                                   &callbacks, &settings, &parameters, nullptr, this);
  }
  require(error == 0, "there is memory for a connection");
  add_key(key_of(own_id.data));
  tls_ = std::make_unique<TlsSession>(
      context_.credentials, outgoing_ ? TlsSession::Side::client : TlsSession::Side::server, expected);
  tls_->attach(connection_);
  set_keep_alive();
}

void QuicConnection::set_keep_alive() {
  // QUIC does not repeat a sign of life that is lost, nor a probe of the path's MTU. While something has no
  // answer, there are more of them, so that one loss is no death.
  const auto silence = unanswered_since_
                           ? std::min(context_.keep_alive, context_.options.answer_timeout / answer_tries)
                           : context_.keep_alive;
  ngtcp2_conn_set_keep_alive_timeout(connection_, nanoseconds(silence));
}

void QuicConnection::keep_alive_changed() {
  if (!ended_) mark();  // write() looks at it
}

QuicConnection::~QuicConnection() {
  end_handshake();
  for (const auto key : keys_) context_.by_key.erase(key);
  ngtcp2_conn_del(connection_);
}

void QuicConnection::end_handshake() {
  if (handshake_from_) context_.handshakes.end(*handshake_from_);
  handshake_from_.reset();
}

void QuicConnection::add_key(ConnectionKey key) {
  // Our own ids are random and never clash; a client's first id is checked by the transport before we are
  // made.
  if (context_.by_key.emplace(key, this).second) keys_.push_back(key);
}

void QuicConnection::remove_key(ConnectionKey key) {
  if (std::erase(keys_, key) > 0) context_.by_key.erase(key);
}

void QuicConnection::mark() {
  if (dirty_) return;
  dirty_ = true;
  context_.dirty.push_back(this);
  if (!context_.reading) context_.watch_turn_end();
}

// ---- as a channel

void QuicConnection::send(const Envelope& message, Priority priority, Duration useful) {
  require(opened_, "messages are sent on an open channel");
  if (ended_) return;  // the handler is about to be told
  auto& stream = streams_[static_cast<std::size_t>(priority)];
  const TimePoint now = context_.runtime.now();
  stream.messages.push(message, now, ExpiringQueue::expiry(now, useful));
  if (stream.messages.unsent_bytes() > unsent_bytes_low) stream.crowded = true;
  context_.urgent = true;
  mark();
}

bool QuicConnection::send_unreliable(const Envelope& message) {
  require(opened_, "messages are sent on an open channel");
  if (ended_ || message.body().size() > datagram_bytes_max) return false;
  const auto* parameters = ngtcp2_conn_get_remote_transport_params(connection_);
  if (parameters == nullptr || parameters->max_datagram_frame_size < datagram_bytes_max + datagram_overhead)
    return false;
  if (datagrams_.size() >= datagrams_queued_max) {
    datagrams_.pop_front();
    ++context_.counters.datagrams_dropped;
  }
  datagrams_.push_back(message);
  context_.urgent = true;
  mark();
  return true;
}

std::size_t QuicConnection::queue_bytes(Priority priority) const {
  return streams_[static_cast<std::size_t>(priority)].messages.queue_bytes();
}

std::size_t QuicConnection::unsent_bytes(Priority priority) const {
  return streams_[static_cast<std::size_t>(priority)].messages.unsent_bytes();
}

void QuicConnection::report() {
  if (const auto count = std::exchange(expired_, 0); count > 0)
    context_.handler->messages_expired(*this, count);
  for (std::size_t i = 0; i < streams_.size() && !ended_; ++i)
    if (streams_[i].crowded && streams_[i].messages.unsent_bytes() <= unsent_bytes_low) {
      streams_[i].crowded = false;
      context_.handler->channel_writable(*this, static_cast<Priority>(i));
    }
}

void QuicConnection::close(std::string_view why) {
  if (!ended_) goodbye_ = Goodbye{Goodbye::Kind::application, closed_by_application, std::string(why)};
  ended_ = true;
  closing_.reset();
  mark();
}

// ---- its end

void QuicConnection::end(CloseReason reason, std::string detail) {
  if (ended_) return;
  ended_ = true;
  closing_ = Closing{reason, std::move(detail)};
  mark();
}

void QuicConnection::violation(std::string detail) {
  if (ended_) return;
  ++context_.counters.violations;
  goodbye_ = Goodbye{Goodbye::Kind::application, closed_for_violation, detail};
  end(CloseReason::protocol_violation, std::move(detail));
}

void QuicConnection::end_by_silence(Duration silence) {
  end(CloseReason::timed_out,
      fmt::format("nothing was heard from {} for {}", place_text(remote_endpoint()), describe(silence)));
}

void QuicConnection::failed(int error) {
  if (ended_) return;
  switch (error) {
    case NGTCP2_ERR_DRAINING: {
      auto closing = interpret(ngtcp2_compat::received_error(connection_));
      return end(closing.reason, std::move(closing.detail));
    }
    case NGTCP2_ERR_IDLE_CLOSE:
      if (opened_) return end_by_silence(context_.options.idle_timeout);
      [[fallthrough]];
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
      return end(CloseReason::unreachable,
                 fmt::format("no answer from {} within {}", place_text(remote_endpoint()),
                             describe(context_.options.handshake_timeout)));
    case NGTCP2_ERR_RECV_VERSION_NEGOTIATION:
    case NGTCP2_ERR_VERSION_NEGOTIATION_FAILURE:
      return end(CloseReason::wrong_protocol, "the other side speaks another version of QUIC");
    case NGTCP2_ERR_CRYPTO: {
      const auto alert = ngtcp2_conn_get_tls_alert(connection_);
      auto closing = tls_ && tls_->refusal() ? *tls_->refusal() : interpret_alert(alert, "this side");
      goodbye_ = Goodbye{Goodbye::Kind::tls, alert, closing.detail};
      return end(closing.reason, std::move(closing.detail));
    }
    case NGTCP2_ERR_DROP_CONN:
      return end(CloseReason::protocol_violation, "a first packet that is none");
    default:
      ++context_.counters.violations;
      goodbye_ = Goodbye{Goodbye::Kind::library, error, ngtcp2_strerror(error)};
      return end(CloseReason::protocol_violation, fmt::format("QUIC: {}", ngtcp2_strerror(error)));
  }
}

Bytes QuicConnection::farewell() const {
  if (!goodbye_) return {};
  const auto text = std::string_view(goodbye_->text).substr(0, close_text_bytes_max);
  auto error = ngtcp2_compat::no_error();
  switch (goodbye_->kind) {
    case Goodbye::Kind::application:
      error = ngtcp2_compat::application_error(static_cast<std::uint64_t>(goodbye_->code), text);
      break;
    case Goodbye::Kind::library:
      error = ngtcp2_compat::library_error(static_cast<int>(goodbye_->code), text);
      break;
    case Goodbye::Kind::tls:
      error = ngtcp2_compat::tls_error(static_cast<std::uint8_t>(goodbye_->code), text);
      break;
  }
  Bytes packet(1 + packet_bytes_max);
  packet[0] = static_cast<std::uint8_t>(DatagramType::quic);
  ngtcp2_pkt_info info{};
  const auto size = ngtcp2_conn_write_connection_close(connection_, nullptr, &info, packet.data() + 1,
                                                       packet_bytes_max, &error, context_.now());
  if (size <= 0) return {};  // no packet was ever sent, so there is nobody to tell
  packet.resize(1 + static_cast<std::size_t>(size));
  return packet;
}

// ---- packets in

bool QuicConnection::read(const Endpoint& source, ByteView packet) {
  if (ended_) return false;
  bool genuine = false;
  const ConstantPath path;
  const int error = read_packet(connection_, *path.get(), packet, context_.now(), genuine);
  // The keys of the first packets are no secret, so a handshake stays where it began.
  if (genuine) unanswered_since_.reset();
  if (genuine && opened_ && source != remote_) remote_ = context_.socket->sighted(*peer_, source);
  if (error != 0)
    failed(error);
  else if (confirmed_ && tls_) {
    ngtcp2_conn_set_tls_native_handle(connection_, nullptr);
    tls_.reset();
  }
  mark();
  return genuine;
}

bool QuicConnection::read_reset(ByteView packet) {
  if (!opened_ || ended_) return false;
  bool genuine = false;
  const ConstantPath path;
  if (read_packet(connection_, *path.get(), packet, context_.now(), genuine) != NGTCP2_ERR_DRAINING)
    return false;
  end(CloseReason::closed_by_remote, "it has started again and knows nothing of this connection");
  return true;
}

void QuicConnection::open() {
  if (opened_ || ended_) return;
  if (!tls_->remote()) {
    goodbye_ = Goodbye{Goodbye::Kind::tls, GNUTLS_A_CERTIFICATE_REQUIRED, "no key was shown"};
    return end(CloseReason::wrong_identity, "the other side has shown no key");
  }
  peer_ = tls_->remote();
  for (auto& stream : streams_)
    if (ngtcp2_conn_open_uni_stream(connection_, &stream.id, nullptr) != 0)
      return violation("too few streams are allowed");
  opened_ = true;
  secret_ = tls_->secret();
  remote_ = context_.socket->opened(*peer_, remote_, secret_);
  end_handshake();
  context_.handler->channel_opened(*this);
}

void QuicConnection::receive_stream(std::int64_t stream, ByteView bytes) {
  open();  // data may overtake the word that the handshake is confirmed, and says the same
  if (ended_) return;
  const auto index =
      static_cast<std::size_t>(stream >> 2);  // the low bits say whose stream it is, and of which kind
  if (index >= streams_.size()) return violation("a stream too many");
  const auto fed = streams_[index].received.feed(bytes, [this](MessageId id, ByteView body) {
    context_.handler->message_received(*this, Received(id, body));
    return !ended_;
  });
  if (!fed) violation(std::string(describe(fed.error())));
}

void QuicConnection::receive_datagram(ByteView bytes) {
  open();
  if (ended_) return;
  if (bytes.size() < message_id_bytes) return violation("a datagram too short to hold a message id");
  const MessageId id(static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]));
  context_.handler->message_received(*this, Received(id, bytes.subspan(message_id_bytes)));
}

// ---- time

TimePoint QuicConnection::next_expiry() const {
  return std::ranges::min(streams_ | std::views::transform([](const StreamState& stream) {
                            return stream.messages.next_expiry();
                          }));
}

TimePoint QuicConnection::end_of_patience() const {
  return opened_ && unanswered_since_ ? *unanswered_since_ + context_.options.answer_timeout
                                      : TimePoint::max();
}

void QuicConnection::watch_deadline(std::uint64_t now) {
  auto expiry = ngtcp2_conn_get_expiry(connection_);
  const bool idle = confirmed_ && datagrams_.empty() && next_stream(nullptr, now) == nullptr;
  if (idle) expiry = std::max(expiry, now + nanoseconds(patience));
  constexpr auto never = static_cast<std::uint64_t>(TimePoint::max().time_since_epoch().count());
  const TimePoint at = std::min({TimePoint(Duration(static_cast<std::int64_t>(std::min(expiry, never)))),
                                 next_expiry(), end_of_patience()});
  if (at == TimePoint::max()) return;
  // Most packets move the deadline back. Then the timer stays as it is and looks again when it fires: moving
  // it costs a system call.
  if (deadline_.armed() && deadline_at_ <= at) return;
  deadline_at_ = at;
  deadline_.arm_at(at);
}

void QuicConnection::deadline_passed() {
  if (ended_) return;
  if (end_of_patience() <= context_.runtime.now()) return end_by_silence(context_.options.answer_timeout);
  const auto now = context_.now();
  const bool expired = next_expiry() <= context_.runtime.now();
  const bool due = ngtcp2_conn_get_expiry(connection_) <= now;
  if (!expired && !due) return watch_deadline(now);
  if (const int error = due ? ngtcp2_conn_handle_expiry(connection_, now) : 0; error != 0) failed(error);
  mark();
}

}  // namespace tutti
