#include "tutti/net/virtual/virtual_network.hpp"

#include <algorithm>
#include <atomic>

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

}  // namespace

/// A parcel on its way. Deliveries are used again and again: a run allocates as many as are ever under way at
/// once. Each belongs to the shard it starts from and is given back when it has arrived.
class VirtualNetwork::Delivery final : public Event {
 public:
  Delivery(VirtualNetwork& network, Depot& home) : network_(network), home_(home) {}

  Parcel parcel;
  Delivery* next = nullptr;  // in Depot::returned

  void fire() override;
  void prefetch(unsigned depth) const override;

 private:
  VirtualNetwork& network_;
  Depot& home_;
};

/// The deliveries of one shard.
struct VirtualNetwork::Depot {
  std::vector<std::unique_ptr<Delivery>> deliveries;  // all there are; each is under way or idle
  std::vector<Delivery*> idle;
  std::atomic<Delivery*> returned = nullptr;  // from other shards: a stack that is only ever taken whole

  void give_back(Delivery& delivery) {
    delivery.next = returned.load(std::memory_order_relaxed);
    while (!returned.compare_exchange_weak(delivery.next, &delivery, std::memory_order_release,
                                           std::memory_order_relaxed)) {
    }
  }
  Delivery& take(VirtualNetwork& network) {
    if (idle.empty()) {
      auto* back = returned.exchange(nullptr, std::memory_order_acquire);
      for (; back != nullptr; back = back->next) idle.push_back(back);
    }
    if (idle.empty()) {
      deliveries.push_back(std::make_unique<Delivery>(network, *this));
      idle.push_back(deliveries.back().get());
    }
    Delivery& taken = *idle.back();
    idle.pop_back();
    return taken;
  }
};

void VirtualNetwork::Delivery::fire() {
  Parcel arrived = std::exchange(parcel, {});
  const auto& simulator = network_.simulator_;
  if (simulator.shard_of(arrived.from.node) == simulator.shard_of(arrived.to.node))
    home_.idle.push_back(this);
  else
    home_.give_back(*this);
  network_.arrive(arrived);
}

void VirtualNetwork::Delivery::prefetch(unsigned depth) const {
  if (parcel.to.node >= network_.nodes_.size()) return;
  const auto& node = network_.nodes_[parcel.to.node];
  switch (depth) {
    case 0:
      __builtin_prefetch(&parcel.message);
      __builtin_prefetch(&node);
      return __builtin_prefetch(&network_.simulator_.node(parcel.to.node));
    case 1:
      if (parcel.message) parcel.message->prefetch();
      return __builtin_prefetch(node.inbox);
    default:
      if (parcel.step == Step::single && node.inbox != nullptr) node.inbox->prefetch(depth - 2);
  }
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
  std::uint32_t address = 0;
  for (std::size_t i = 12; i < endpoint.address.size(); ++i) address = address << 8 | endpoint.address[i];
  return address - first_address;
}

PeerId VirtualNetwork::peer_id(std::uint64_t seed, std::uint32_t node) {
  // The first half is a bijection of the node's number, so that a million peers need no table of each other.
  const std::uint64_t first = mix(node ^ mix(seed));
  PeerId id;
  for (std::size_t byte = 0; byte < 8; ++byte) {
    id.bytes[byte] = static_cast<std::uint8_t>(first >> (8 * byte));
    id.bytes[byte + 8] = static_cast<std::uint8_t>(mix(~first) >> (8 * byte));
  }
  return id;
}

std::uint32_t VirtualNetwork::node_of(PeerId peer) const {
  std::uint64_t first = 0;
  for (std::size_t byte = 8; byte-- > 0;) first = first << 8 | peer.bytes[byte];
  return static_cast<std::uint32_t>(unmix(first) ^ mix(simulator_.seed()));
}

VirtualNetwork::Node& VirtualNetwork::slot(std::uint32_t node) {
  if (nodes_.size() <= node) nodes_.resize(node + 1);
  return nodes_[node];
}

bool VirtualNetwork::is_cut(std::uint32_t one, std::uint32_t other) const {
  if (!ever_cut_) return false;
  const Node nobody;
  const Node& a = one < nodes_.size() ? nodes_[one] : nobody;
  const Node& b = other < nodes_.size() ? nodes_[other] : nobody;
  return a.cut || b.cut || a.group != b.group ||
         (!cut_paths_.empty() && cut_paths_.contains(std::minmax(one, other)));
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
  slot(node).cut = cut;
  recheck_paths(node);
}

void VirtualNetwork::set_group(std::uint32_t node, std::uint32_t group) {
  slot(node).group = group;
  recheck_paths(node);
}

void VirtualNetwork::set_path_cut(std::uint32_t one, std::uint32_t other, bool cut) {
  if (cut)
    cut_paths_.insert(std::minmax(one, other));
  else
    cut_paths_.erase(std::minmax(one, other));
  recheck_paths(one);
}

void VirtualNetwork::recheck_paths(std::uint32_t node) {
  ever_cut_ = true;
  if (node >= nodes_.size() || nodes_[node].transport == nullptr) return;
  for (auto& [id, channel] : nodes_[node].transport->channels_) {
    channel->path_changed();
    if (auto* remote = channel->remote_end()) remote->path_changed();
  }
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

void VirtualNetwork::send(std::uint32_t source, std::uint32_t target, const Envelope& message,
                          bool reliable) {
  if (target >= nodes_.size() || is_cut(source, target)) return;
  const TimePoint now = simulator_.now_of(source);
  auto arrivals = travel_times(
      {.source = source, .target = target, .sequence = nodes_[source].sent++, .bytes = 0, .sent = now},
      reliable, message, nullptr);
  if (reliable && !arrivals.empty()) arrivals = Arrivals(arrivals.earliest());  // duplicates are recognized
  for (const Duration delay : arrivals)
    dispatch(now + delay, {.step = Step::single,
                           .priority = {},
                           .from = {source, {}},
                           .to = {target, {}},
                           .message = message,
                           .detail = {}});
}

void VirtualNetwork::dispatch(TimePoint arrival, Parcel parcel) {
  const auto source = parcel.from.node;
  const auto target = parcel.to.node;
  // Where no node is, nobody answers: whoever sent it finds out by silence.
  if (target >= simulator_.node_count()) return;
  // An envelope stays on its thread.
  if (parcel.message && simulator_.shard_of(source) != simulator_.shard_of(target))
    parcel.message = parcel.message->unshared();
  auto& delivery = depots_[simulator_.shard_of(source)]->take(*this);
  delivery.parcel = std::move(parcel);
  simulator_.schedule(delivery, arrival, target, source);
}

void VirtualNetwork::arrive(Parcel& parcel) {
  if (parcel.to.node >= nodes_.size()) return;
  auto& node = nodes_[parcel.to.node];
  if (parcel.step != Step::single) {
    if (node.transport != nullptr) node.transport->arrive(parcel);
  } else if (node.inbox != nullptr) {
    simulator_.node(parcel.to.node).trace(parcel.message->id().value());
    node.inbox->message_received(peer_id(simulator_.seed(), parcel.from.node), received(*parcel.message));
  }
}

Received VirtualNetwork::received(const Envelope& message) const {
  return options_.wire ? Received(message.id(), message.body()) : Received(message);
}

}  // namespace tutti
