// A session: one timeline shared by all peers that run the same application.
//
// This peerlet is the network side of it. It keeps the network time with its neighbours, stamps what the user
// does with a tick far enough ahead to reach everybody in time, broadcasts it, checks what others broadcast,
// and knows who is there and how long their events take to arrive. The application's state is the replica's
// business (port.hpp).
//
// Nothing happens when a peer leaves. A peer that joins or returns gets what it missed from the broadcaster
// and the time from its neighbours; two partitions that meet do the same to each other. What nobody can
// change any more is folded into an image, which a newcomer fetches instead (past.hpp).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "tutti/overlay/broadcast.hpp"
#include "tutti/peer/peer.hpp"
#include "tutti/symmetric/deadline.hpp"
#include "tutti/symmetric/durable_inlet.hpp"
#include "tutti/symmetric/history.hpp"
#include "tutti/symmetric/lockstep.hpp"
#include "tutti/symmetric/pace.hpp"
#include "tutti/symmetric/past.hpp"
#include "tutti/symmetric/path_delay.hpp"
#include "tutti/symmetric/port.hpp"

namespace tutti::symmetric {

/// Asks for a neighbour's clock.
struct ClockPing {
  std::int64_t sent_ns = 0;  ///< by the clock of whoever asks
};
struct ClockPong {
  std::int64_t ping_sent_ns = 0;  ///< copied from the ping
  std::int64_t received_ns = 0;   ///< by the clock of whoever answers, as the following
  std::int64_t sent_ns = 0;
  PaceStatus status;
};
struct ComparisonEnvelope {
  ComparisonMessage message;
};
struct PageEnvelope {
  PageMessage message;
};

}  // namespace tutti::symmetric

namespace tutti {

template <>
struct MessageTraits<symmetric::ClockPing> {
  static constexpr MessageId id{0x0020};
};
template <>
struct MessageTraits<symmetric::ClockPong> {
  static constexpr MessageId id{0x0021};
};
template <>
struct MessageTraits<symmetric::ComparisonEnvelope> {
  static constexpr MessageId id{0x0022};
};
template <>
struct MessageTraits<symmetric::PageEnvelope> {
  static constexpr MessageId id{0x0023};
};

}  // namespace tutti

namespace tutti::symmetric {

/// Announced by every peer now and then.
struct Presence {
  std::string name;
  std::int64_t sent_ns = 0;    ///< network time
  StabilityWords past;         ///< what is settled
  bool watches = false;        ///< it does nothing, and nobody waits for it
  FoundationOffer foundation;  ///< what its past rests on: whoever has that from anybody may believe it
};

struct SessionOptions {
  std::string name{};         ///< of the user or peer, for people
  int ticks_per_second = 50;  ///< the application's
  /// How far ahead events are stamped.
  DeadlinePolicy deadline{};
  Duration deadline_max = std::chrono::seconds(10);
  PaceOptions pace{};
  HistoryOptions history{};
  /// Where the past is kept, and what this peer comes back with; nothing outlives it without one.
  std::shared_ptr<SessionStore> store{};
  /// No tick is run before all events for it are here. For all peers of a session or for none: their network
  /// has another name (network_of()).
  std::optional<Lockstep> lockstep{};
  /// The user watches and does nothing: what comes from the replica is not told. Who is not an author of the
  /// session's broadcasts only watches in any case.
  bool watches = false;
  /// Tells events of the application from other bytes; everything is taken for one if it is empty.
  std::function<bool(ByteView)> is_event{};
  /// Tells images of the application's state from other bytes, likewise.
  std::function<bool(ByteView)> is_image{};
};

class Session final : public Peerlet, private BroadcastListener, private PastOwner {
 public:
  static constexpr std::size_t name_bytes_max = 64;
  static constexpr std::size_t members_max = 1'000;

  explicit Session(SessionOptions options);

  /// What goes to the replica is given to `replica`, on the peer's thread. Set before start().
  void set_replica(ReplicaInlet replica) { replica_.set_replica(std::move(replica)); }

  /// Takes what comes from the replica, on the peer's thread.
  void receive(const ToSession& message);

  [[nodiscard]] const Pace& pace() const { return *pace_; }
  [[nodiscard]] std::int64_t deadline_ticks() const;
  /// From now on.
  void choose_deadline(DeadlinePolicy policy);
  /// The same, from its text (parse_deadline).
  std::expected<void, std::string> set_deadline(const std::string& text);
  /// From init() on.
  [[nodiscard]] const Past& past() const { return *past_; }

  void init(Peer& peer) override;
  void find_others(Peer& peer) override;
  /// Keeps another Session's time, its members, the order of this user's events, and its past, under the
  /// policy it was kept by; the links it measures anew.
  bool take_over(Peerlet& former) override;
  void start() override;
  void stop() override;
  void link_up(PeerId neighbour) override;
  void link_down(PeerId neighbour) override;

