// One network time for all peers, without a server and without a common clock.
//
// Each peer has its own clock, which runs at the right speed and shows nonsense: the network time is that
// clock plus an offset. Neighbours measure how far their clocks are apart (clock_offset.hpp).
//
// The peer that is furthest ahead is right ("Symmetric Peer-to-Peer Applications", section 3.b). Taking the
// maximum over neighbours would do, were measurements exact; with errors a circle of peers would drive itself
// ahead for ever. So the time has a reference, one life of a peer, whose offset it is; everyone follows a
// parent that is nearer to the same reference, and only between different references does the one ahead win
// (or the smaller one, when neither is noticeably ahead). One life, since a reference that dies and starts
// again knows nothing: those who follow its former life must not follow it back to the beginning.
//
// A reference that has died must be given up, and for good: two of its followers, each of whom has lost its
// parent and hears of the reference from the other, would follow each other in a circle, ever more hops away
// from nobody. So a reference numbers what it says, as the destinations do in DSDV (Perkins, Bhagwat, 1994)
// and Babel (RFC 8966, 2.4 and 2.5), and followers pass the number on. Only a newer number, or the same one
// from somebody nearer, leads to a new parent: it cannot have come through oneself. The number is the
// reference's time when it spoke, its beat, so everybody knows how old it is, and a reference whose beat is
// too old for its distance is given up. Its followers go on from where they are and agree on another one.
//
// Time never goes back: a correction forwards is spread over a second, one backwards slows time by a tenth at
// most. Only a peer that has just started, and has nothing to show yet, jumps to where the others are.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "tutti/base/ids.hpp"
#include "tutti/base/time.hpp"
#include "tutti/symmetric/clock_offset.hpp"
#include "tutti/symmetric/event.hpp"

namespace tutti::symmetric {

/// Network time: since the session's tick 0.
using SessionTime = Duration;

/// Network time as a function of one peer's clock; strictly increasing.
struct PaceLine {
  TimePoint since;        ///< the clock when this line was drawn
  SessionTime begin{};    ///< the network time then
  Duration correction{};  ///< to be made up for, evenly, on top of the clock's own pace ...
  Duration spread{};      ///< ... within this; not zero unless the correction is

  [[nodiscard]] SessionTime at(TimePoint now) const;
  /// The first moment at which the network time is `time`, not before `since`.
  [[nodiscard]] TimePoint when(SessionTime time) const;
};

/// The ticks of a session: tick k begins at network time k / ticks_per_second.
class TickRate {
 public:
  explicit TickRate(int ticks_per_second) : ticks_per_second_(ticks_per_second) {}

  [[nodiscard]] Tick tick_at(SessionTime time) const;
  [[nodiscard]] SessionTime begin_of(Tick tick) const;
  /// Whole ticks that cover `span`, at least one.
  [[nodiscard]] std::int64_t ticks_in(Duration span) const;

 private:
  std::int64_t ticks_per_second_;
};

/// What a peer tells its neighbours about its time.
struct PaceStatus {
  Origin reference;              ///< whose time it is
  std::uint32_t hops = 0;        ///< how many measurements away
  std::int64_t offset_ns = 0;    ///< network time minus the peer's own clock
  std::int64_t beat_ns = 0;      ///< the newest network time known to have been told by the reference itself
  std::int64_t followed_ns = 0;  ///< the newest that the peer has followed, told by whoever was its reference
};

struct PaceOptions {
  Duration catch_up = std::chrono::seconds(1);  ///< a peer that is behind has caught up after this
  Duration joining = std::chrono::seconds(5);   ///< a peer this young jumps instead
  double slow_down_max = 0.1;  ///< a peer that is ahead of its reference loses at most this share of its pace
  /// Two references closer than this are taken for equally far ahead.
  Duration tolerance = std::chrono::milliseconds(20);
  /// A peer that agrees with others already believes no neighbour to be further ahead than this, unless there
  /// is a reason to.
  Duration lead_max = std::chrono::hours(1);
  /// A newcomer, who agrees with nobody yet, believes in sessions up to this old.
  Duration age_max = std::chrono::hours(366 * 24);
  std::uint32_t hops_max = 64;
  /// A reference is given up when its beat is older than this at the first hop: several exchanges may be
  /// lost.
  Duration beat_age_max = std::chrono::seconds(8);
  /// ... and this more at every further one, where a beat waits for the next exchange or the one after.
  Duration beat_age_hop = std::chrono::seconds(2);
};

class Pace {
 public:
  /// A peer that knows nobody: its own time starts at `begin`.
  Pace(Origin self, TimePoint now, PaceOptions options = {}, SessionTime begin = {});

  [[nodiscard]] const PaceLine& line() const { return line_; }
  [[nodiscard]] SessionTime at(TimePoint now) const { return line_.at(now); }
  /// Where the present correction leads: what upper floors compare others' claims with.
  [[nodiscard]] SessionTime settled_at(TimePoint now) const;
  [[nodiscard]] PaceStatus status(TimePoint now) const;
  [[nodiscard]] Origin reference() const { return route_.reference; }
  /// Whether it has ever agreed with another peer.
  [[nodiscard]] bool synchronized() const { return synchronized_; }

  enum class Outcome : std::uint8_t {
    unchanged,
    corrected,    ///< line() has changed
    useless,      ///< the exchange says nothing
    implausible,  ///< the neighbour claims a lead that cannot be: nothing was taken over
    jumped        ///< the same, but it was in time before, and has not followed anybody there
  };
  /// A neighbour has answered: an exchange, and what it says about its time. There is a reason to believe
  /// that it is as far ahead as `believed`.
  Outcome exchanged(PeerId neighbour, const ClockExchange& exchange, const PaceStatus& status, TimePoint now,
                    SessionTime believed = {});
  void neighbour_lost(PeerId neighbour);
  /// Whether exchanges with this neighbour should follow each other quickly for now.
  [[nodiscard]] bool wants_exchanges(PeerId neighbour) const;
  /// Gives up a reference that has been silent for too long. Called now and then, also when nothing comes.
  void give_up_silent_reference(TimePoint now);

 private:
  struct Neighbour {
    ClockOffset clock;
    bool in_time = false;  // it has been
  };

  /// How a reference is known.
  struct Route {
    Origin reference;
    std::uint32_t hops = 0;
    std::int64_t beat_ns = 0;
  };

  /// Whether what is said of a reference, `age` ago by itself, can be believed to come from there.
  [[nodiscard]] bool fresh(std::uint32_t hops, Duration age) const;
  /// Whether `status` cannot have come through this peer: to follow it makes no circle.
  [[nodiscard]] bool feasible(const PaceStatus& status) const;
  void take_route(const Route& route);
  void follow(PeerId neighbour, const PaceStatus& status, Duration offset, TimePoint now, bool jump);
  void become_reference();

  PaceOptions options_;
  Origin self_;
  Route route_;   // to the reference; its beat is not used if that is this peer
  Route former_;  // to the reference before, as it was last known
  std::int64_t followed_ns_ = 0;
  std::optional<PeerId> parent_;
  Duration offset_{};  // the target: network time minus clock once the correction is done
  PaceLine line_;
  bool synchronized_ = false;
  TimePoint started_;
  std::map<PeerId, Neighbour> neighbours_;
};

}  // namespace tutti::symmetric
