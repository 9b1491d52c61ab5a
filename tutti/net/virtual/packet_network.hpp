// The network of the laboratory at packet level: UDP sockets on simulated nodes, some of them behind NATs,
// between which datagrams are delayed, lost, doubled and queued as a NetworkModel says. On it the transports
// of the real network run in virtual time, bytes and all.
//
// Every node and every NAT is either on the public network or in the local network of a NAT. Local networks
// of the same depth use the same addresses, as people's homes do. A packet is translated by the sender's NATs
// when it leaves, and by the receiver's when it arrives; what comes to a NAT takes as long as to the first
// node behind it.
//
// A NAT is shared by what happens to several nodes, so the simulator must have one shard.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "tutti/base/strong.hpp"
#include "tutti/net/model/path.hpp"
#include "tutti/net/model/path_cuts.hpp"
#include "tutti/net/nat/nat_box.hpp"
#include "tutti/net/udp/datagram_socket.hpp"
#include "tutti/net/virtual/delivery_pool.hpp"
#include "tutti/runtime/simulator.hpp"

namespace tutti {

class PacketNetwork {
 public:
  /// Numbers the NATs of a network, from 0.
  using NatId = Strong<struct NatIdTag, std::uint32_t>;
  /// Nodes and NATs of one local network.
  static constexpr std::uint32_t hosts_max = 250;
  /// From one host of a local network to another.
  static constexpr Duration local_delay = std::chrono::microseconds(300);

  struct Counters {
    std::uint64_t sent = 0;         ///< by sockets
    std::uint64_t delivered = 0;    ///< to sockets: copies count
    std::uint64_t lost = 0;         ///< by the model
    std::uint64_t queue_full = 0;   ///< beyond the model's bandwidth and queue
    std::uint64_t cut = 0;          ///< on a broken path
    std::uint64_t filtered = 0;     ///< not let in by a NAT
    std::uint64_t unreachable = 0;  ///< nobody is there, or no NAT on the way has a port or a hairpin left
  };

  PacketNetwork(Simulator& simulator, NetworkModelPtr model);
  PacketNetwork(const PacketNetwork&) = delete;
  PacketNetwork& operator=(const PacketNetwork&) = delete;
  ~PacketNetwork();

  /// A NAT on the public network, or in the local network of another.
  NatId add_nat(const NatKind& kind, std::optional<NatId> behind = {});
  /// Moves a node, which begins on the public network, into a NAT's local network or back: its sockets stay,
  /// and have another address.
  void place(std::uint32_t node, std::optional<NatId> behind);
  [[nodiscard]] NatBox& nat(NatId id) { return at(id).nat; }

  /// A socket of `node`, at a port of its own if `port` is 0; nothing if the port is taken. The network
  /// outlives it.
  std::unique_ptr<DatagramSocket> bind(SimRuntime& node, std::uint16_t port = 0);
  /// Where a node is on its own network.
  [[nodiscard]] Endpoint endpoint_of(std::uint32_t node, std::uint16_t port) const;

  /// From now on; what is on its way keeps its delay.
  void set_model(NetworkModelPtr model) { model_ = std::move(model); }
  /// Between nodes, whatever NATs there are. Who is unplugged is so from its own local network, too. What is
  /// on its way when a path is cut is lost.
  [[nodiscard]] PathCuts& cuts() { return cuts_; }
  /// Whoever is at `node` dies without a word: what its present sockets still send is lost.
  void vanish(std::uint32_t node);
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  class Socket;
  class Packet;
  struct Device {
    enum class Kind : std::uint8_t { nobody, node, nat } kind = Kind::nobody;
    std::uint32_t index = 0;
  };
  struct Place {
    std::optional<NatId> behind;
    std::uint32_t host = 0;  // in that local network
  };
  struct Nat {
    NatBox nat;
    Place place;
    std::uint8_t depth = 0;       // how many NATs it is behind
    std::vector<Device> hosts{};  // of its local network
  };
  [[nodiscard]] Nat& at(NatId id) { return nats_[id.value()]; }
  [[nodiscard]] const Nat& at(NatId id) const { return nats_[id.value()]; }
  Place join(NatId lan, Device device);
  [[nodiscard]] Place place_of(std::uint32_t node) const;
  [[nodiscard]] NatBox::Address address_of(std::uint32_t node) const;
  [[nodiscard]] Device host_at(const Nat& nat, const NatBox::Address& address) const;
  [[nodiscard]] Device public_device_at(const NatBox::Address& address) const;
  [[nodiscard]] std::optional<std::uint32_t> first_node(Device device) const;

  void send(std::uint32_t node, const Endpoint& source, const Endpoint& target, ByteView bytes);
  /// On its last way: across a local network, or from one NAT or public node to another.
  void dispatch(std::uint32_t node, Device device, const Endpoint& source, const Endpoint& target,
                ByteView bytes, bool local);
  void arrive(Packet& packet);

  Simulator& simulator_;
  NetworkModelPtr model_;
  PathCuts cuts_;
  Counters counters_;
  std::deque<Nat> nats_;
  std::map<std::uint32_t, Place> places_;  // of nodes that are not on the public network
  std::map<std::pair<std::uint32_t, std::uint16_t>, Socket*> sockets_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Path> paths_;
  DeliveryPool<Packet> packets_;
};

}  // namespace tutti
