// The narrow port a UDP transport stands on: batches of datagrams out, batches in. Behind it are the
// machine's UDP, the same with an artificial delay (Impaired), or a virtual network.
#pragma once

#include <cstddef>
#include <span>

#include "tutti/base/bytes.hpp"
#include "tutti/net/endpoint.hpp"

namespace tutti {

/// The first byte of every datagram says what the rest is, so that one socket serves several purposes. (The
/// bits of QUIC itself cannot tell: RFC 9287 lets a sender randomize the fixed one.)
enum class DatagramType : std::uint8_t {
  quic = 3,
};

/// The largest datagram that is received; longer ones are dropped.
inline constexpr std::size_t datagram_size_max = 2048;
/// One call of send() takes at most so much: what Linux segments in one go.
inline constexpr std::size_t batch_segments_max = 44;
inline constexpr std::size_t batch_bytes_max = 65'000;

struct Datagram {
  ByteView bytes;
  Endpoint source;
};

class DatagramHandler {
 public:
  /// What has arrived at once; the bytes are valid during the call. Must not destroy the socket.
  virtual void datagrams_received(std::span<const Datagram> datagrams) = 0;

 protected:
  ~DatagramHandler() = default;
};

/// Lives on one runtime's thread.
class DatagramSocket {
 public:
  DatagramSocket() = default;
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;
  virtual ~DatagramSocket() = default;

  /// Must be called once, before anything is sent. The handler is never called from inside this or send(),
  /// and outlives the socket or at least is not called after the socket is gone.
  virtual void start(DatagramHandler& handler) = 0;

  /// Sends `bytes` as datagrams of `segment_bytes` each, the last one perhaps shorter. A datagram that the
  /// network does not take at once is lost, as any datagram may be. Requires at least one byte, and no more
  /// than batch_bytes_max and batch_segments_max.
  virtual void send(const Endpoint& target, ByteView bytes, std::size_t segment_bytes) = 0;

  /// Where it is bound; the address may be unspecified ("[::]:5000").
  [[nodiscard]] virtual Endpoint local_endpoint() const = 0;
};

}  // namespace tutti
