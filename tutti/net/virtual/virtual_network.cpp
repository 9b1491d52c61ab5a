#include "tutti/net/virtual/virtual_network.hpp"

#include <algorithm>

#include "tutti/base/require.hpp"
#include "tutti/net/virtual/virtual_transport.hpp"

namespace tutti {
namespace {

constexpr std::uint32_t first_address = 0x0a000001;  // 10.0.0.1
constexpr std::uint16_t virtual_port = 4000;

}  // namespace

/// A parcel on its way. Deliveries are used again and again: a run allocates as many as are ever under way at
/// once.
class VirtualNetwork::Delivery final : public Event {
 public:
  explicit Delivery(VirtualNetwork& network) : network_(network) {}

  Parcel parcel;

  void fire() override {
    Parcel arrived = std::exchange(parcel, {});
    network_.idle_.push_back(this);
    network_.arrive(arrived);
  }

 private:
  VirtualNetwork& network_;
};

VirtualNetwork::VirtualNetwork(Simulator& simulator, NetworkModelPtr model, VirtualNetworkOptions options)
    : simulator_(simulator), model_(std::move(model)), options_(options) {}

VirtualNetwork::~VirtualNetwork() = default;

std::unique_ptr<VirtualTransport> VirtualNetwork::attach(SimRuntime& node, PeerId id) {
  if (nodes_.size() <= node.node()) nodes_.resize(node.node() + 1);
  auto& slot = nodes_[node.node()];
  require(slot.transport == nullptr, "a node has one transport at a time");
  auto transport = std::make_unique<VirtualTransport>(*this, node, id);
  slot.transport = transport.get();
  return transport;
}

Endpoint VirtualNetwork::endpoint_of(std::uint32_t node) {
  return Endpoint::v4(first_address + node, virtual_port);
}

std::uint32_t VirtualNetwork::node_of(const Endpoint& endpoint) {
  std::uint32_t address = 0;
  for (std::size_t i = 12; i < endpoint.address.size(); ++i) address = address << 8 | endpoint.address[i];
  return address - first_address;
}

PeerId VirtualNetwork::peer_id(std::uint64_t seed, std::uint32_t node) {
  auto random = Random::keyed({seed, node, 0x1d});
  PeerId id;
  for (std::size_t i = 0; i < PeerId::size; i += 8) {
    const std::uint64_t word = random();
    for (std::size_t byte = 0; byte < 8; ++byte)
      id.bytes[i + byte] = static_cast<std::uint8_t>(word >> (8 * byte));
  }
  return id;
}

bool VirtualNetwork::is_cut(std::uint32_t one, std::uint32_t other) const {
  const auto unplugged = [&](std::uint32_t node) { return node < nodes_.size() && nodes_[node].cut; };
  return unplugged(one) || unplugged(other) ||
         (!cut_paths_.empty() && cut_paths_.contains(std::minmax(one, other)));
}

void VirtualNetwork::set_cut(std::uint32_t node, bool cut) {
  if (nodes_.size() <= node) nodes_.resize(node + 1);
  nodes_[node].cut = cut;
  recheck_paths();
}

void VirtualNetwork::set_path_cut(std::uint32_t one, std::uint32_t other, bool cut) {
  if (cut)
    cut_paths_.insert(std::minmax(one, other));
  else
    cut_paths_.erase(std::minmax(one, other));
  recheck_paths();
}

void VirtualNetwork::recheck_paths() {
  for (auto& node : nodes_)
    if (node.transport != nullptr)
      for (auto& [id, channel] : node.transport->channels_) channel->path_changed();
}

void VirtualNetwork::dispatch(std::uint32_t source, TimePoint arrival, Parcel parcel) {
  if (idle_.empty()) {
    deliveries_.push_back(std::make_unique<Delivery>(*this));
    idle_.push_back(deliveries_.back().get());
  }
  Delivery& delivery = *idle_.back();
  idle_.pop_back();
  delivery.parcel = std::move(parcel);
  simulator_.schedule(delivery, arrival, delivery.parcel.to.node, source);
}

void VirtualNetwork::arrive(Parcel& parcel) {
  // Nobody there: whoever sent it finds out by silence.
  if (parcel.to.node >= nodes_.size()) return;
  if (auto* transport = nodes_[parcel.to.node].transport) transport->arrive(parcel);
}

}  // namespace tutti
