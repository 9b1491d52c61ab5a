// The past of one peer's session: how far back it reaches, on what it rests, and how it meets the pasts of
// others.
//
// It says with every presence what is settled for this peer (stability.hpp), and when enough of the past is
// final, folds it: the replica makes an image, the broadcaster forgets the payloads. It offers the image to
// all neighbours, fetches theirs if it has to (download.hpp), and adopts it (foundation.hpp). Then it begins
// anew with the broadcaster, so that what follows the foundation comes from the neighbours, sees to it that
// what the user did and the new past lacks is done again, and offers its foundation to all in turn: so one
// foundation spreads through a whole partition.
//
// The cores decide; this ties them to the session that holds it, whose messages it sends and answers.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>

#include "tutti/base/token_bucket.hpp"
#include "tutti/overlay/broadcast.hpp"
#include "tutti/peer/peer.hpp"
#include "tutti/symmetric/download.hpp"
#include "tutti/symmetric/history.hpp"
#include "tutti/symmetric/ledger.hpp"
#include "tutti/symmetric/own_events.hpp"
#include "tutti/symmetric/pace.hpp"
#include "tutti/symmetric/port.hpp"
#include "tutti/symmetric/session_store.hpp"
#include "tutti/symmetric/stability.hpp"

namespace tutti::symmetric {

/// What a past needs of its session.
class PastOwner {
 public:
  /// The tick it is in the network, as far as is known.
  [[nodiscard]] virtual Tick present() const = 0;
  /// The same, once the correction of time that is under way is done.
  [[nodiscard]] virtual Tick latest() const = 0;
  /// Whether any other peer has told the time yet.
  [[nodiscard]] virtual bool knows_time() const = 0;
  [[nodiscard]] virtual bool is_image(ByteView image) const = 0;
  /// Whether the past of somebody who may broadcast rests on it, by what it has told everybody.
  [[nodiscard]] virtual bool is_an_authors(const FoundationOffer& offer) const = 0;
  virtual void tell_replica(ToReplica message) = 0;
  /// Stamps and broadcasts an event of this peer; its replica and this past are not told.
  virtual EventId say(const Bytes& event, std::optional<Act> again) = 0;
  /// It is not joining() any more.
  virtual void joined() = 0;

 protected:
  ~PastOwner() = default;
};

class Past {
 public:
  /// `store` may be null.
  Past(Peer& peer, PastOwner& owner, const HistoryOptions& options, TickRate rate,
       std::shared_ptr<SessionStore> store);
  /// Set before anything else is called; both may be exchanged while the peer runs.
  void set_broadcaster(Broadcaster& broadcaster) { broadcaster_ = &broadcaster; }
  void set_owner(PastOwner& owner) { owner_ = &owner; }

  /// Goes on from where an earlier life of this peer was. Before anything else happens, if at all.
  void restore(const StoredPast& stored);

  /// Whether an event due at `tick` can still be taken in.
  [[nodiscard]] bool takes(Tick tick) const { return tick > ledger_.tick(); }
  /// An event comes from the network: taken in, or ignored because it comes too late.
  void arrived(const EventId& id, const StampedEvent& said, ByteView seal);
  /// One that arrived does not count: its origin has said something else under its number.
  void retracted(const EventId& id, const StampedEvent& said);
  /// This peer's own.
  void submitted(const Bytes& event);

  /// What to say with a presence; `promised` is the tick that later events of this peer are due after.
  [[nodiscard]] StabilityWords words(Tick promised) const;
  void heard(Origin origin, const StabilityWords& words);
  /// What this peer says before it leaves for good.
  [[nodiscard]] StabilityWords last_words() const;
  /// What is settled for this peer at present: whoever has a place in the session is waited for.
  [[nodiscard]] Settled settled();
  /// The same while somebody who settles nothing more is waited for no longer than this; of others' events
  /// only, whatever past this peer is about to adopt.
  [[nodiscard]] Settled settled(Duration patience) { return {stability_.settled(peer_.now(), patience)}; }
  /// Now and then: folds what is final, and looks at the neighbours' offers again.
  void look();

