#include "tutti/net/virtual/virtual_network.hpp"

#include <array>
#include <bit>

#include "tutti/base/big_endian.hpp"
#include "tutti/base/require.hpp"
#include "tutti/net/virtual/virtual_transport.hpp"

namespace tutti {
namespace {

constexpr std::uint32_t first_address = 0x0a000001;  // 10.0.0.1
constexpr std::uint16_t virtual_port = 4000;
/// A lost packet is noticed and sent again after this, and at least after three one-way delays (RFC
/// 9002, 6.2).
constexpr Duration retransmission_timeout_min = std::chrono::milliseconds(30);
constexpr int retransmissions_max = 30;

/// The same bytes in memory on every machine; its own inverse.
constexpr std::uint64_t little_endian(std::uint64_t word) {
  return std::endian::native == std::endian::little ? word : __builtin_bswap64(word);
}

}  // namespace

/// A parcel on its way.
class VirtualNetwork::Delivery final : public Event {
 public:
  explicit Delivery(VirtualNetwork& network) : network_(network) {}

  Parcel parcel;
  Delivery* next = nullptr;

  void fire() override;
  void prefetch() const override {
    if (parcel.message) parcel.message->prefetch();
    network_.simulator_.node(parcel.to.node).prefetch();
  }
  void prefetch_further() const override { network_.simulator_.node(parcel.to.node).prefetch_home(); }

 private:
  VirtualNetwork& network_;
};

/// A single message on its way.
class VirtualNetwork::Letter final : public Event {
 public:
  explicit Letter(VirtualNetwork& network) : network_(network) {}

  std::uint32_t source = 0;
  std::uint32_t target = 0;
  std::optional<Envelope> message;
  Letter* next = nullptr;

  void fire() override;
  void prefetch() const override {
    message->prefetch();
    network_.simulator_.node(target).prefetch();
    __builtin_prefetch(&network_.nodes_[target]);
  }
  void prefetch_further() const override { network_.simulator_.node(target).prefetch_home(); }

