// What a relay knows: for which pairs of peers it passes datagrams on, and how much. (As a TURN server's
// channels, RFC 8656, without its allocations: both ends are peers that the relay is linked with.)
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "tutti/base/ids.hpp"
#include "tutti/base/time.hpp"
#include "tutti/base/token_bucket.hpp"
#include "tutti/net/route/check.hpp"

namespace tutti {

struct RelayLimits {
  /// Pairs at once; no peer is in more than a quarter of them.
  std::size_t pairs_max = 64;
  /// Of each pair, both directions together, in bytes: 2 Mbit/s, and what a handshake needs at once.
  RateLimit bytes{.rate = 256 << 10, .burst = 256 << 10};
  /// A pair without traffic is forgotten: a connection shows a sign of life every minute, if no more often.
  Duration idle = std::chrono::minutes(2);
};

class RelayTable {
 public:
  explicit RelayTable(const RelayLimits& limits = {}) : limits_(limits) {}

  enum class Refusal : std::uint8_t {
    full,          ///< there are pairs_max pairs
    peer_is_full,  ///< one of the two has its share
    taken,         ///< the meeting's number is another pair's
  };
  /// Meetings of the same two: they meet again while the former one's relay is still in use.
  static constexpr std::size_t meetings_max = 2;

  /// Passes on between `one` and `other` from now on; the same again is no error. Of the same two's meetings
  /// the one without traffic for longest is forgotten.
  std::optional<Refusal> open(MeetingId meeting, const PeerId& one, const PeerId& other, TimePoint now);
  /// For whom so many bytes from `sender` are; nothing if it is neither of the two, or beyond the limit.
  std::optional<PeerId> pass(MeetingId meeting, const PeerId& sender, std::size_t bytes, TimePoint now);
  [[nodiscard]] bool contains(MeetingId meeting) const { return pairs_.contains(meeting); }
  /// Whether a pair of that peer's is in use.
  [[nodiscard]] bool serves(const PeerId& peer, TimePoint now) const;
  /// Nobody passes anything to or from that peer any more.
  void forget(const PeerId& peer);

  [[nodiscard]] std::size_t size() const { return pairs_.size(); }

 private:
  struct Pair {
    PeerId one;
    PeerId other;
    TokenBucket bytes;
    TimePoint used;

    [[nodiscard]] bool is_of(const PeerId& a, const PeerId& b) const {
      return (one == a && other == b) || (one == b && other == a);
    }
  };

  [[nodiscard]] std::size_t pairs_of(const PeerId& peer) const;
  void make_room(const PeerId& one, const PeerId& other);

  RelayLimits limits_;
  std::map<MeetingId, Pair> pairs_;
};

}  // namespace tutti
