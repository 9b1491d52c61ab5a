#include "tutti/net/virtual/packet_network.hpp"

#include <algorithm>
#include <array>

#include "tutti/base/big_endian.hpp"
#include "tutti/base/require.hpp"
#include "tutti/net/virtual/virtual_network.hpp"

namespace tutti {
namespace {

constexpr std::uint32_t first_nat_address = 0xc6120001;  // 198.18.0.1 (RFC 2544)
constexpr std::uint32_t local_network = 0xc0a80000;      // 192.168.0.0; the third byte is the depth
constexpr std::uint32_t first_host = 2;
constexpr std::uint16_t first_own_port = 49'152;

NatBox::Address address(std::uint32_t v4) {
  return Endpoint::v4(v4, 0).address;
}
std::uint32_t v4_of(const NatBox::Address& address) {
  return read_big_endian<std::uint32_t>(address, 12);
}
NatBox::Address local_address(std::uint8_t depth, std::uint32_t host) {
  return address(local_network | std::uint32_t{depth} << 8 | (first_host + host));
}

}  // namespace

class PacketNetwork::Socket final : public DatagramSocket {
 public:
  Socket(PacketNetwork& network, SimRuntime& node, std::uint16_t port)
      : network_(network), node_(node), port_(port) {
    network_.sockets_.emplace(std::pair(node_.node(), port_), this);
  }
  ~Socket() override { network_.sockets_.erase({node_.node(), port_}); }

  void start(DatagramHandler& handler) override {
    require(handler_ == nullptr, "a socket is started once");
    handler_ = &handler;
  }
  void send(const Endpoint& target, ByteView bytes, std::size_t segment_bytes) override {
    require(!bytes.empty() && segment_bytes > 0, "a batch has a size");
    if (silent_) return;
    for (; !bytes.empty(); bytes = bytes.subspan(std::min(segment_bytes, bytes.size())))
      network_.send(node_.node(), local_endpoint(), target,
                    bytes.first(std::min(segment_bytes, bytes.size())));
  }
  [[nodiscard]] Endpoint local_endpoint() const override { return network_.endpoint_of(node_.node(), port_); }

  void silence() { silent_ = true; }

  bool receive(const Datagram& datagram) {
    if (handler_ == nullptr || datagram.bytes.size() > datagram_size_max) return false;
    node_.trace(datagram.bytes.size());
    handler_->datagrams_received({&datagram, 1});
    return true;
  }

 private:
  PacketNetwork& network_;
  SimRuntime& node_;
  std::uint16_t port_;
  bool silent_ = false;
  DatagramHandler* handler_ = nullptr;
};

/// A datagram on its last way.
class PacketNetwork::Packet final : public Event {
 public:
  explicit Packet(PacketNetwork& network) : network_(network) {}

  std::uint32_t sender = 0;
  Device device{};
  Endpoint source{};
  Endpoint target{};
  Bytes bytes{};
  Packet* next = nullptr;

  void fire() override { network_.arrive(*this); }

