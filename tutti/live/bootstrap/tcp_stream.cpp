#include "tutti/live/bootstrap/tcp_stream.hpp"

#include <array>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "tutti/base/require.hpp"

namespace tutti {

using boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

/// What the handlers of Asio hold on to: they may come after the stream has gone, and find it `over_`.
class TcpStream::State final : public std::enable_shared_from_this<State> {
 public:
  State(RealRuntime& runtime, Options options, Handler handler)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        resolver_(runtime.io()),
        socket_(runtime.io()),
        patience_(runtime, [this] { close("it does not answer"); }) {}
  ~State() {
    if (session_ != nullptr) gnutls_deinit(session_);
    if (credentials_ != nullptr) gnutls_certificate_free_credentials(credentials_);
  }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void start() {
    patience_.arm(options_.connect_timeout);
    resolver_.async_resolve(
        options_.host, std::to_string(options_.port),
        [self = shared_from_this()](const ErrorCode& error, const tcp::resolver::results_type& found) {
          if (self->over_) return;
          if (error) return self->close(error.message());
          boost::asio::async_connect(self->socket_, found,
                                     [self](const ErrorCode& failure, const tcp::endpoint&) {
                                       if (self->over_) return;
                                       if (failure) return self->close(failure.message());
                                       self->opened();
                                     });
        });
  }

  void send(std::string_view bytes) {
    if (over_ || !connected_) return;
    if (waiting_.size() + bytes.size() > waiting_bytes_max) {
      // Not at once: the caller does not expect to be called.
      patience_.arm({});
      return;
    }
    waiting_ += bytes;
    flush();
  }

  /// Nothing is heard of it any more.
  void end() {
    over_ = true;
    patience_.cancel();
    resolver_.cancel();
    ErrorCode error;  // in any case it goes with this object
    [[maybe_unused]] const ErrorCode& closed = socket_.close(error);
  }

 private:
  static constexpr std::size_t read_bytes = 4096;
  /// Reads per turn: the other sockets and timers of the runtime get theirs in between.
  static constexpr int reads_per_turn = 16;

  void close(const std::string& why) {
    if (over_) return;
    end();
    const auto self = shared_from_this();  // the handler may destroy the stream
    handler_.closed(why);
  }

  void opened() {
    ErrorCode error;
    if (socket_.non_blocking(true, error)) return close(error.message());
    if (!options_.tls) return ready();
    if (const auto trouble = prepare_tls()) return close(*trouble);
    handshake();
  }

  /// The error, if there is one.
  std::optional<std::string> prepare_tls() {
    if (gnutls_certificate_allocate_credentials(&credentials_) < 0) return "there is no memory for TLS";
    if (!options_.fingerprint && gnutls_certificate_set_x509_system_trust(credentials_) <= 0)
      return "this system has no certificates of authorities (package ca-certificates); a fingerprint would "
             "do";
    // What the other side has closed is an error to be read, not a signal that ends the process.
    if (gnutls_init(&session_, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0)
      return "there is no memory for TLS";
    gnutls_session_set_ptr(session_, this);
    if (gnutls_priority_set_direct(session_, "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1", nullptr) < 0 ||
        gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, credentials_) < 0)
      return "this GnuTLS cannot speak TLS 1.2";
    // An address is no name to be sent (RFC 6066, 3).
    ErrorCode no_address;
    boost::asio::ip::make_address(options_.host, no_address);
    if (no_address)
      gnutls_server_name_set(session_, GNUTLS_NAME_DNS, options_.host.data(), options_.host.size());
    if (options_.fingerprint)
      gnutls_session_set_verify_function(session_, [](gnutls_session_t session) {
        return static_cast<const State*>(gnutls_session_get_ptr(session))->is_expected()
                   ? 0
                   : GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
      });
    else
      gnutls_session_set_verify_cert(session_, options_.host.c_str(), 0);
    gnutls_transport_set_int(session_, socket_.native_handle());
    return std::nullopt;
  }

  [[nodiscard]] bool is_expected() const {
    unsigned count = 0;
    const auto* certificates = gnutls_certificate_get_peers(session_, &count);
    return certificates != nullptr && count > 0 &&
           sha256({certificates[0].data, certificates[0].size}) == options_.fingerprint;
  }

