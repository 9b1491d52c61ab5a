// Flooding: whoever hears something new passes it on to all neighbours but the one it came from. On fixed
// neighbours it is the fastest way and the most robust one, at the price of one message per link and
// broadcast.
//
// All broadcasts are kept until the listener says that nobody needs them any more. Each origin's are known by
// their sequence numbers, with gaps, so that a duplicate is recognised and a loss is noticed whatever links
// come and go. When a link comes up, each side sends a digest of what it has heard. Until the other's digest
// has come, nothing is sent on that link; when it comes, everything that is kept and that the other lacks at
// that moment is queued for it, and from then on new broadcasts follow live. So nothing is left out, without
// any race between the exchange and the live broadcasts. Who begins anew sends another digest, to the same
// effect.
//
// A live broadcast goes over each link twice: as a datagram, which no earlier message holds up, and on the
// stream, which loses nothing. It is small, and being in time is what it is for; the second copy is a
// duplicate like any other.
//
// A pulse goes as a datagram only: the next one makes up for one that is lost.
//
// What is sent to catch up goes in batches, at medium priority, no more of it at a time than the link takes.
// A burst that would exceed what a neighbour accepts live goes the same way, so that a peer which only passes
// on what many others say is never mistaken for one that floods.
//
// Whoever says too much is stopped by its own neighbours, who know that it is its own: they disconnect it.
// Nobody is blamed for what others say, and nothing is dropped that anybody else has taken in.
//
// Where broadcasts are signed (seal.hpp), what a peer says within some milliseconds waits for one signature;
// the first thing after a pause does not wait.
//
// Nobody but its origin can then say two things under one number (equivocation). Whoever holds both has the
// proof: the origin is named, the neighbour is not to blame, and of the two the smaller payload counts, with
// everybody, whichever came first. Where the two have parted for so long that one of them is kept no more,
// it is for the listener to notice.
#pragma once

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "tutti/base/token_bucket.hpp"
#include "tutti/overlay/broadcast.hpp"
#include "tutti/overlay/broadcast_log.hpp"
#include "tutti/overlay/seal.hpp"
#include "tutti/peer/peer.hpp"

namespace tutti {

/// One broadcast on its way.
struct FloodItem {
  Origin origin;
  Sequence sequence;
  Bytes payload;
  Bytes seal{};  ///< empty where nothing is signed, as below
};
/// A live broadcast.
struct FloodEvent {
  FloodItem item;
};
/// Broadcasts that the receiver lacked.
struct FloodBatch {
  std::vector<FloodItem> items;
};
/// What the sender has heard: the first message on every link, and again when the sender begins anew.
struct FloodDigest {
  struct Entry {
    Origin origin;
    std::vector<SequenceInterval> intervals;
  };
  std::vector<Entry> entries;
  std::optional<Signature> authorization{};  ///< the sender's, see seal.hpp
};
/// An origin's latest announcement: replaces those with smaller numbers.
struct FloodAnnouncement {
  Origin origin;
  Sequence number;
  Bytes payload;
  Bytes seal{};
};
/// An origin's latest pulse, likewise, of numbers of their own.
struct FloodPulse {
  Origin origin;
  Sequence number;
  Bytes payload;
  Bytes seal{};
};

template <>
struct MessageTraits<FloodEvent> {
  static constexpr MessageId id{0x0010};
};
template <>
struct MessageTraits<FloodBatch> {
  static constexpr MessageId id{0x0011};
};
template <>
struct MessageTraits<FloodDigest> {
  static constexpr MessageId id{0x0012};
};
template <>
struct MessageTraits<FloodAnnouncement> {
  static constexpr MessageId id{0x0013};
};
template <>
struct MessageTraits<FloodPulse> {
  static constexpr MessageId id{0x0014};
};

struct FloodOptions {
  /// Live broadcasts, announcements and pulses from one neighbour; a faster one is disconnected. This peer
  /// keeps to half of it, two copies of each broadcast counted.
  RateLimit neighbour_limit{.rate = 5'000, .burst = 20'000};
  /// Broadcasts, and bytes of them, that a neighbour itself says, live or to catch up, in all its lives; who
  /// says more is disconnected. This peer keeps to half of it.
  RateLimit own_limit{.rate = 1'000, .burst = 20'000};
  RateLimit own_bytes_limit{.rate = 4 << 20, .burst = 64 << 20};
  std::size_t stored_bytes_max = std::size_t{1} << 30;  ///< of all payloads; what would exceed it is refused
  std::size_t origins_max = 10'000;                     ///< incarnations of peers that ever said something
  std::optional<Signing> signing{};                     ///< for all peers of a network or for none
};

class Flood final : public Peerlet, public Broadcaster {
 public:
  explicit Flood(FloodOptions options = {}) : options_(std::move(options)) {}

  void set_listener(BroadcastListener& listener) override { listener_ = &listener; }
  Sequence broadcast(Bytes payload) override;
  void announce(Bytes payload) override;
  void pulse(Bytes payload) override;
  void forget(Origin origin, Sequence sequence) override;
  void forget_origin(Origin origin) override;
  [[nodiscard]] const Bytes* kept(Origin origin, Sequence sequence) const override;
  void remember(Origin origin, Sequence sequence, Bytes payload, Bytes seal) override;
  void begin_anew(const std::map<Origin, SequenceSet>& known) override;
  void ask_again() override;
  [[nodiscard]] bool is_author(PeerId peer) const override { return !sealer_ || sealer_->is_author(peer); }