 private:
  PacketNetwork& network_;
};

PacketNetwork::PacketNetwork(Simulator& simulator, NetworkModelPtr model)
    : simulator_(simulator), model_(std::move(model)) {
  require(simulator.shard_count() == 1, "a network of packets is simulated by one shard");
}

PacketNetwork::~PacketNetwork() = default;

// ---- who is where

PacketNetwork::Place PacketNetwork::join(NatId lan, Device device) {
  auto& hosts = at(lan).hosts;
  require(hosts.size() < hosts_max, "a local network has at most hosts_max hosts");
  hosts.push_back(device);
  return {lan, static_cast<std::uint32_t>(hosts.size() - 1)};
}

PacketNetwork::NatId PacketNetwork::add_nat(const NatKind& kind, std::optional<NatId> behind) {
  const auto index = static_cast<std::uint32_t>(nats_.size());
  Place place;
  std::uint8_t depth = 0;
  if (behind) {
    place = join(*behind, {Device::Kind::nat, index});
    depth = static_cast<std::uint8_t>(at(*behind).depth + 1);
    require(depth != 0, "NATs are nested less deeply");
  }
  const auto external =
      behind ? local_address(at(*behind).depth, place.host) : address(first_nat_address + index);
  nats_.push_back({NatBox(kind, external, Random::keyed({simulator_.seed(), 0x4a7, index})), place, depth});
  return NatId(index);
}

void PacketNetwork::place(std::uint32_t node, std::optional<NatId> behind) {
  if (const auto former = place_of(node); former.behind) at(*former.behind).hosts[former.host] = {};
  places_.erase(node);
  if (behind) places_.emplace(node, join(*behind, {Device::Kind::node, node}));
}

PacketNetwork::Place PacketNetwork::place_of(std::uint32_t node) const {
  const auto found = places_.find(node);
  return found == places_.end() ? Place{} : found->second;
}

NatBox::Address PacketNetwork::address_of(std::uint32_t node) const {
  const auto [behind, host] = place_of(node);
  return behind ? local_address(at(*behind).depth, host) : VirtualNetwork::endpoint_of(node).address;
}

Endpoint PacketNetwork::endpoint_of(std::uint32_t node, std::uint16_t port) const {
  return {address_of(node), port};
}

PacketNetwork::Device PacketNetwork::host_at(const Nat& nat, const NatBox::Address& address) const {
  const auto host = v4_of(address) - v4_of(local_address(nat.depth, 0));
  return host < nat.hosts.size() ? nat.hosts[host] : Device{};
}

PacketNetwork::Device PacketNetwork::public_device_at(const NatBox::Address& address) const {
  if (const auto nat = v4_of(address) - first_nat_address; nat < nats_.size())
    return nats_[nat].place.behind ? Device{} : Device{Device::Kind::nat, nat};
  const auto node = VirtualNetwork::node_of({address, 0});
  return node < simulator_.node_count() && !place_of(node).behind ? Device{Device::Kind::node, node}
                                                                  : Device{};
}

std::optional<std::uint32_t> PacketNetwork::first_node(Device device) const {
  if (device.kind == Device::Kind::node) return device.index;
  if (device.kind == Device::Kind::nat)
    for (const auto& host : nats_[device.index].hosts)
      if (const auto node = first_node(host)) return node;
  return std::nullopt;
}

// ---- packets

std::unique_ptr<DatagramSocket> PacketNetwork::bind(SimRuntime& node, std::uint16_t port) {
  const auto is_free = [&](std::uint16_t wanted) { return !sockets_.contains({node.node(), wanted}); };
  if (port == 0) {
    port = first_own_port;
    while (port != 0 && !is_free(port)) ++port;
  }
  if (port == 0 || !is_free(port)) return nullptr;
  return std::make_unique<Socket>(*this, node, port);
}

void PacketNetwork::vanish(std::uint32_t node) {
  for (auto each = sockets_.lower_bound({node, 0}); each != sockets_.end() && each->first.first == node;
       ++each)
    each->second->silence();
}

void PacketNetwork::send(std::uint32_t node, const Endpoint& from, const Endpoint& target, ByteView bytes) {
  ++counters_.sent;
  const TimePoint now = simulator_.now();
  Endpoint source = from;
  if (!target.is_v4()) {
    ++counters_.unreachable;
    return;
  }
  if (cuts_.is_cut(node)) {
    ++counters_.cut;
    return;
  }
  for (auto lan = place_of(node).behind; lan; lan = at(*lan).place.behind) {
    auto& here = at(*lan);
    if (const auto host = host_at(here, target.address); host.kind != Device::Kind::nobody)
      return dispatch(node, host, source, target, bytes, true);
    const auto translated = here.nat.outbound(now, source, target);
    const bool hairpin = target.address == here.nat.external_address();
    if (!translated || (hairpin && !here.nat.kind().hairpinning)) {
      ++counters_.unreachable;
      return;
    }
    source = *translated;
    if (hairpin) return dispatch(node, {Device::Kind::nat, lan->value()}, source, target, bytes, true);
  }
  dispatch(node, public_device_at(target.address), source, target, bytes, false);
}

void PacketNetwork::dispatch(std::uint32_t node, Device device, const Endpoint& source,
                             const Endpoint& target, ByteView bytes, bool local) {
  const auto first = first_node(device);
  if (!first) {
    ++counters_.unreachable;
    return;
  }
  const TimePoint now = simulator_.now();
  Arrivals arrivals(local_delay);
  if (!local) {
    const auto taken = paths_[{node, *first}].take(
        *model_, simulator_.seed(), {.source = node, .target = *first, .bytes = bytes.size(), .sent = now});
    if (!taken) {
      ++(taken.error() == Path::Loss::queue_full ? counters_.queue_full : counters_.lost);
      return;
    }
    arrivals = *taken;
  }
  for (const Duration delay : arrivals) {
    auto& packet = packets_.take(*this);
    packet.sender = node;
    packet.device = device;
    packet.source = source;
    packet.target = target;
    packet.bytes.assign(bytes.begin(), bytes.end());
    simulator_.schedule(packet, now + delay, *first, node);
  }
}

void PacketNetwork::arrive(Packet& packet) {
  while (packet.device.kind == Device::Kind::nat) {
    auto& nat = nats_[packet.device.index];
    const auto inside = nat.nat.inbound(simulator_.now(), packet.source, packet.target.port);
    if (!inside) {
      ++counters_.filtered;
      return packets_.give_back(packet);
    }
    packet.target = *inside;
    packet.device = host_at(nat, inside->address);
  }
  if (packet.device.kind == Device::Kind::node && cuts_.is_cut(packet.sender, packet.device.index)) {
    ++counters_.cut;
    return packets_.give_back(packet);
  }
  const auto socket = packet.device.kind == Device::Kind::node
                          ? sockets_.find({packet.device.index, packet.target.port})
                          : sockets_.end();
  if (socket != sockets_.end() && socket->second->receive({packet.bytes, packet.source}))
    ++counters_.delivered;
  else
    ++counters_.unreachable;
  packets_.give_back(packet);
}

}  // namespace tutti
