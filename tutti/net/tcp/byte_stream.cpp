#include "tutti/net/tcp/byte_stream.hpp"

#include <array>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>

namespace tutti {

using boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

/// What the handlers of Asio hold on to: they may come after the stream has gone, and find it `over_`.
class ByteStream::State final : public std::enable_shared_from_this<State> {
 public:
  State(Socket socket, std::unique_ptr<TlsEnd> tls, Handler handler)
      : handler_(std::move(handler)), socket_(std::move(socket)), tls_(std::move(tls)) {}

  void start() {
    ErrorCode error;
    const bool failed = static_cast<bool>(socket_.non_blocking(true, error));
    if (tls_ != nullptr) gnutls_transport_set_int(tls_->session(), socket_.native_handle());
    // Whoever makes a stream is not called meanwhile.
    boost::asio::post(socket_.get_executor(), [self = shared_from_this(), failed, error] {
      if (self->over_) return;
      if (failed) return self->close(error.message());
      self->handshake();
    });
  }

  void send(ByteView bytes) {
    if (over_ || !ready_) return;
    waiting_.insert(waiting_.end(), bytes.begin(), bytes.end());
    flush();
  }
  [[nodiscard]] std::size_t waiting_bytes() const { return waiting_.size() - written_; }

  /// Nothing is heard of it any more.
  void end() {
    // Else the other side cannot tell whether somebody else has cut the connection off (RFC 8446, 6.1).
    if (!over_ && ready_ && tls_ != nullptr) gnutls_bye(tls_->session(), GNUTLS_SHUT_WR);
    over_ = true;
    ErrorCode error;  // in any case it goes with this object
    [[maybe_unused]] const ErrorCode& closed = socket_.close(error);
  }

 private:
  static constexpr std::size_t read_bytes = 16 << 10;  // a TLS record
  /// Reads per turn: the other sockets and timers of the runtime get theirs in between.
  static constexpr int reads_per_turn = 16;

  void close(const std::string& why) {
    if (over_) return;
    end();
    const auto self = shared_from_this();  // the handler may destroy the stream
    handler_.closed(why);
  }

  void handshake() {
    if (tls_ == nullptr) return ready();
    const int result = gnutls_handshake(tls_->session());
    if (result == GNUTLS_E_SUCCESS) return ready();
    if (gnutls_error_is_fatal(result) != 0) return close(tls_->describe_failure(result));
    const bool writes = gnutls_record_get_direction(tls_->session()) != 0;
    socket_.async_wait(writes ? tcp::socket::wait_write : tcp::socket::wait_read,
                       [self = shared_from_this()](const ErrorCode& error) {
                         if (self->over_) return;
                         if (error) return self->close(error.message());
                         self->handshake();
                       });
  }

  void ready() {
    ready_ = true;
    const auto self = shared_from_this();
    handler_.ready();
    if (!over_) read();  // what came with the end of the handshake no wait would wake us for
  }

  void wait_for_input() {
    socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](const ErrorCode& error) {
      if (self->over_) return;
      if (error) return self->close(error.message());
      self->read();
    });
  }

  void read() {
    std::array<std::uint8_t, read_bytes> buffer;
    for (int i = 0; i < reads_per_turn; ++i) {
      const auto got = read_some(buffer);
      if (over_) return;
      if (!got) return wait_for_input();
      handler_.received(ByteView(buffer).first(*got));
      if (over_) return;
    }
    // TLS may hold bytes already that no wait would wake us for.
    boost::asio::post(socket_.get_executor(), [self = shared_from_this()] {
      if (!self->over_) self->read();
    });
  }

  /// Nothing if there is nothing yet; closes at the end.
  std::optional<std::size_t> read_some(std::array<std::uint8_t, read_bytes>& buffer) {
    if (tls_ == nullptr) {
      ErrorCode error;
      const auto got = socket_.read_some(boost::asio::buffer(buffer), error);
      if (!error) return got;
      if (error != boost::asio::error::would_block) close(error.message());
      return std::nullopt;
    }
    const auto got = gnutls_record_recv(tls_->session(), buffer.data(), buffer.size());
    if (got > 0) return static_cast<std::size_t>(got);
    if (got == 0) close("the other side has closed the connection");
    if (got < 0 && gnutls_error_is_fatal(static_cast<int>(got)) != 0)
      close(gnutls_strerror(static_cast<int>(got)));
    return std::nullopt;
  }

  void flush() {
    while (written_ < waiting_.size() && !waits_to_write_) {
      const auto sent = write_some(ByteView(waiting_).subspan(written_));
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
      written_ += *sent;
    }
    if (written_ == waiting_.size()) {
      waiting_.clear();
      written_ = 0;
    } else if (written_ > waiting_.size() / 2) {
      waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(written_));
      written_ = 0;
    }
  }

  /// Nothing if it has to be tried again; a connection that is lost is noticed where it is read.
  std::optional<std::size_t> write_some(ByteView bytes) {
    if (tls_ == nullptr) {
      ErrorCode error;
      const auto sent = socket_.write_some(boost::asio::buffer(bytes.data(), bytes.size()), error);
      if (!error) return sent;
      return error == boost::asio::error::would_block ? std::nullopt : std::optional(bytes.size());
    }
    // What GnuTLS could not get rid of it keeps itself, and asks for no more than the question again.
    const auto sent = std::exchange(half_written_, false)
                          ? gnutls_record_send(tls_->session(), nullptr, 0)
                          : gnutls_record_send(tls_->session(), bytes.data(), bytes.size());
    if (sent >= 0) return static_cast<std::size_t>(sent);
    half_written_ = true;
    return gnutls_error_is_fatal(static_cast<int>(sent)) == 0 ? std::nullopt : std::optional(bytes.size());
  }

  Handler handler_;
  Socket socket_;
  std::unique_ptr<TlsEnd> tls_;
  bool ready_ = false;
  bool over_ = false;
  bool waits_to_write_ = false;
  bool half_written_ = false;
  Bytes waiting_;
  std::size_t written_ = 0;  // of what waits
};

ByteStream::ByteStream(Socket socket, std::unique_ptr<TlsEnd> tls, Handler handler)
    : state_(std::make_shared<State>(std::move(socket), std::move(tls), std::move(handler))) {
  state_->start();
}

ByteStream::~ByteStream() {
  state_->end();
}

void ByteStream::send(ByteView bytes) {
  state_->send(bytes);
}

std::size_t ByteStream::waiting_bytes() const {
  return state_->waiting_bytes();
}

}  // namespace tutti