  void handshake() {
    const int result = gnutls_handshake(session_);
    if (result == GNUTLS_E_SUCCESS) return ready();
    if (gnutls_error_is_fatal(result) != 0) return close(describe_failure(result));
    const bool writes = gnutls_record_get_direction(session_) != 0;
    socket_.async_wait(writes ? tcp::socket::wait_write : tcp::socket::wait_read,
                       [self = shared_from_this()](const ErrorCode& error) {
                         if (self->over_) return;
                         if (error) return self->close(error.message());
                         self->handshake();
                       });
  }

  [[nodiscard]] std::string describe_failure(int result) const {
    if (result != GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR) return gnutls_strerror(result);
    if (options_.fingerprint) return "the server's certificate has another fingerprint than the expected one";
    std::string why = "nobody vouches for the server's certificate";
    gnutls_datum_t text{};
    if (gnutls_certificate_verification_status_print(gnutls_session_get_verify_cert_status(session_),
                                                     GNUTLS_CRT_X509, &text, 0) == 0) {
      why = fmt::format("the server's certificate is refused: {}", reinterpret_cast<const char*>(text.data));
      gnutls_free(text.data);
    }
    return why;
  }

  void ready() {
    patience_.cancel();
    connected_ = true;
    const auto self = shared_from_this();
    handler_.connected();
    if (!over_) wait_for_input();
  }

  void wait_for_input() {
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const ErrorCode& error) {
      if (self->over_) return;
      if (error) return self->close(error.message());
      self->read();
    });
  }

  void read() {
    std::array<char, read_bytes> buffer;
    for (int i = 0; i < reads_per_turn; ++i) {
      const auto got = read_some(buffer);
      if (over_) return;
      if (!got) return wait_for_input();
      handler_.received({buffer.data(), *got});
      if (over_) return;
    }
    // TLS may hold bytes already that no wait would wake us for.
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {
      if (!self->over_) self->read();
    });
  }

  /// Nothing if there is nothing yet; closes at the end.
  std::optional<std::size_t> read_some(std::array<char, read_bytes>& buffer) {
    if (session_ == nullptr) {
      ErrorCode error;
      const auto got = socket_.read_some(boost::asio::buffer(buffer), error);
      if (!error) return got;
      if (error != boost::asio::error::would_block) close(error.message());
      return std::nullopt;
    }
    const auto got = gnutls_record_recv(session_, buffer.data(), buffer.size());
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) close("the server has closed the connection");
    if (got < 0 && gnutls_error_is_fatal(static_cast<int>(got)) != 0)
      close(gnutls_strerror(static_cast<int>(got)));
    return std::nullopt;
  }

  void flush() {
    while (!waiting_.empty() && !waits_to_write_) {
      const auto sent = write_some();
      if (!sent) {
        waits_to_write_ = true;
        socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](const ErrorCode& error) {
          if (self->over_) return;
          self->waits_to_write_ = false;
          if (error) return self->close(error.message());
          self->flush();
        });
        return;
      }
      waiting_.erase(0, *sent);
    }
  }

  /// Nothing if it has to be tried again; a connection that is lost is noticed where it is read.
  std::optional<std::size_t> write_some() {
    if (session_ == nullptr) {
      ErrorCode error;
      const auto sent = socket_.write_some(boost::asio::buffer(waiting_), error);
      if (!error) return sent;
      return error == boost::asio::error::would_block ? std::nullopt : std::optional(waiting_.size());
    }
    // What GnuTLS could not get rid of it keeps itself, and asks for no more than the question again.
    const auto sent = std::exchange(half_written_, false)
                          ? gnutls_record_send(session_, nullptr, 0)
                          : gnutls_record_send(session_, waiting_.data(), waiting_.size());
    if (sent >= 0) return static_cast<std::size_t>(sent);
    half_written_ = true;
    return gnutls_error_is_fatal(static_cast<int>(sent)) == 0 ? std::nullopt : std::optional(waiting_.size());
  }

  Options options_;
  Handler handler_;
  tcp::resolver resolver_;
  tcp::socket socket_;
  Timer patience_;
  gnutls_certificate_credentials_t credentials_ = nullptr;
  gnutls_session_t session_ = nullptr;
  bool connected_ = false;
  bool over_ = false;
  bool waits_to_write_ = false;
  bool half_written_ = false;
  std::string waiting_;
};

TcpStream::TcpStream(RealRuntime& runtime, Options options, Handler handler)
    : state_(std::make_shared<State>(runtime, std::move(options), std::move(handler))) {
  state_->start();
}

TcpStream::~TcpStream() {
  state_->end();
}

void TcpStream::send(std::string_view bytes) {
  state_->send(bytes);
}

}  // namespace tutti
