// A connected TCP socket on the runtime's Asio loop, with TLS where that is asked for: what arrives is handed
// over as it comes, and what cannot be sent at once waits. One connection, from its making until it is
// destroyed.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <gnutls/gnutls.h>

#include "tutti/base/bytes.hpp"

namespace tutti {

/// This side's end of TLS on a stream, prepared and not yet begun.
class TlsEnd {
 public:
  TlsEnd() = default;
  TlsEnd(const TlsEnd&) = delete;
  TlsEnd& operator=(const TlsEnd&) = delete;
  virtual ~TlsEnd() = default;

  /// Made with GNUTLS_NONBLOCK, and GNUTLS_NO_SIGNAL: what the other side has closed is an error to be read,
  /// not a signal that ends the process.
  [[nodiscard]] virtual gnutls_session_t session() const = 0;
  /// Why the handshake has failed, for people.
  [[nodiscard]] virtual std::string describe_failure(int error) const { return gnutls_strerror(error); }
};

class ByteStream {
 public:
  using Socket = boost::asio::ip::tcp::socket;

  /// None is called from within a call to the stream, and any may destroy it.
  struct Handler {
    std::function<void()> ready;              ///< the handshake, if there is one, is complete
    std::function<void(ByteView)> received;   ///< valid during the call
    std::function<void(std::string)> closed;  ///< why; the last that is heard of it
  };

  /// Without a TLS end the bytes travel as they are. Nobody is told of a handshake that never ends: its owner
  /// gives it up.
  ByteStream(Socket socket, std::unique_ptr<TlsEnd> tls, Handler handler);
  ~ByteStream();
  ByteStream(const ByteStream&) = delete;
  ByteStream& operator=(const ByteStream&) = delete;

  /// Once it is ready.
  void send(ByteView bytes);
  /// What has been sent here and the machine has not taken.
  [[nodiscard]] std::size_t waiting_bytes() const;

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace tutti
