// A session: one timeline shared by all peers that run the same application.
//
// This peerlet is the network side of it. It keeps the network time with its neighbours, stamps what the user
// does with a tick far enough ahead to reach everybody in time, broadcasts it, checks what others broadcast,
// and knows who is there and how long their events take to arrive. The application's state is the replica's
// business (port.hpp).
//
// Nothing happens when a peer leaves. A peer that joins or returns gets what it missed from the broadcaster
// and the time from its neighbours; two partitions that meet do the same to each other.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "tutti/overlay/broadcast.hpp"
#include "tutti/peer/peer.hpp"
#include "tutti/symmetric/pace.hpp"
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

}  // namespace tutti

namespace tutti::symmetric {

/// The broadcast form of an event: its origin and sequence are the broadcast's own.
struct StampedEvent {
  Tick tick;  ///< when it is due
  Bytes event;
};
/// Announced by every peer now and then.
struct Presence {
  std::string name;
  std::int64_t sent_ns = 0;  ///< network time
};

struct SessionOptions {
  std::string name{};         ///< of the user or peer, for people
  int ticks_per_second = 50;  ///< the application's
  /// How far ahead events are stamped; nothing means: as far as measured path delays say.
  std::optional<Duration> deadline{};
  Duration deadline_max = std::chrono::seconds(10);
  PaceOptions pace{};
  /// Tells events of the application from other bytes; everything is taken for one if it is empty.
  std::function<bool(ByteView)> is_event{};
};

class Session final : public Peerlet, private BroadcastListener {
 public:
  static constexpr std::size_t name_bytes_max = 64;
  static constexpr std::size_t members_max = 1'000;

  explicit Session(SessionOptions options);

  /// What goes to the replica is given to `replica`, on the peer's thread. Set before start().
  void set_replica(ReplicaInlet replica) { replica_ = std::move(replica); }

  /// Takes what comes from the replica, on the peer's thread.
  void receive(const ToSession& message);

  [[nodiscard]] const Pace& pace() const { return *pace_; }
  [[nodiscard]] std::int64_t deadline_ticks() const { return deadline_ticks_; }

  void init(Peer& peer) override;
  void find_others(Peer& peer) override;
  /// Keeps another Session's time, its members, and the order of this user's events; the links it measures
  /// anew.
  bool take_over(Peerlet& former) override;
  void start() override;
  void stop() override;
  void link_up(PeerId neighbour) override;
  void link_down(PeerId neighbour) override;

  void ping_received(PeerId from, const ClockPing& ping);
  void pong_received(PeerId from, const ClockPong& pong);
  void comparison_received(PeerId from, const ComparisonEnvelope& envelope);
  static constexpr auto handlers =
      tutti::handlers<&Session::ping_received, &Session::pong_received, &Session::comparison_received>;

 private:
  struct Neighbour {
    std::uint32_t pings = 0;
    TimePoint next_ping;
  };
  struct Known {
    std::string name;
    TimePoint heard;
    PathDelay delay;
  };

  std::expected<void, std::string> broadcast_received(Origin origin, Sequence sequence,
                                                      ByteView payload) override;
  std::expected<void, std::string> announcement_received(Origin origin, ByteView payload) override;

  void submit(const Bytes& event);
  void ping_due();
  void announce_presence();
  void measure_path(Known& known, std::int64_t sent_ns);
  void update_deadline();
  void publish_pace() { replica_(PaceChanged{pace_->line()}); }

  SessionOptions options_;
  ReplicaInlet replica_;
  TickRate rate_;
  Peer* peer_ = nullptr;
  Broadcaster* broadcaster_ = nullptr;
  measure::Counter submitted_;
  measure::Counter arrived_;
  measure::Counter arrived_late_;
  measure::Distribution path_delay_;
  std::optional<Pace> pace_;
  std::optional<Timer> ping_timer_;
  std::optional<Timer> presence_timer_;
  std::map<PeerId, Neighbour> neighbours_;
  std::map<PeerId, Known> members_;
  std::uint32_t presences_ = 0;
  std::int64_t deadline_ticks_ = 1;
  Tick last_tick_;
};

}  // namespace tutti::symmetric
