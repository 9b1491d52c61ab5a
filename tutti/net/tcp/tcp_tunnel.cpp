#include "tutti/net/tcp/tcp_tunnel.hpp"

#include <algorithm>
#include <utility>

#include <netinet/tcp.h>

#include "tutti/net/tcp/tcp_endpoint.hpp"

namespace tutti {
namespace {

/// TLS in which both ends show the keys of their identities.
class IdentityTls final : public TlsEnd {
 public:
  IdentityTls(const TlsCredentials& credentials, TlsSession::Side side)
      : session_(credentials, side, std::nullopt, TlsSession::Carrier::stream) {}
  [[nodiscard]] const TlsSession& end() const { return session_; }
  [[nodiscard]] gnutls_session_t session() const override { return session_.get(); }
  [[nodiscard]] std::string describe_failure(int error) const override {
    return session_.refusal() ? session_.refusal()->detail : TlsEnd::describe_failure(error);
  }

 private:
  TlsSession session_;
};

/// Each only makes things faster; where the kernel refuses, work goes on without.
void set_option(ByteStream::Socket& socket, int name, int value) {
  static_cast<void>(::setsockopt(socket.native_handle(), IPPROTO_TCP, name, &value, sizeof value));
}

}  // namespace

TcpTunnel::TcpTunnel(ByteStream::Socket socket, const TlsCredentials& credentials, TlsSession::Side side,
                     const Endpoint& place, Handler handler)
    : place_(place), handler_(std::move(handler)) {
  boost::system::error_code unknown;
  local_ = to_endpoint(socket.local_endpoint(unknown));
  set_option(socket, TCP_NODELAY, 1);
  set_option(socket, TCP_NOTSENT_LOWAT, static_cast<int>(waiting_bytes_max));
  auto tls = std::make_unique<IdentityTls>(credentials, side);
  session_ = &tls->end();
  stream_ = std::make_unique<ByteStream>(
      std::move(socket), std::move(tls),
      ByteStream::Handler{.ready =
                              [this] {
                                // It may set another handler.
                                const auto ready = std::move(handler_.ready);
                                ready();
                              },
                          .received = [this](ByteView bytes) { received(bytes); },
                          .closed = [this](const std::string& why) { ended(why); }});
}

void TcpTunnel::send(const Endpoint& /*target*/, ByteView bytes, std::size_t segment_bytes) {
  framed_.clear();
  while (!bytes.empty()) {
    const auto datagram = bytes.first(std::min(segment_bytes, bytes.size()));
    bytes = bytes.subspan(datagram.size());
    if (stream_->waiting_bytes() + framed_.size() + datagram.size() > waiting_bytes_max) break;
    append_datagram_frame(framed_, datagram);
  }
  if (!framed_.empty()) stream_->send(framed_);
}

void TcpTunnel::received(ByteView bytes) {
  const auto datagrams = frames_.feed(bytes);
  if (!datagrams) {
    stream_.reset();
    return ended("it has sent what is no datagram");
  }
  if (datagrams->empty() || above_ == nullptr) return;
  upward_.clear();
  for (const auto& datagram : *datagrams) upward_.push_back({datagram, place_});
  above_->datagrams_received(upward_);
}

void TcpTunnel::ended(std::string why) {
  // The handler may destroy this tunnel, and itself with it.
  const auto closed = std::move(handler_.closed);
  closed(std::move(why));
}

}  // namespace tutti