  /// What its neighbours are offered.
  [[nodiscard]] FoundationOffer own_offer() const;
  /// Time has been corrected, or more is known of what authors' pasts rest on: what a neighbour offers may be
  /// believed now.
  void look_at_offers();

  void link_up(PeerId neighbour);
  void link_down(PeerId neighbour);
  /// Whether it has said what it rests on. Before that nothing is to be learned from its time.
  [[nodiscard]] bool has_offered(PeerId neighbour) const;
  /// The tick of the past that it offers; 0 if that is not of interest.
  [[nodiscard]] Tick offered_tick(PeerId neighbour) const;
  /// On its way into a session that is further on: what the replica shows is still its own.
  [[nodiscard]] bool joining() const { return joining_; }

  void image_taken(const ImageTaken& taken);
  void offer_received(PeerId from, const FoundationOffer& offer);
  void request_received(PeerId from, const FoundationRequest& request);
  void part_received(PeerId from, const FoundationPart& part);

  [[nodiscard]] Tick foundation_tick() const { return ledger_.tick(); }
  [[nodiscard]] const Stability& stability() const { return stability_; }
  /// Roughly, of all that is kept here: what the broadcaster keeps is not counted.
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Neighbour {
    std::optional<FoundationOffer> offer;
    TokenBucket offers;
    TimePoint believed_from{};  // it has not delivered what it offered: so long its offers are left alone
  };

  [[nodiscard]] Stability::Now now() const;
  [[nodiscard]] bool plausible(Tick tick) const;
  void forget_gone(const std::vector<Origin>& gone);
  void forget(Origin origin);
  /// Somebody fetches what this past rests on; what follows it is kept for him, but not for ever.
  [[nodiscard]] bool is_fetched() const;
  void fold_if_due();
  void keep(PackedFoundation foundation);
  void store(const Foundation& foundation);
  /// After the ledger has taken it over.
  void rest_on(const Foundation& foundation);
  void offer_to_all();
  /// Whether it offers anything that is believed at present.
  [[nodiscard]] bool is_believed(PeerId id, const Neighbour& neighbour) const;
  /// Whether it offers the same, and is believed.
  [[nodiscard]] bool can_give(PeerId id, const Neighbour& neighbour, const FoundationOffer& wanted) const;
  void begin_download(const FoundationOffer& offer);
  void pump();
  void end_download();
  void download_came_to_nothing(std::string_view why);
  void take_in(const EventId& id, const Act& act, const Bytes& event, ByteView seal);
  /// What is stored already.
  void enter(const EventId& id, const Act& act, const Bytes& event);
  void adopt(const Foundation& foundation);
  /// What is kept and did not count does so from now on.
  void count_again(const EventId& id);
  void say(const Bytes& event, std::optional<Act> again);
  void say_what_is_missing(Tick folded);

  Peer& peer_;
  Broadcaster* broadcaster_ = nullptr;
  PastOwner* owner_;
  HistoryOptions options_;
  TickRate rate_;
  std::shared_ptr<SessionStore> store_;
  Tick stored_;  // the foundation in the store
  Stability stability_;
  Ledger ledger_;
  OwnEvents own_;
  std::map<PeerId, Neighbour> neighbours_;
  std::deque<PackedFoundation> packed_;     // the newest first
  std::optional<Foundation> image_wanted_;  // a foundation whose image the replica is asked for
  std::optional<Download> download_;
  Timer download_timer_;
  bool joining_ = false;
  // Somebody has asked for parts, again and again from the first time to the last.
  TimePoint fetched_since_{};
  std::optional<TimePoint> fetched_last_;
  TimePoint quiet_until_;  // nothing is said to be complete before
  TimePoint adopt_not_before_;
  Sequence last_own_;
  Sequence voided_;
  measure::Counter ignored_;
  measure::Counter folded_;
  measure::Counter adopted_;
  measure::Counter resubmitted_;
};

}  // namespace tutti::symmetric
