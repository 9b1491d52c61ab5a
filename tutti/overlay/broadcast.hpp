// Telling everybody: the interface that upper floors broadcast through, whatever overlay does it.
#pragma once

#include <expected>
#include <map>
#include <string>

#include "tutti/base/bytes.hpp"
#include "tutti/base/ids.hpp"
#include "tutti/overlay/sequence_set.hpp"

namespace tutti {

/// A payload over this is refused by broadcast(): everybody has to carry it.
inline constexpr std::size_t broadcast_bytes_max = 64 * 1024;

/// Whatever a packet takes beside the names of its origin.
inline constexpr std::size_t pulse_bytes_max = 256;

/// What becomes of a broadcast that has arrived.
enum class Reception : std::uint8_t {
  kept,     ///< and passed on
  ignored,  ///< it is in order and comes too late: nobody here needs it
  refused,  ///< it comes too early to be judged: it counts as not heard, and ask_again() may bring it back
};

class BroadcastListener {
 public:
  /// A broadcast arrives, once each while it is known, in any order. An error says what is wrong with it: it
  /// is then not kept, not passed on, and the neighbour it came from is disconnected for that reason. The
  /// seal is its origin's, and checked; it is empty where nothing is signed.
  virtual std::expected<Reception, std::string> broadcast_received(Origin origin, Sequence sequence,
                                                                   ByteView payload, ByteView seal) = 0;
  /// The origin has said something else under a number of which `former` is kept, and this is what counts. If
  /// it is not kept, the former is.
  virtual std::expected<Reception, std::string> broadcast_corrected(Origin /*origin*/, Sequence /*sequence*/,
                                                                    ByteView /*former*/, ByteView /*payload*/,
                                                                    ByteView /*seal*/) {
    return Reception::ignored;
  }
  /// The latest announcement of an origin; older ones may never arrive. Errors as above.
  virtual std::expected<void, std::string> announcement_received(Origin origin, ByteView payload) = 0;
  /// The same of pulses.
  virtual std::expected<void, std::string> pulse_received(Origin /*origin*/, ByteView /*payload*/) {
    return {};
  }

 protected:
  ~BroadcastListener() = default;
};

/// Reaches all peers that are or will be connected, directly or not, to this one.
class Broadcaster {
 public:
  /// The one who hears what others say. Set before start(); outlives the broadcaster's last call.
  virtual void set_listener(BroadcastListener& listener) = 0;

  /// Says something that everybody gets to hear exactly once, those too that are away now and come later.
  /// Returns its place among what this origin says. At most broadcast_bytes_max bytes.
  virtual Sequence broadcast(Bytes payload) = 0;

  /// Says something that matters only until it is said anew: it replaces this origin's previous announcement.
  virtual void announce(Bytes payload) = 0;

  /// The same many times a second: a pulse replaces this origin's previous pulse, takes the quickest way, and
  /// may be lost on it. At most pulse_bytes_max bytes.
  virtual void pulse(Bytes payload) = 0;

  // What is kept for those who come later does not have to be kept for ever.

  /// The payload is needed by nobody any more; that it was heard stays known.
  virtual void forget(Origin origin, Sequence sequence) = 0;
  /// Nothing of this origin is of interest any more. It must not be this peer's own.
  virtual void forget_origin(Origin origin) = 0;
  /// The payload, as long as it is kept; null otherwise. Valid until the next call of anything.
  [[nodiscard]] virtual const Bytes* kept(Origin origin, Sequence sequence) const = 0;
  /// This was heard in an earlier life of this peer: it is kept, and given to whoever lacks it. The listener
  /// is not told. What this peer had said itself needs no seal: it can be sealed anew.
  virtual void remember(Origin origin, Sequence sequence, Bytes payload, Bytes seal) = 0;
  /// From now on what anybody said, this peer included, counts as heard if it is one of `known` or still
  /// kept. Asks the neighbours for the rest.
  virtual void begin_anew(const std::map<Origin, SequenceSet>& known) = 0;
  /// Asks the neighbours for all that was not heard.
  virtual void ask_again() = 0;

  /// Whether this peer, or another one, may broadcast, as far as it has shown. Announcements and pulses are
  /// for everybody.
  [[nodiscard]] virtual bool is_author(PeerId /*peer*/) const { return true; }

 protected:
  ~Broadcaster() = default;
};

}  // namespace tutti
