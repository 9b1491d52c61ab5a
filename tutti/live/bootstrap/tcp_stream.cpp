#include "tutti/live/bootstrap/tcp_stream.hpp"

#include <expected>
#include <utility>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "tutti/net/tcp/byte_stream.hpp"

namespace tutti {

using boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

namespace {

ByteView bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string_view text_of(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// TLS in which the server proves who it is with a certificate.
class CertificateTls final : public TlsEnd {
 public:
  /// The error is a sentence.
  static std::expected<std::unique_ptr<TlsEnd>, std::string> prepare(const TcpStream::Options& options) {
    auto tls = std::unique_ptr<CertificateTls>(new CertificateTls(options.fingerprint));
    if (const auto trouble = tls->prepare(options.host)) return std::unexpected(*trouble);
    return tls;
  }
  ~CertificateTls() override {
    if (session_ != nullptr) gnutls_deinit(session_);
    if (credentials_ != nullptr) gnutls_certificate_free_credentials(credentials_);
  }

  [[nodiscard]] gnutls_session_t session() const override { return session_; }
  [[nodiscard]] std::string describe_failure(int error) const override {
    if (error != GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR) return TlsEnd::describe_failure(error);
    if (fingerprint_) return "the server's certificate has another fingerprint than the expected one";
    std::string why = "nobody vouches for the server's certificate";
    gnutls_datum_t text{};
    if (gnutls_certificate_verification_status_print(gnutls_session_get_verify_cert_status(session_),
                                                     GNUTLS_CRT_X509, &text, 0) == 0) {
      why = fmt::format("the server's certificate is refused: {}", reinterpret_cast<const char*>(text.data));
      gnutls_free(text.data);
    }
    return why;
  }

 private:
  explicit CertificateTls(const std::optional<Digest>& fingerprint) : fingerprint_(fingerprint) {}

  /// The error, if there is one.
  std::optional<std::string> prepare(const std::string& host) {
    if (gnutls_certificate_allocate_credentials(&credentials_) < 0) return "there is no memory for TLS";
    if (!fingerprint_ && gnutls_certificate_set_x509_system_trust(credentials_) <= 0)
      return "this system has no certificates of authorities (package ca-certificates); a fingerprint would "
             "do";
    if (gnutls_init(&session_, GNUTLS_CLIENT | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) < 0)
      return "there is no memory for TLS";
    gnutls_session_set_ptr(session_, this);
    if (gnutls_priority_set_direct(session_, "NORMAL:-VERS-TLS1.0:-VERS-TLS1.1", nullptr) < 0 ||
        gnutls_credentials_set(session_, GNUTLS_CRD_CERTIFICATE, credentials_) < 0)
      return "this GnuTLS cannot speak TLS 1.2";
    // An address is no name to be sent (RFC 6066, 3).
    ErrorCode no_address;
    boost::asio::ip::make_address(host, no_address);
    if (no_address) gnutls_server_name_set(session_, GNUTLS_NAME_DNS, host.data(), host.size());
    if (fingerprint_)
      gnutls_session_set_verify_function(session_, [](gnutls_session_t session) {
        return static_cast<const CertificateTls*>(gnutls_session_get_ptr(session))->is_expected()
                   ? 0
                   : GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
      });
    else
      gnutls_session_set_verify_cert(session_, host.c_str(), 0);
    return std::nullopt;
  }

  [[nodiscard]] bool is_expected() const {
    unsigned count = 0;
    const auto* certificates = gnutls_certificate_get_peers(session_, &count);
    return certificates != nullptr && count > 0 &&
           sha256({certificates[0].data, certificates[0].size}) == fingerprint_;
  }

  std::optional<Digest> fingerprint_;
  gnutls_certificate_credentials_t credentials_ = nullptr;
  gnutls_session_t session_ = nullptr;
};

}  // namespace

/// What the handlers of Asio hold on to: they may come after the stream has gone, and find it `over_`.
class TcpStream::State final : public std::enable_shared_from_this<State> {
 public:
  State(RealRuntime& runtime, Options options, Handler handler)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        resolver_(runtime.io()),
        socket_(runtime.io()),
        patience_(runtime, [this] { close("it does not answer"); }) {}

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
    if (stream_->waiting_bytes() + bytes.size() > waiting_bytes_max) {
      // Not at once: the caller does not expect to be called.
      patience_.arm({});
      return;
    }
    stream_->send(bytes_of(bytes));
  }

  /// Nothing is heard of it any more.
  void end() {
    over_ = true;
    patience_.cancel();
    resolver_.cancel();
    stream_.reset();
    ErrorCode error;  // in any case it goes with this object
    [[maybe_unused]] const ErrorCode& closed = socket_.close(error);
  }

 private:
  void close(const std::string& why) {
    if (over_) return;
    end();
    const auto self = shared_from_this();  // the handler may destroy the stream
    handler_.closed(why);
  }

  void opened() {
    std::unique_ptr<TlsEnd> tls;
    if (options_.tls) {
      auto prepared = CertificateTls::prepare(options_);
      if (!prepared) return close(prepared.error());
      tls = *std::move(prepared);
    }
    stream_.emplace(std::move(socket_), std::move(tls),
                    ByteStream::Handler{.ready = [this] { ready(); },
                                        .received = [this](ByteView bytes) { received(bytes); },
                                        .closed = [this](const std::string& why) { close(why); }});
  }

  // The handler may destroy the stream.
  void ready() {
    patience_.cancel();
    connected_ = true;
    const auto self = shared_from_this();
    handler_.connected();
  }
  void received(ByteView bytes) {
    const auto self = shared_from_this();
    handler_.received(text_of(bytes));
  }

  Options options_;
  Handler handler_;
  tcp::resolver resolver_;
  ByteStream::Socket socket_;  // until it is connected
  Timer patience_;
  bool connected_ = false;
  bool over_ = false;
  std::optional<ByteStream> stream_;
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
