// What a peer that has started again says to those who still talk to its former life (RFC 9000, 10.3). It has
// forgotten their connections and cannot close them; without a word they would wait for the idle timeout,
// fifteen seconds in which nobody links anew.
//
// Each connection id goes with a token, told inside the connection, that whoever knows the secret makes
// again. The secret follows from the peer's private key, so a new life has it too, and nobody else. A reset
// is a packet that looks like any other and ends with the token: it is found by that, not by its id. Ids of
// servers have tokens from the beginning and others from their announcement; a client that starts again needs
// none, for it connects anew.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include <ngtcp2/ngtcp2.h>

#include "tutti/base/bytes.hpp"
#include "tutti/base/time.hpp"
#include "tutti/base/token_bucket.hpp"
#include "tutti/net/identity.hpp"

namespace tutti {

class StatelessResets {
 public:
  /// Packets of nobody that are looked at. Anybody can send them, and each costs some microseconds; beyond,
  /// connections of a former life end a little later.
  static constexpr RateLimit strays{.rate = 200, .burst = 200};
  /// Long enough to look like a packet with something in it.
  static constexpr std::size_t bytes_max = 43;

  explicit StatelessResets(const Identity& identity);

  /// The token of one of our ids, of NGTCP2_STATELESS_RESET_TOKENLEN bytes.
  void make_token(const ngtcp2_cid& id, std::uint8_t* token) const;

  /// Whether one more packet of nobody is looked at now.
  bool take_turn(TimePoint now) { return turns_.take(now); }

  /// The answer to `packet`, which came for `id` that is not known, with room for the type of the datagram
  /// before it. Shorter than the packet, so that two who answer each other fall silent; empty if that is too
  /// short. Valid until the next call.
  std::span<const std::uint8_t> answer(ByteView packet, const ngtcp2_cid& id);

 private:
  std::array<std::uint8_t, 32> secret_{};
  TokenBucket turns_{strays, TimePoint{}};
  std::array<std::uint8_t, 1 + bytes_max> packet_{};
};

}  // namespace tutti
