// Datagrams through a TCP connection with TLS 1.3, whose ends prove with the keys of their identities who
// they are. What is inside is encrypted and authenticated by itself; this TLS is there so that nobody on the
// way sees or disturbs what it is, and nobody opens a tunnel in another's name.
//
// A network that has no room makes a queue wait here, and what does not fit is dropped, as on any narrow
// path: so the congestion control of what is inside learns of it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tutti/net/tcp/byte_stream.hpp"
#include "tutti/net/tcp/datagram_frames.hpp"
#include "tutti/net/tls/tls_session.hpp"
#include "tutti/net/udp/datagram_socket.hpp"

namespace tutti {

class TcpTunnel final : public DatagramSocket {
 public:
  /// Both may destroy the tunnel.
  struct Handler {
    std::function<void()> ready;              ///< the other end has proved who it is
    std::function<void(std::string)> closed;  ///< why; the last that is heard of it
  };
  /// Bytes that may wait here; the machine's own queue is kept as short.
  static constexpr std::size_t waiting_bytes_max = 64 << 10;

  /// On a connected socket, whose other end is at `place`. The credentials outlive it.
  TcpTunnel(ByteStream::Socket socket, const TlsCredentials& credentials, TlsSession::Side side,
            const Endpoint& place, Handler handler);

  /// Once it is ready.
  [[nodiscard]] PeerId peer() const { return *session_->remote(); }
  [[nodiscard]] const Endpoint& place() const { return place_; }
  void set_handler(Handler handler) { handler_ = std::move(handler); }

  void start(DatagramHandler& handler) override { above_ = &handler; }
  void send(const Endpoint& target, ByteView bytes, std::size_t segment_bytes) override;
  [[nodiscard]] Endpoint local_endpoint() const override { return local_; }

 private:
  void received(ByteView bytes);
  void ended(std::string why);

  Endpoint place_;
  Endpoint local_;
  Handler handler_;
  DatagramHandler* above_ = nullptr;
  const TlsSession* session_ = nullptr;  // within the stream
  std::unique_ptr<ByteStream> stream_;
  DatagramFrames frames_;
  std::vector<Datagram> upward_;
  Bytes framed_;
};

}  // namespace tutti
