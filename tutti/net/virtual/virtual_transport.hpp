// One node's end of the virtual network.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tutti/net/expiring_queue.hpp"
#include "tutti/net/model/path_queue.hpp"
#include "tutti/net/virtual/virtual_network.hpp"

namespace tutti {

class VirtualChannel final : public Channel {
 public:
  VirtualChannel(VirtualTransport& transport, ChannelId id, std::uint32_t remote_node, bool outgoing);

  [[nodiscard]] ChannelId id() const override { return id_; }
  [[nodiscard]] PeerId remote() const override { return remote_; }
  /// A place; or the relay that stands between.
  [[nodiscard]] Endpoint remote_endpoint() const override;
  [[nodiscard]] bool outgoing() const override { return outgoing_; }

  using Channel::send;
  void send(const Envelope& message, Priority priority, Duration useful) override;
  bool send_unreliable(const Envelope& message) override;
  /// A narrow path is one queue for all classes, and nothing is known of what has left it.
  [[nodiscard]] std::size_t queue_bytes(Priority priority) const override;
  [[nodiscard]] std::size_t unsent_bytes(Priority priority) const override { return queue_bytes(priority); }
  void close(std::string_view why) override;

 private:
  friend VirtualTransport;
  friend VirtualNetwork;
  using Step = VirtualNetwork::Step;

  /// What a channel has only until it is open, and while nothing passes: most have none of it.
  struct Pause {
    Pause(Runtime& runtime, Timer::Callback give_up) : patience(runtime, std::move(give_up)) {}

    Timer patience;
    ExpiringQueue waiting{};  // for the path to be whole again
    std::array<std::uint32_t, priority_count> waiting_count{};
    std::vector<VirtualNetwork::Parcel> early{};  // arrived before the channel was open
  };

  /// Looks after what waits, as soon as something can become of it: most channels have none.
  struct Watch {
    explicit Watch(VirtualChannel& channel);
    Timer timer;
    TimePoint due = TimePoint::max();
    std::array<bool, priority_count> crowded{};  // not writable, and the handler is to hear when it is
    std::uint32_t expired = 0;                   // messages that the handler has not yet been told of
  };

  /// The way of two who were introduced, until they have found a direct one.
  struct Detour {
    std::uint32_t relay = 0;
    TimePoint until;    // from then on there is a direct way; TimePoint::max() if there is none
    bool lost = false;  // the relay is gone, and nobody could take its place
  };

  [[nodiscard]] TimePoint now() const;
  [[nodiscard]] std::optional<Bandwidth> bandwidth() const;
  /// Sends a message, or drops it if it would wait in the path's queue for too long.
  void depart(const ExpiringQueue::Waiting& waiting);
  Watch& watched();
  /// Drops what has expired while the path is cut.
  void expire();
  void watch();
  void report();
  void post(Step step, Priority priority, std::optional<Envelope> message, std::string_view detail = {});
  /// Of the next packet, over the relay if there is one.
  Arrivals travel_times(TimePoint now, bool reliable, const std::optional<Envelope>& message);
  /// Null if the way is direct.
  [[nodiscard]] const Detour* detour() const;
  /// Takes another relay if the present one is gone.
  void review_detour();
  [[nodiscard]] bool path_is_cut() const;
  /// Whether the peer at the other end is still the one that opened the channel.
  [[nodiscard]] bool remote_lives() const;
  /// The other end, if it is still there. It may be another shard's: asked between runs only.
  [[nodiscard]] VirtualChannel* remote_end() const;
  /// What is sent at one moment shares a packet, and so its fate.
  std::uint32_t next_packet(TimePoint now);
  /// Nothing passes any more: both ends find out by silence.
  void break_off();
  void path_changed();
  void give_up();
  /// It will not open, which its user hears soon.
  void fail(std::string why);

  VirtualTransport& transport_;
  ChannelId id_;
  ChannelId remote_channel_{};  // once it is known
  PeerId remote_;               // who is expected, until it is known who is there
  std::uint32_t remote_node_;
  std::uint32_t remote_life_ = 0;
  bool outgoing_;
  bool expects_ = false;           // only remote_ will do
  bool knows_remote_end_ = false;  // remote_channel_ is known
  bool open_ = false;
  bool broken_ = false;
  std::uint8_t packet_messages_ = 0;
  std::uint32_t packets_ = 0;
  TimePoint packet_sent_ = TimePoint::min();
  PathQueue queue_;
  std::array<TimePoint, priority_count> last_arrival_{};
  std::unique_ptr<Pause> pause_;
  std::unique_ptr<Watch> watch_;
  std::unique_ptr<Detour> detour_;
};

class VirtualTransport final : public Transport {
 public:
  VirtualTransport(VirtualNetwork& network, SimRuntime& runtime, PeerId id);
  /// Tells all remotes, unless it vanished before.
  ~VirtualTransport() override;

  [[nodiscard]] PeerId local_peer() const override { return id_; }
  [[nodiscard]] Endpoint local_endpoint() const override {
    return VirtualNetwork::endpoint_of(runtime_.node());
  }
  void start(TransportHandler& handler) override { handler_ = &handler; }
  Channel& connect(const Endpoint& endpoint, std::optional<PeerId> expected) override;
  /// Of messages alone no NAT forgets anything.
  void set_keep_alive(std::optional<Duration> /*silence*/) override {}

  /// Dies without a word, as a process that is killed: the others notice by silence.
  void vanish();

 private:
  friend VirtualNetwork;
  friend VirtualChannel;

  VirtualChannel& add(std::uint32_t remote_node, bool outgoing);
  VirtualChannel* find(ChannelId id);
  /// Finds the way to the peer that a new channel is for; false if nobody introduces the two.
  bool be_introduced(VirtualChannel& channel);
  /// A new direct channel may be a way for those whose relay is gone.
  void review_lost_detours();
  /// The nodes with which there are channels that work and go over no relay, in ascending order.
  [[nodiscard]] std::vector<std::uint32_t> direct_neighbours() const;
  void arrive(VirtualNetwork::Parcel& parcel);
  /// Tells the sender of a message for a channel of a former life that it has ended (as by a stateless reset:
  /// RFC 9000, 10.3).
  void reset(const VirtualNetwork::Parcel& parcel);
  void end(ChannelId id, const Closing& closing);

  VirtualNetwork& network_;
  SimRuntime& runtime_;
  PeerId id_;
  ChannelId first_channel_;  // of this life
  TransportHandler* handler_ = nullptr;
  std::map<ChannelId, std::unique_ptr<VirtualChannel>> channels_;
  bool vanished_ = false;
};

}  // namespace tutti
