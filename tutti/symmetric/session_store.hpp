// Where a peer keeps a session's past, so that it outlives the process: on a disk (live/disk_store.hpp), or
// in a test on something that fails when the test says.
//
// What is kept is what a newcomer would be given: a foundation and the events after it; and besides, what the
// peer's own user did, for as long as it may have to be said again. Whoever comes back takes up from there.
// He is a new origin, as after every start: so a store that is copied, or put back from a backup, does no
// harm.
//
// Writing takes time, and nobody waits for it but the replica: it is told only of what is durable
// (durable_inlet.hpp). What the user has seen happen is never lost with the process.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "tutti/symmetric/foundation.hpp"

namespace tutti::symmetric {

/// Takes the place of one of the same origin and sequence, if there is one.
struct StoredEvent {
  Origin origin;
  Sequence sequence;
  StampedEvent said;
  bool own = false;  ///< of this peer, in this life or an earlier one
  Bytes seal{};      ///< its origin's, see overlay/seal.hpp; empty for this peer's own, which it makes anew

  bool operator==(const StoredEvent&) const = default;
};

/// Takes the place of the former one.
struct StoredFoundation {
  Foundation foundation;
  /// The events up to its tick are given up, but for this peer's own that are due at this tick or later.
  Tick own_since;

  bool operator==(const StoredFoundation&) const = default;
};

using StoreWrite = std::variant<StoredEvent, StoredFoundation>;

/// A past as it comes back.
struct StoredPast {
  Foundation foundation;  ///< at tick 0, without an image, for a session that was never folded
  /// Those after the foundation, and this peer's own of before; in the order of their ticks, origins and
  /// sequences.
  std::vector<StoredEvent> events;
  Tick present;  ///< it was this tick shortly before the end

  bool operator==(const StoredPast&) const = default;
};

class SessionStoreListener {
 public:
  /// The first `writes` writes are durable.
  virtual void durable(std::uint64_t writes) = 0;
  /// Nothing is written any more, for this reason; or, if it is empty, all is well again.
  virtual void store_troubled(const std::string& why) = 0;

 protected:
  ~SessionStoreListener() = default;
};

/// Durable in the order of the writes: if one is, all before it are. All calls on the peer's thread.
class SessionStore {
 public:
  virtual ~SessionStore() = default;

  /// What was in it when it was opened; only once, it is given away.
  virtual StoredPast take_past() = 0;
  /// Called from now on, on the peer's thread and not within a call of the store; nobody if null.
  virtual void set_listener(SessionStoreListener* listener) = 0;

  virtual void write(StoreWrite write) = 0;
  /// The tick it is. Durable some time later; not a write that anything waits for.
  virtual void note_present(Tick tick) = 0;

  /// How many writes there have been so far, and how many of them are durable.
  [[nodiscard]] virtual std::uint64_t written() const = 0;
  [[nodiscard]] virtual std::uint64_t durable() const = 0;
};

}  // namespace tutti::symmetric
