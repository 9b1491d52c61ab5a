// What all connections of one transport share: the socket, the keys, the room to write packets, and the lists
// by which the transport finds them.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "tutti/net/identity.hpp"
#include "tutti/net/quic/address_validation.hpp"
#include "tutti/net/quic/quic_options.hpp"
#include "tutti/net/quic/stateless_resets.hpp"
#include "tutti/net/tls/tls_session.hpp"
#include "tutti/net/transport.hpp"
#include "tutti/net/udp/datagram_socket.hpp"
#include "tutti/runtime/runtime.hpp"

namespace tutti {

class QuicConnection;

/// Connections that others have begun and that are not yet open.
class PendingHandshakes {
 public:
  void begin(const Endpoint& from) {
    ++count_;
    ++from_[from.address];
  }
  void end(const Endpoint& from) {
    --count_;
    const auto found = from_.find(from.address);
    if (--found->second == 0) from_.erase(found);
  }
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] std::size_t from(const Endpoint& place) const {
    const auto found = from_.find(place.address);
    return found == from_.end() ? 0 : found->second;
  }

 private:
  std::size_t count_ = 0;
  std::map<decltype(Endpoint::address), std::size_t> from_;
};

/// The first eight bytes of a QUIC connection id. Ours are eight random bytes, so this is all of them.
using ConnectionKey = std::uint64_t;
inline constexpr std::size_t connection_id_bytes = sizeof(ConnectionKey);

struct QuicContext {
  /// `flush` sees to the dirty connections.
  QuicContext(Runtime& its_runtime, std::unique_ptr<DatagramSocket> its_socket, const Identity& identity,
              QuicOptions its_options, std::move_only_function<void()> flush);

  Runtime& runtime;
  std::unique_ptr<DatagramSocket> socket;
  QuicOptions options;
  Duration keep_alive = options.keep_alive;  ///< what counts now
  TlsCredentials credentials;
  StatelessResets resets;
  TransportHandler* handler = nullptr;  ///< set by start()
  QuicCounters counters;
  PendingHandshakes handshakes;
  AddressValidation addresses;

  /// Connections by all ids under which packets for them may arrive. Only looked up, never iterated.
  std::unordered_map<ConnectionKey, QuicConnection*> by_key;

  /// Connections that have something to write or to tell, in the order they noticed. The timer, or the end of
  /// a batch of incoming datagrams, sees to them: all at once, so that replies and acknowledgements share
  /// packets.
  std::vector<QuicConnection*> dirty;
  Timer turn_end;
  bool reading = false;  ///< a batch is being read: its end looks at the list
  bool urgent = false;  ///< somebody has said something, so that there is more to write than acknowledgements

  /// Where packets are written before they leave.
  std::array<std::uint8_t, batch_bytes_max> batch;

  /// Has the dirty connections looked after soon, before any other timer.
  void watch_turn_end() {
    if (!turn_end.armed()) turn_end.arm_at(TimePoint::min());
  }

  [[nodiscard]] std::uint64_t now() const {
    return static_cast<std::uint64_t>(runtime.now().time_since_epoch().count());
  }
};

}  // namespace tutti
