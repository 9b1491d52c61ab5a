// What crosses between a session and its replica: two streams of plain values.
//
// The session is the peerlet that talks to other peers; it knows nothing of the application. The replica
// holds the application's state; it knows nothing of the network. Simulated, each calls the other directly;
// live, they sit on two threads with a queue each way, so that a slow application never slows the mesh.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tutti/base/bytes.hpp"
#include "tutti/base/ids.hpp"
#include "tutti/symmetric/comparison.hpp"
#include "tutti/symmetric/deadline.hpp"
#include "tutti/symmetric/event.hpp"
#include "tutti/symmetric/pace.hpp"
#include "tutti/symmetric/page_exchange.hpp"

namespace tutti::symmetric {

/// A peer of the session that has been heard of lately.
struct Member {
  PeerId peer;
  std::string name;
  Duration path_delay{};  ///< the median, from it to here; zero before it is measured
  bool watches = false;   ///< it does nothing, by its own will or because it may not
};

// From the session to the replica.

/// An event, this peer's own or another's.
struct EventArrived {
  EventId id;
  Bytes event;
};
/// One that has arrived does not happen: the same arrived, or had happened already, under another name.
struct EventWithdrawn {
  EventId id;
};
struct PaceChanged {
  PaceLine line;
};
struct DeadlineChanged {
  std::int64_t ticks = 0;
};
struct MembersChanged {
  std::vector<Member> members;
};
/// What is known of others' events now: none of theirs comes for this tick or an earlier one any more.
/// Without a tick nobody else is there, as far as is known.
struct Settled {
  std::optional<Tick> tick;

  constexpr bool operator==(const Settled&) const = default;
};
/// In a session in lockstep: no tick after this one is to be run yet.
struct RunLimit {
  Tick tick;

  constexpr bool operator==(const RunLimit&) const = default;
};
/// A neighbour's part in comparing states.
struct ComparisonReceived {
  PeerId from;
  ComparisonMessage message;
};
/// A neighbour's part in finding out where two states differ.
struct PagesReceived {
  PeerId from;
  PageMessage message;
};
/// Nothing comes for this tick or an earlier one any more: what lies before it is to be folded away as soon
/// as the replica is past it, and an ImageTaken to be sent.
struct FoldWanted {
  Tick tick;
};
/// The past up to this tick was another one, and this is what it led to.
struct FoundationAdopted {
  Tick tick;
  std::uint64_t history = 0;  ///< of the timeline
  Bytes image;                ///< empty for the started state, at tick 0
};
/// So many of this user's events happen again, at other ticks: the past that was adopted lacked them.
struct Resubmitted {
  std::uint64_t events = 0;
};
/// What happens cannot be stored, for this reason, and is therefore not shown; all is well again if it is
/// empty. This overtakes what is held back.
struct StoreTroubled {
  std::string why;
};
using ToReplica = std::variant<EventArrived, EventWithdrawn, PaceChanged, DeadlineChanged, MembersChanged,
                               Settled, RunLimit, ComparisonReceived, PagesReceived, FoldWanted,
                               FoundationAdopted, Resubmitted, StoreTroubled>;

// From the replica to the session.

/// What the user did, to be stamped and told to everybody.
struct Submit {
  Bytes event;
};
/// To one neighbour, or to all.
struct ComparisonSent {
  std::optional<PeerId> to;
  ComparisonMessage message;
};
/// To one neighbour.
struct PagesSent {
  PeerId to;
  PageMessage message;
};
/// The state of a tick that was wanted; the history is the timeline's.
struct ImageTaken {
  Tick tick;
  std::uint64_t history = 0;
  Bytes image;
};
/// How far ahead the user's events are to be stamped from now on.
struct DeadlineChosen {
  DeadlinePolicy policy;
};
using ToSession = std::variant<Submit, ComparisonSent, PagesSent, ImageTaken, DeadlineChosen>;

using ReplicaInlet = std::function<void(ToReplica)>;
using SessionInlet = std::function<void(ToSession)>;

}  // namespace tutti::symmetric
