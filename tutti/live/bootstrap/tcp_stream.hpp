// A byte stream to a server over TCP, with TLS 1.2 or newer where that is asked for, on the runtime's Asio
// loop: the host's name is looked up, its addresses are tried one after the other, and what arrives is handed
// over as it comes. One connection, from its making until it is destroyed; who wants another makes another.
//
// With TLS the server is who it is said to be or there is no connection: its certificate has the fingerprint
// that is given, or one of the system's authorities vouches for the host's name.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tutti/net/signature.hpp"
#include "tutti/runtime/real_runtime.hpp"

namespace tutti {

class TcpStream {
 public:
  struct Options {
    std::string host{};
    std::uint16_t port = 0;
    bool tls = false;
    std::optional<Digest> fingerprint{};                  ///< of the server's certificate, SHA-256 of its DER
    Duration connect_timeout = std::chrono::seconds(30);  ///< with all that comes before the first byte
  };
  /// None is called from within a call to the stream, and any may destroy it.
  struct Handler {
    std::function<void()> connected;
    std::function<void(std::string_view)> received;      ///< valid during the call
    std::function<void(const std::string& why)> closed;  ///< the last that is heard of it
  };
  /// Bytes that may wait to be sent; the connection is closed when there would be more.
  static constexpr std::size_t waiting_bytes_max = 1 << 16;

  TcpStream(RealRuntime& runtime, Options options, Handler handler);
  ~TcpStream();
  TcpStream(const TcpStream&) = delete;
  TcpStream& operator=(const TcpStream&) = delete;

  /// Once it is connected. What cannot be sent at once waits.
  void send(std::string_view bytes);

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace tutti