 private:
  VirtualNetwork& network_;
};

/// What starts from one shard.
struct VirtualNetwork::Depot {
  DeliveryPool<Delivery> parcels;
  DeliveryPool<Letter> letters;
};

void VirtualNetwork::Delivery::fire() {
  Parcel arrived = std::exchange(parcel, {});
  network_.give_back(*this, &Depot::parcels, arrived.from.node, arrived.to.node);
  network_.arrive(arrived);
}

void VirtualNetwork::Letter::fire() {
  const Envelope arrived = *std::move(message);
  message.reset();
  network_.give_back(*this, &Depot::letters, source, target);
  network_.arrive(source, target, arrived);
}

template <typename D>
void VirtualNetwork::give_back(D& delivery, DeliveryPool<D> Depot::* pool, std::uint32_t source,
                               std::uint32_t target) {
  const auto home = simulator_.shard_of(source);
  auto& its_pool = *depots_[home].*pool;
  if (home == simulator_.shard_of(target))
    its_pool.give_back(delivery);
  else
    its_pool.return_from_afar(delivery);
}

VirtualNetwork::VirtualNetwork(Simulator& simulator, NetworkModelPtr model, VirtualNetworkOptions options)
    : simulator_(simulator), options_(options) {
  set_model(std::move(model));
  for (unsigned i = 0; i < simulator.shard_count(); ++i) depots_.push_back(std::make_unique<Depot>());
}

VirtualNetwork::~VirtualNetwork() = default;

std::unique_ptr<VirtualTransport> VirtualNetwork::attach(SimRuntime& node, PeerId id) {
  auto& place = slot(node.node());
  require(place.transport == nullptr, "a node has one transport at a time");
  auto transport = std::make_unique<VirtualTransport>(*this, node, id);
  place.transport = transport.get();
  ++place.life;
  return transport;
}

void VirtualNetwork::set_inbox(std::uint32_t node, Inbox* inbox) {
  slot(node).inbox = inbox;
}

Endpoint VirtualNetwork::endpoint_of(std::uint32_t node) {
  return Endpoint::v4(first_address + node, virtual_port);
}

std::uint32_t VirtualNetwork::node_of(const Endpoint& endpoint) {
  return read_big_endian<std::uint32_t>(endpoint.address, 12) - first_address;
}

PeerId VirtualNetwork::peer_id(std::uint64_t seed, std::uint32_t node) {
  // The first half is a bijection of the node's number, so that a million peers need no table of each other.
  const std::uint64_t first = mix(node ^ mix(seed));
  return {
      std::bit_cast<decltype(PeerId::bytes)>(std::array{little_endian(first), little_endian(mix(~first))})};
}

std::uint32_t VirtualNetwork::node_of(PeerId peer) const {
  const auto first = std::bit_cast<std::array<std::uint64_t, 2>>(peer.bytes).front();
  return static_cast<std::uint32_t>(unmix(little_endian(first)) ^ mix(simulator_.seed()));
}

VirtualNetwork::Node& VirtualNetwork::slot(std::uint32_t node) {
  if (nodes_.size() <= node) nodes_.resize(node + 1);
  return nodes_[node];
}

void VirtualNetwork::set_model(NetworkModelPtr model) {
  model_ = std::move(model);
  simulator_.set_lookahead(model_->delay_min());
}

void VirtualNetwork::vanish(std::uint32_t node) {
  if (node >= nodes_.size()) return;
  nodes_[node].inbox = nullptr;
  if (nodes_[node].transport != nullptr) nodes_[node].transport->vanish();
}

void VirtualNetwork::set_cut(std::uint32_t node, bool cut) {
  cuts_.set_cut(node, cut);
  recheck_paths(node);
}

void VirtualNetwork::set_group(std::uint32_t node, std::uint32_t group) {
  cuts_.set_group(node, group);
  recheck_paths(node);
}

void VirtualNetwork::set_path_cut(std::uint32_t one, std::uint32_t other, bool cut) {
  cuts_.set_path_cut(one, other, cut);
  recheck_paths(one);
}

void VirtualNetwork::recheck_paths(std::uint32_t node) {
  const auto* transport = transport_at(node);
  if (transport == nullptr) return;
  for (const auto& [id, channel] : transport->channels_) {
    channel->review_detour();
    channel->path_changed();
    if (auto* remote = channel->remote_end()) remote->path_changed();
  }
  review_detours_over(*transport);
}

Arrivals VirtualNetwork::travel_times(Passage passage, bool reliable, const std::optional<Envelope>& message,
                                      PathQueue* queue) const {
  Duration waited{};
  if (const auto bandwidth = queue != nullptr ? model_->bandwidth(passage) : std::nullopt) {
    if (message) passage.bytes = message->body().size();
    const auto queued = reliable ? queue->take_patiently(passage.sent, passage.bytes, *bandwidth)
                                 : queue->take(passage.sent, passage.bytes, *bandwidth);
    if (!queued) return {};
    waited = *queued;
  }
  for (int attempt = 0; attempt <= retransmissions_max; ++attempt) {
    // A repeated packet draws anew: the attempt is part of its name.
    if (attempt > 0)
      passage.sequence = static_cast<std::uint64_t>(attempt) << 56 | (passage.sequence & ~(0xffull << 56));
    Arrivals arrivals = carry(*model_, simulator_.seed(), passage);
    for (Duration& delay : arrivals) delay += waited;
    if (!arrivals.empty() || !reliable) return arrivals;
    const Duration timeout = retransmission_timeout_min * (attempt + 1);
    waited += timeout;
    passage.sent += timeout;
  }
  return {};
}

void VirtualNetwork::send(std::uint32_t source, std::uint32_t target, const Envelope& message, bool reliable,
                          PathQueue* queue) {
  if (target >= nodes_.size() || target >= simulator_.node_count() || cuts_.is_cut(source, target)) return;
  const TimePoint now = simulator_.now_of(source);
  auto arrivals = travel_times({.source = source,
                                .target = target,
                                .sequence = simulator_.node(source).next_letter(),
                                .bytes = 0,
                                .sent = now},
                               reliable, message, queue);
  if (reliable && !arrivals.empty()) arrivals = Arrivals(arrivals.earliest());  // duplicates are recognized
  const auto here = simulator_.shard_of(source);
  for (const Duration delay : arrivals) {
    auto& letter = depots_[here]->letters.take(*this);
    letter.source = source;
    letter.target = target;
    letter.message = for_shard(message, here, simulator_.shard_of(target));
    simulator_.schedule(letter, now + delay, target, source);
  }
}

Envelope VirtualNetwork::for_shard(const Envelope& message, unsigned here, unsigned there) {
  return here == there ? message : message.unshared();
}

void VirtualNetwork::dispatch(TimePoint arrival, Parcel parcel) {
  const auto source = parcel.from.node;
  const auto target = parcel.to.node;
  // Where no node is, nobody answers: whoever sent it finds out by silence.
  if (target >= simulator_.node_count()) return;
  const auto here = simulator_.shard_of(source);
  if (parcel.message) parcel.message = for_shard(*parcel.message, here, simulator_.shard_of(target));
  auto& delivery = depots_[here]->parcels.take(*this);
  delivery.parcel = std::move(parcel);
  simulator_.schedule(delivery, arrival, target, source);
}

void VirtualNetwork::arrive(Parcel& parcel) {
  if (parcel.to.node >= nodes_.size()) return;
  if (auto* transport = nodes_[parcel.to.node].transport) transport->arrive(parcel);
}

void VirtualNetwork::arrive(std::uint32_t source, std::uint32_t target, const Envelope& message) {
  auto* inbox = nodes_[target].inbox;
  if (inbox == nullptr) return;
  simulator_.node(target).trace(message.id().value());
  inbox->message_received(peer_id(simulator_.seed(), source), received(message));
}

Received VirtualNetwork::received(const Envelope& message) const {
  return options_.wire ? Received(message.id(), message.body()) : Received(message);
}

}  // namespace tutti
