// The stability horizon: the newest tick of the past that nobody can change any more, agreed upon without a
// centre.
//
// Each peer says two things now and then, along with its presence. Its promise: every event of mine after
// the sequence s is due after the tick T. And its completeness: I hold all events up to the tick C of all
// members I know. Who holds an origin's events up to s may take that origin for settled up to T. A peer is
// complete up to the tick up to which all members have settled for it. What everybody is complete up to
// lies behind the horizon: nothing is under way for it, and nobody needs to be sent anything of it.
//
// A member that says nothing more keeps the horizon where its last words put it, for `absence_max`: that long
// it can come back, with what it did meanwhile, as if nothing had happened. Afterwards it does not count.
// Words that come to nothing are no words: promises of sequences that never arrive, and a completeness that
// stays behind, are left aside after twice that time. So a liar can hold the horizon back for three times
// absence_max, and not for ever.
//
//   guaranteed: while every two members hear of each other within absence_max (less the pause between two
//   presences), no event arrives for a tick at or before horizon().
//
// Who leaves says so: it promises to say nothing more, for ever, and is waited for by nobody.
//
// Nothing is guaranteed for members that were apart for longer, or that never knew of each other: their
// foundations tell when they meet (foundation.hpp).
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <vector>

#include "tutti/base/ids.hpp"
#include "tutti/base/time.hpp"
#include "tutti/overlay/sequence_set.hpp"
#include "tutti/symmetric/event.hpp"

namespace tutti::symmetric {

/// What a peer says about the past.
struct StabilityWords {
  Sequence voided;  ///< nobody need wait for this peer's events up to this one: they count no more, or are
                    ///< part of its foundation
  Sequence after;   ///< every event of this peer after this one ...
  Tick until;       ///< ... is due after this tick
  Tick complete;    ///< it holds all events up to this tick of all members it knows

  constexpr bool operator==(const StabilityWords&) const = default;
};

/// What who leaves says of all ticks.
inline constexpr Tick for_ever{std::numeric_limits<Tick::rep>::max()};

/// For how long a member that is not heard of keeps its place.
inline constexpr Duration absence_max_default = std::chrono::minutes(10);

/// One peer's knowledge of who is complete up to where. A pure core: told what arrives, and the time by this
/// peer's clock and by the network's.
class Stability {
 public:
  /// Of further ones no words are heard.
  static constexpr std::size_t members_max = 1'000;

  struct Now {
    TimePoint time;
    Tick tick;
  };

  /// Words about the past more than twice `absence_ticks` old do not count.
  Stability(Duration absence_max, std::int64_t absence_ticks)
      : absence_max_(absence_max), words_age_ticks_max_(2 * absence_ticks) {}

  /// An event of another peer is held from now on.
  void held(Origin origin, Sequence sequence);
  /// These of another peer are part of this peer's foundation: what comes before the last of them is not
  /// waited for. An origin's events are due in the order of their sequences.
  void founded(Origin origin, Sequence last);
  /// Another peer has said something.
  void heard(Origin origin, const StabilityWords& words, Now now);

  /// Looks again, given that every event of this peer from now on is due after `now.tick`. Returns
  /// the members that have just been given up.
  std::vector<Origin> update(Now now);
  /// Nothing of it is of interest any more.
  void forget(Origin origin) { held_.erase(origin); }

  /// What this peer may say about itself. Never goes back.
  [[nodiscard]] Tick complete() const { return complete_; }
  /// Never goes back, and never beyond complete().
  [[nodiscard]] Tick horizon() const { return horizon_; }
  /// Up to which tick all events of all others are held, as far as they are waited for: somebody who settles
  /// nothing more is waited for so long. Unlike complete() this is of the present, and goes back when
  /// somebody comes. Nothing if there is nobody to wait for.
  [[nodiscard]] std::optional<Tick> settled(TimePoint now, Duration patience);
  /// How many others are there, as far as is known, or may come back.
  [[nodiscard]] std::size_t members() const { return members_.size(); }

 private:
  struct Promise {
    Sequence after;
    Tick until;
  };
  struct Member {
    std::vector<Promise> pending;  // in the order of both
    Tick settled;                  // all its events up to here are held
    TimePoint settled_at;          // when that last advanced
    Tick complete;                 // what it last said
    TimePoint complete_at;         // when it last said so, or was first heard
    TimePoint heard_at;            // when it last said anything
  };
  struct Held {
    SequenceSet sequences;
    Sequence voided;
  };

  [[nodiscard]] bool holds_up_to(Origin origin, Sequence sequence) const;
  void settle(Origin origin, Member& member, TimePoint now);

  Duration absence_max_;
  std::int64_t words_age_ticks_max_;
  std::map<Origin, Held> held_;
  std::map<Origin, Member> members_;
  Tick complete_;
  Tick horizon_;
};

}  // namespace tutti::symmetric
