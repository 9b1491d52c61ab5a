// The narrow port a UDP transport stands on: batches of datagrams out, batches in. Behind it are the
// machine's UDP, the same with an artificial delay (Impaired), or a virtual network.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tutti/base/bytes.hpp"
#include "tutti/base/ids.hpp"
#include "tutti/net/endpoint.hpp"
#include "tutti/net/tally.hpp"

namespace tutti {

/// The first byte of every datagram says what the rest is, so that one socket serves several purposes. (The
/// bits of QUIC itself cannot tell: RFC 9287 lets a sender randomize the fixed one.)
enum class DatagramType : std::uint8_t {
  check = 1,    ///< a connectivity check: route/check.hpp
  relayed = 2,  ///< a datagram for or from a peer that is reached over another: route/routed_socket.hpp
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

/// What the two ends of a secure channel know and nobody else: drawn from its handshake (RFC 5705).
struct ChannelSecret {
  std::uint64_t number = 0;  ///< names it among others; no secret
  std::array<std::uint8_t, 16> key{};
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

  /// What it counts, and what is counted below it.
  [[nodiscard]] virtual std::vector<Tally> tallies() const { return {}; }

  // What a transport that knows its peers tells a socket that finds the way to them
  // (route/routed_socket.hpp). To others a peer is where its datagrams come from.

  // All that return an endpoint say where to send what is for that peer from now on.

  /// A channel with `peer`, who was talked to at `place` all through the handshake, is open.
  virtual Endpoint opened(const PeerId& /*peer*/, const Endpoint& place, const ChannelSecret& /*secret*/) {
    return place;
  }
  /// A genuine packet of an open channel with `peer` has come from another place than what is for it is sent
  /// to. That the peer is there does not follow: whoever writes a packet chooses what source it names.
  virtual Endpoint sighted(const PeerId& /*peer*/, const Endpoint& place) { return place; }
  /// That channel is gone.
  virtual void closed(const ChannelSecret& /*secret*/) {}
  /// The last connection with that peer is gone.
  virtual void departed(const PeerId& /*peer*/) {}
  /// Where datagrams for `target` go now: for people, and to tell the peer there how it is seen.
  [[nodiscard]] virtual Endpoint place_of(const Endpoint& target) const { return target; }
};

}  // namespace tutti