  void init(Peer& peer) override;
  /// Goes on where another Flood stood: all it has kept, its numbers, and what it agreed with its neighbours.
  bool take_over(Peerlet& former) override;
  void stop() override;
  void link_up(PeerId neighbour) override;
  void link_down(PeerId neighbour) override;

  struct Statistics {
    std::uint64_t received = 0;        ///< broadcasts that were new
    std::uint64_t duplicates = 0;      ///< broadcasts that were not
    std::uint64_t caught_up = 0;       ///< new ones that came in batches
    std::uint64_t contradictions = 0;  ///< other things said under a number that was known
  };
  [[nodiscard]] const Statistics& statistics() const { return statistics_; }
  /// Of all payloads that are kept, with what each costs beside.
  [[nodiscard]] std::size_t stored_bytes() const { return log_.bytes(); }

  void event_received(PeerId from, const FloodEvent& event);
  void batch_received(PeerId from, const FloodBatch& batch);
  void digest_received(PeerId from, const FloodDigest& digest);
  void announcement_received(PeerId from, const FloodAnnouncement& announcement);
  void pulse_received(PeerId from, const FloodPulse& pulse);
  static constexpr auto handlers =
      tutti::handlers<&Flood::event_received, &Flood::batch_received, &Flood::digest_received,
                      &Flood::announcement_received, &Flood::pulse_received>;

  /// From now on, until told otherwise, hears everything and passes nothing on: for experiments with peers
  /// that do not do their part. What was not passed on is not made up for on the links there are.
  void set_drop_messages(bool drop);
  static constexpr auto names = tutti::names<"Flood", "Broadcaster", "Router">;
  static constexpr auto commands = tutti::commands<Command<"setDropMessages", &Flood::set_drop_messages>>;

 private:
  using Lacking = BroadcastLog::Stretch;
  struct Neighbour {
    TokenBucket incoming;
    TokenBucket outgoing;
    bool synchronized = false;       // its digest has come
    std::vector<Lacking> lacking{};  // what it still has to be sent to catch up; the next at the back
  };
  /// What two limits leave of what a peer may say.
  struct Allowance {
    TokenBucket broadcasts;
    TokenBucket bytes;

    bool take(std::size_t size, TimePoint now);
    bool full(TimePoint now) { return broadcasts.full(now) && bytes.full(now); }
  };
  /// Of a peer that is, or lately was, a neighbour.
  struct Conduct {
    Allowance theirs;  // of what it says to this peer
    Allowance ours;    // of what this peer says to it
  };

  [[nodiscard]] FloodDigest digest() const;
  /// Sends what this peer has said and is not sealed yet.
  void send_own();
  /// The same, when its time has come.
  void send_own_soon();
  [[nodiscard]] Bytes seal_of(Utterance kind, Sequence number, ByteView payload) const;
  /// Whether what is said has the seal that it needs; if not, says what is wrong.
  std::expected<void, std::string> check_seal(const Statement& statement, ByteView seal);
  /// Takes in a broadcast that a neighbour sent; true if it was new and is in order.
  bool take(PeerId from, const FloodItem& item);
  /// Whether it counts more than what is kept under its number; both are its origin's, who is named for it.
  bool overrules(const FloodItem& item, const Bytes& former);
  bool within_rate(PeerId from);
  /// The same of what it says itself.
  bool within_allowance(PeerId from, std::size_t size);
  /// Whether what `origin` says goes on to the neighbours.
  [[nodiscard]] bool passes_on(Origin origin) const { return !drop_messages_ || origin == peer_->origin(); }
  void forward_event(FloodEvent message, std::optional<PeerId> except);
  void forward_announcement(const Envelope& announcement, std::optional<PeerId> except);
  void forward_pulse(const Envelope& pulse, std::optional<PeerId> except);
  /// Sends what the neighbours lack, as much as their links take now.
  void pump();
  FloodBatch next_batch(PeerId to, Neighbour& neighbour);

  [[nodiscard]] TokenBucket incoming_bucket() const;
  [[nodiscard]] TokenBucket outgoing_bucket() const;
  [[nodiscard]] Conduct new_conduct() const;

  FloodOptions options_;
  Peer* peer_ = nullptr;
  measure::Counter received_;
  measure::Counter duplicates_;
  measure::Counter said_;
  measure::Counter contradictions_;
  BroadcastListener* listener_ = nullptr;
  std::optional<Sealer> sealer_;
  std::optional<Timer> pump_;
  std::optional<Timer> sealing_;
  TimePoint sealed_at_ = TimePoint::min();
  std::vector<std::pair<Origin, Sequence>> unsent_;  // of this peer's lives, waits for its seal
  BroadcastLog log_;
  std::map<Origin, Sequence> announced_;  // the newest number of each origin
  std::map<Origin, Sequence> pulsed_;     // likewise
  std::map<PeerId, Neighbour> neighbours_;
  std::map<PeerId, Conduct> conduct_;  // of all neighbours, and of others while it is not as new
  Sequence last_sequence_;
  Sequence last_announcement_;
  Sequence last_pulse_;
  bool drop_messages_ = false;
  Statistics statistics_;
};

}  // namespace tutti
