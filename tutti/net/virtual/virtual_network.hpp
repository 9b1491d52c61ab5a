// The network of the laboratory at message level: channels carry whole messages between simulated nodes,
// delayed and lost as a NetworkModel says. Nothing is encoded (unless asked): a receiver is handed the
// sender's object.
//
// What a reliable channel makes of a bad network follows QUIC: small messages sent at one moment share a
// packet; a lost message comes later by retransmission timeouts; each priority class stays in order and none
// waits for another; while the path is cut messages wait, and after `idle_timeout` of silence both ends give
// up. Who has died and started again ends the channels of its former life when something comes by them.
// Opening takes four one-way delays: the side that connects is sure of its admission only then.
//
// Nodes may be behind NATs. A channel to a place then opens only if the NATs let in whoever comes. A channel
// to a peer, wherever it is (route/peer_endpoint.hpp), opens over a node that has channels with both; it
// becomes direct as soon as the checks of real peers would have been answered, if their NATs can be punched,
// and goes on over that relay if not. So the same pairs have direct channels, or relayed ones, as on a
// network of packets, without any packet: which NAT lets in what is asked once for each channel. A NAT keeps
// its mappings as long as there are channels, and a relay's limits are not simulated.
//
// One restriction against reality: what is on its way when the path is cut still arrives.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "tutti/net/model/path_cuts.hpp"
#include "tutti/net/model/path_queue.hpp"
#include "tutti/net/nat/nat_layout.hpp"
#include "tutti/net/transport.hpp"
#include "tutti/net/virtual/delivery_pool.hpp"
#include "tutti/runtime/simulator.hpp"

namespace tutti {

class VirtualTransport;

struct VirtualNetworkOptions {
  /// Encode and decode every message: tests the codec, and must change no result.
  bool wire = false;
  Duration handshake_timeout = std::chrono::seconds(5);
  Duration idle_timeout = std::chrono::seconds(15);
};

class VirtualNetwork {
 public:
  VirtualNetwork(Simulator& simulator, NetworkModelPtr model, VirtualNetworkOptions options = {});
  VirtualNetwork(const VirtualNetwork&) = delete;
  VirtualNetwork& operator=(const VirtualNetwork&) = delete;
  ~VirtualNetwork();

  /// A transport for `node`, which has none at present. The network outlives it.
  std::unique_ptr<VirtualTransport> attach(SimRuntime& node, PeerId id);

  /// Whoever takes single messages at a node, without any channel.
  class Inbox {
   public:
    virtual void message_received(PeerId from, const Received& message) = 0;

   protected:
    ~Inbox() = default;
  };
  /// Gives what is sent to `node` by send() to `inbox`, from now on and until it is given null.
  void set_inbox(std::uint32_t node, Inbox* inbox);
  /// Sends a single message. A lost one is repeated if it is `reliable`; while the path is cut, none arrives.
  /// `queue` is what the sender has waiting for that target; without one, no path is narrow.
  void send(std::uint32_t source, std::uint32_t target, const Envelope& message, bool reliable,
            PathQueue* queue = nullptr);

  /// Puts nodes behind NATs, before any of them has a transport; there must be one shard. Single messages
  /// pass NATs as if there were none.
  void set_nats(NatLayout nats);

  /// The network's own time, whatever the node's clock says.
  [[nodiscard]] TimePoint now_of(std::uint32_t node) const { return simulator_.now_of(node); }

  /// Where node number `node` is reached.
  static Endpoint endpoint_of(std::uint32_t node);
  /// The inverse; an endpoint outside the virtual network gives a number that no node has.
  static std::uint32_t node_of(const Endpoint& endpoint);

  /// From now on; what is on its way keeps its delay.
  void set_model(NetworkModelPtr model);
  [[nodiscard]] const NetworkModel& model() const { return *model_; }
  /// Whoever is at `node` dies without a word, as a process that is killed: the others notice by silence.
  void vanish(std::uint32_t node);
  /// Unplugs a node, or plugs it in again.
  void set_cut(std::uint32_t node, bool cut);
  /// Nodes of different groups do not reach each other; all begin in group 0.
  void set_group(std::uint32_t node, std::uint32_t group);
  /// Breaks the path between two nodes in both directions, or heals it.
  void set_path_cut(std::uint32_t one, std::uint32_t other, bool cut);

  /// A peer id for simulated node number `node`, the same in every run with this seed.
  static PeerId peer_id(std::uint64_t seed, std::uint32_t node);
  /// The inverse for this network's seed; an id made up otherwise gives a number that hardly any node has.
  [[nodiscard]] std::uint32_t node_of(PeerId peer) const;

 private:
  friend VirtualTransport;
  friend class VirtualChannel;

  struct Node {
    VirtualTransport* transport = nullptr;
    Inbox* inbox = nullptr;
    std::uint32_t next_channel = 1;
    std::uint32_t life = 0;  // counts its transports
  };
  class Delivery;
  class Letter;
  struct Depot;
  struct Address {  // one end of a channel
    std::uint32_t node = 0;
    ChannelId channel;
  };
  enum class Step : std::uint8_t { request, answer, confirm, admit, message, unreliable, close, silence };
  struct Parcel {
    Step step{};
    Priority priority{};
    Address from;
    Address to;
    std::optional<Envelope> message;
    std::shared_ptr<const std::string> detail;  // rare
  };

  /// How long the copies of a packet take, with its retransmissions if it is `reliable`; none if it is lost
  /// for good. `queue` is what waits ahead of a narrow path; without one, all paths are wide.
  [[nodiscard]] Arrivals travel_times(Passage passage, bool reliable, const std::optional<Envelope>& message,
                                      PathQueue* queue) const;
  /// Who is there at present; null if nobody is.
  [[nodiscard]] VirtualTransport* transport_at(std::uint32_t node) const {
    return node < nodes_.size() ? nodes_[node].transport : nullptr;
  }
  void dispatch(TimePoint arrival, Parcel parcel);
  void arrive(Parcel& parcel);
  void arrive(std::uint32_t source, std::uint32_t target, const Envelope& message);
  template <typename D>
  void give_back(D& delivery, DeliveryPool<D> Depot::* pool, std::uint32_t source, std::uint32_t target);
  /// An envelope stays on its thread: another shard gets a copy.
  [[nodiscard]] static Envelope for_shard(const Envelope& message, unsigned here, unsigned there);
  /// As its receiver sees it: the sender's object, or bytes.
  [[nodiscard]] Received received(const Envelope& message) const;
  Node& slot(std::uint32_t node);
  /// A node through which two can be brought together, and relayed: it has direct channels with both. Nothing
  /// if there is none.
  [[nodiscard]] std::optional<std::uint32_t> common_neighbour(std::uint32_t one, std::uint32_t other,
                                                              Random& random) const;
  /// After what may have ended direct channels between the two: the channels for which either of them is the
  /// other one's relay take another.
  void review_detours(std::uint32_t one, std::uint32_t other);
  /// The same, of all channels that `relay` is in between.
  void review_detours_over(const VirtualTransport& relay);
  /// After what may have cut or healed paths from or to `node`.
  void recheck_paths(std::uint32_t node);

  Simulator& simulator_;
  NetworkModelPtr model_;
  VirtualNetworkOptions options_;
  std::vector<Node> nodes_;
  PathCuts cuts_;
  NatLayout nats_;
  bool ever_introduced_ = false;                // most simulations need not look for relays
  std::vector<std::unique_ptr<Depot>> depots_;  // one a shard
};

}  // namespace tutti