  void ping_received(PeerId from, const ClockPing& ping);
  void pong_received(PeerId from, const ClockPong& pong);
  void comparison_received(PeerId from, const ComparisonEnvelope& envelope);
  void pages_received(PeerId from, const PageEnvelope& envelope);
  void offer_received(PeerId from, const FoundationOffer& offer) { past_->offer_received(from, offer); }
  void request_received(PeerId from, const FoundationRequest& request) {
    past_->request_received(from, request);
  }
  void part_received(PeerId from, const FoundationPart& part) { past_->part_received(from, part); }
  static constexpr auto handlers =
      tutti::handlers<&Session::ping_received, &Session::pong_received, &Session::comparison_received,
                      &Session::pages_received, &Session::offer_received, &Session::request_received,
                      &Session::part_received>;
  static constexpr auto names = tutti::names<"Session">;
  static constexpr auto commands = tutti::commands<Command<"setDeadline", &Session::set_deadline>>;

 private:
  struct Neighbour {
    std::uint32_t pings = 0;
    TimePoint next_ping;
    std::optional<TimePoint> too_far_ahead{};  // since when it claims a time that is not followed
  };
  struct Known {
    std::string name;
    bool watches = false;
    FoundationOffer foundation;
    TimePoint heard;
    PathDelay delay;
  };

  std::expected<Reception, std::string> broadcast_received(Origin origin, Sequence sequence, ByteView payload,
                                                           ByteView seal) override;
  std::expected<Reception, std::string> broadcast_corrected(Origin origin, Sequence sequence, ByteView former,
                                                            ByteView payload, ByteView seal) override;
  std::expected<void, std::string> announcement_received(Origin origin, ByteView payload) override;
  std::expected<void, std::string> pulse_received(Origin origin, ByteView payload) override;

  /// An event as it may be; the error says what is wrong with it.
  [[nodiscard]] std::expected<StampedEvent, std::string> check(Origin origin, Sequence sequence,
                                                               ByteView payload) const;
  /// It is due so far ahead that it cannot be judged yet.
  [[nodiscard]] bool comes_too_early(const StampedEvent& event) const;
  [[nodiscard]] Tick present() const override { return rate_.tick_at(pace_->at(peer_->now())); }
  [[nodiscard]] Tick latest() const override { return rate_.tick_at(pace_->settled_at(peer_->now())); }
  [[nodiscard]] bool knows_time() const override { return pace_->synchronized(); }
  [[nodiscard]] bool is_image(ByteView image) const override {
    return !options_.is_image || options_.is_image(image);
  }
  [[nodiscard]] bool is_an_authors(const FoundationOffer& offer) const override;
  void tell_replica(ToReplica message) override { replica_(std::move(message)); }
  EventId say(const Bytes& event, std::optional<Act> again) override;
  void joined() override { publish_pace(); }

  void ping_due();
  void judge_time(PeerId id, Neighbour& neighbour, Pace::Outcome outcome);
  [[nodiscard]] SessionTime believed_time(PeerId id, const Neighbour& neighbour) const;
  void tell_settled();
  void announce_presence();
  void announce(const StabilityWords& past);
  /// Whether others hear it, and it knows the time: before that, what it promised would only hold them back.
  [[nodiscard]] bool has_company() const { return pace_->synchronized() && !neighbours_.empty(); }
  void introduce();
  void promise();
  void measure_path(Known& known, std::int64_t sent_ns);
  void update_deadline();
  void publish_deadline();
  /// While it joins, the replica stays in its own time: it would run all the way that an image saves it.
  void publish_pace() {
    if (!past_->joining()) replica_(PaceChanged{pace_->line()});
  }

  SessionOptions options_;
  DurableInlet replica_;
  TickRate rate_;
  Peer* peer_ = nullptr;
  Broadcaster* broadcaster_ = nullptr;
  measure::Counter submitted_;
  measure::Counter arrived_;
  measure::Counter arrived_late_;
  measure::Distribution path_delay_;
  std::optional<Pace> pace_;
  std::unique_ptr<Past> past_;
  std::optional<StoredPast> stored_;  // until start()
  std::optional<Timer> ping_timer_;
  std::optional<Timer> presence_timer_;
  std::optional<Timer> promise_timer_;  // in lockstep
  std::map<PeerId, Neighbour> neighbours_;
  std::map<PeerId, Known> members_;
  std::uint32_t presences_ = 0;
  Deadline deadline_;
  std::int64_t deadline_told_ = -1;  // to the replica, in ticks
  Settled settled_told_{Tick(0)};    // which is what it takes for settled by itself
  std::optional<RunLimit> limit_told_;
  Tick last_tick_;
  Tick promised_;            // all later events of this peer are due after it
  bool introduced_ = false;  // has promised something since it was alone
  std::set<PeerId> jumped_;  // whose clocks have, and are still hours ahead
  bool refused_ = false;     // events that come too early, since time was corrected
};

}  // namespace tutti::symmetric
