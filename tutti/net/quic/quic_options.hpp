// What may be chosen about a QUIC transport, and what it counts.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "tutti/base/time.hpp"

namespace tutti {

enum class CongestionControl : std::uint8_t {
  cubic,  ///< RFC 9438: fair to others, slow on lossy paths
  bbr,    ///< ten times faster than CUBIC where 1 % of the packets is lost without congestion
};

struct QuicOptions {
  /// The name and version both sides must agree on.
  std::string protocol = "tutti/1";
  /// Nobody has answered after this long: unreachable.
  Duration handshake_timeout = std::chrono::seconds(5);
  /// An open channel is given up when what was sent has not been answered for so long.
  Duration answer_timeout = std::chrono::seconds(15);
  /// Whoever says nothing for so long is forgotten (RFC 9000, 10.1). The smaller value of both sides counts;
  /// it must exceed what either may be silent for, its keep_alive and the other's answer.
  Duration idle_timeout = std::chrono::minutes(3);
  /// A sign of life after so much silence, as long as it is not known how long NATs on the way remember
  /// (Transport::set_keep_alive()); also finds dead peers.
  Duration keep_alive = std::chrono::seconds(5);
  /// The round trip to reckon with before it is known. Too long a guess delays the handshake itself, for
  /// packets are paced by it; too short a one costs a repeated packet or two.
  Duration initial_rtt = std::chrono::milliseconds(30);
  /// A medium message that has waited so long takes turns with the high ones.
  Duration medium_aging = std::chrono::milliseconds(200);
  /// Low messages leave so much in the network's queues, and no more, on their own way: see net/ledbat.hpp. A
  /// high message waits for about as long behind them. LEDBAT++ has 60 ms, RFC 6817 at most 100.
  Duration low_queueing_target = std::chrono::milliseconds(5);
  CongestionControl congestion = CongestionControl::cubic;
  /// What the other side may send ahead of what has been read, per connection: it grows up to this with the
  /// path's needs. 16 MiB fill 1.3 Gbit/s at 100 ms. An ill-meaning peer can make us hold so much.
  std::uint64_t window_bytes_max = 16 << 20;
  /// Connections at once, both directions together, about 88 KiB of heap each, of which 66 are ever touched.
  /// 79 of the 88 are ngtcp2's pools, which come in blocks of many objects, and 6 the ciphers of GnuTLS.
  std::size_t connections_max = 4096;
  /// Of these, connections that others have begun and not yet authenticated: what strangers can occupy.
  std::size_t handshakes_max = 256;
  /// The same of one address.
  std::size_t handshakes_from_one_address_max = 64;
  /// With so many of them, whoever begins another first proves where it is (RFC 9000, 8.1.2).
  std::size_t handshakes_unvalidated_max = 32;
};

struct QuicCounters {
  std::uint64_t foreign = 0;            ///< datagrams of an unknown type, or not QUIC at all
  std::uint64_t stray = 0;              ///< QUIC packets that belong to no connection
  std::uint64_t refused = 0;            ///< connections refused, for there are too many
  std::uint64_t retries = 0;            ///< connections asked to prove first where they come from
  std::uint64_t handshakes_failed = 0;  ///< incoming connections that were never authenticated
  std::uint64_t violations = 0;         ///< channels closed because the other side broke the protocol
  std::uint64_t datagrams_dropped = 0;  ///< unreliable messages beyond a full queue
  std::uint64_t packets_sent = 0;
  std::uint64_t batches_sent = 0;  ///< calls of the socket that these took
};

}  // namespace tutti
