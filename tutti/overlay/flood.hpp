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
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "tutti/overlay/broadcast.hpp"
#include "tutti/overlay/sequence_set.hpp"
#include "tutti/overlay/token_bucket.hpp"
#include "tutti/peer/peer.hpp"

namespace tutti {

/// One broadcast on its way.
struct FloodItem {
  Origin origin;
  Sequence sequence;
  Bytes payload;
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
};
/// An origin's latest announcement: replaces those with smaller numbers.
struct FloodAnnouncement {
  Origin origin;
  Sequence number;
  Bytes payload;
};
/// An origin's latest pulse, likewise, of numbers of their own.
struct FloodPulse {
  Origin origin;
  Sequence number;
  Bytes payload;
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
  std::size_t stored_bytes_max = std::size_t{1} << 30;  ///< of all payloads; what would exceed it is refused
  std::size_t origins_max = 10'000;                     ///< incarnations of peers that ever said something
};

class Flood final : public Peerlet, public Broadcaster {
 public:
  explicit Flood(FloodOptions options = {}) : options_(options) {}

  void set_listener(BroadcastListener& listener) override { listener_ = &listener; }
  Sequence broadcast(Bytes payload) override;
  void announce(Bytes payload) override;
  void pulse(Bytes payload) override;
  void forget(Origin origin, Sequence sequence) override;
  void forget_origin(Origin origin) override;
  [[nodiscard]] const Bytes* kept(Origin origin, Sequence sequence) const override;
  void remember(Origin origin, Sequence sequence, Bytes payload) override;
  void begin_anew(const std::map<Origin, SequenceSet>& known) override;

  void init(Peer& peer) override;
  /// Goes on where another Flood stood: all it has kept, its numbers, and what it agreed with its neighbours.
  bool take_over(Peerlet& former) override;
  void stop() override { pump_.reset(); }
  void link_up(PeerId neighbour) override;
  void link_down(PeerId neighbour) override;

  struct Statistics {
    std::uint64_t received = 0;    ///< broadcasts that were new
    std::uint64_t duplicates = 0;  ///< broadcasts that were not
    std::uint64_t caught_up = 0;   ///< new ones that came in batches
  };
  [[nodiscard]] const Statistics& statistics() const { return statistics_; }
  /// Of all payloads that are kept, with what each costs beside.
  [[nodiscard]] std::size_t stored_bytes() const { return stored_bytes_; }

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
  struct History {
    SequenceSet seen;
    std::map<Sequence, Bytes> payloads;
  };
  struct Lacking {
    Origin origin;
    SequenceInterval interval;
  };
  struct Neighbour {
    TokenBucket incoming;
    TokenBucket outgoing;
    bool synchronized = false;       // its digest has come
    std::vector<Lacking> lacking{};  // what it still has to be sent to catch up; the next at the back
  };

  [[nodiscard]] FloodDigest digest() const;
  void keep(History& history, Sequence sequence, Bytes payload);
  /// Takes in a broadcast that a neighbour sent; true if it was new and is in order.
  bool take(PeerId from, const FloodItem& item);
  bool within_rate(PeerId from);
  /// Whether what `origin` says goes on to the neighbours.
  [[nodiscard]] bool passes_on(Origin origin) const { return !drop_messages_ || origin == peer_->origin(); }
  void forward_event(const Envelope& event, Origin origin, Sequence sequence, std::optional<PeerId> except);
  void forward_announcement(const Envelope& announcement, std::optional<PeerId> except);
  void forward_pulse(const Envelope& pulse, std::optional<PeerId> except);
  /// Sends what the neighbours lack, as much as their links take now.
  void pump();
  FloodBatch next_batch(Neighbour& neighbour);

  [[nodiscard]] TokenBucket incoming_bucket() const;
  [[nodiscard]] TokenBucket outgoing_bucket() const;

  FloodOptions options_;
  Peer* peer_ = nullptr;
  measure::Counter received_;
  measure::Counter duplicates_;
  measure::Counter said_;
  BroadcastListener* listener_ = nullptr;
  std::optional<Timer> pump_;
  std::map<Origin, History> histories_;
  std::map<Origin, Sequence> announced_;  // the newest number of each origin
  std::map<Origin, Sequence> pulsed_;     // likewise
  std::map<PeerId, Neighbour> neighbours_;
  std::size_t stored_bytes_ = 0;
  Sequence last_sequence_;
  Sequence last_announcement_;
  Sequence last_pulse_;
  bool drop_messages_ = false;
  Statistics statistics_;
};

}  // namespace tutti
