// Channels between peers who are brought together by a third, behind NATs or not.
#include <algorithm>
#include <iterator>

#include "tutti/base/require.hpp"
#include "tutti/net/route/birthday.hpp"
#include "tutti/net/route/peer_endpoint.hpp"
#include "tutti/net/virtual/virtual_transport.hpp"

namespace tutti {
namespace {

/// Names the draws of the second half of a detour, which are the relay's own packets otherwise.
constexpr std::uint64_t second_half = std::uint64_t{1} << 55;

/// From the first probe of a birthday probing to the first that meets a socket, in the mean.
constexpr Duration birthday_mean = Birthday::pause * (65'536 - Birthday::first_port) / Birthday::sockets_max;

}  // namespace

void VirtualNetwork::set_nats(NatLayout nats) {
  require(simulator_.shard_count() == 1, "a network with NATs is simulated by one shard");
  nats_ = std::move(nats);
}

std::optional<std::uint32_t> VirtualNetwork::common_neighbour(std::uint32_t one, std::uint32_t other,
                                                              Random& random) const {
  const auto* first = transport_at(one);
  const auto* second = transport_at(other);
  if (first == nullptr || second == nullptr) return std::nullopt;
  std::vector<std::uint32_t> common;
  std::ranges::set_intersection(first->direct_neighbours(), second->direct_neighbours(),
                                std::back_inserter(common));
  if (common.empty()) return std::nullopt;
  return common[random.below(common.size())];
}

void VirtualNetwork::review_detours(std::uint32_t one, std::uint32_t other) {
  if (!ever_introduced_) return;
  for (const auto& [node, relay] : {std::pair(one, other), std::pair(other, one)})
    if (const auto* transport = transport_at(node))
      for (const auto& [id, channel] : transport->channels_)
        if (const auto* detour = channel->detour(); detour != nullptr && detour->relay == relay)
          channel->review_detour();
}

void VirtualNetwork::review_detours_over(const VirtualTransport& relay) {
  for (const auto& [id, channel] : relay.channels_)
    review_detours(channel->remote_node_, relay.runtime_.node());
}

const VirtualChannel::Detour* VirtualChannel::detour() const {
  if (detour_ == nullptr) return nullptr;
  const auto now = transport_.network_.simulator_.now_of(transport_.runtime_.node());
  return now < detour_->until ? detour_.get() : nullptr;
}

Endpoint VirtualChannel::remote_endpoint() const {
  if (const auto* over = detour())
    return peer_endpoint(VirtualNetwork::peer_id(transport_.network_.simulator_.seed(), over->relay));
  return VirtualNetwork::endpoint_of(remote_node_);
}

Arrivals VirtualChannel::travel_times(TimePoint now, bool reliable, const std::optional<Envelope>& message) {
  const auto& network = transport_.network_;
  Passage passage{.source = transport_.runtime_.node(),
                  .target = remote_node_,
                  .sequence = id_.value() << 32 | next_packet(now),
                  .bytes = 0,
                  .sent = now};
  const auto* over = detour();
  if (over == nullptr) {
    detour_.reset();
    return network.travel_times(passage, reliable, message, &queue_);
  }
  passage.target = over->relay;
  const auto first = network.travel_times(passage, reliable, message, &queue_);
  if (first.empty()) return first;
  passage.source = over->relay;
  passage.target = remote_node_;
  passage.sequence |= second_half;
  passage.sent += first.earliest();
  auto both = network.travel_times(passage, reliable, message, nullptr);
  for (Duration& delay : both) delay += first.earliest();
  return both;
}

void VirtualChannel::review_detour() {
  const auto* over = detour();
  if (over == nullptr) return;
  auto& network = transport_.network_;
  const auto neighbours_of = [&](std::uint32_t node) {
    const auto* transport = network.transport_at(node);
    return transport == nullptr ? std::vector<std::uint32_t>() : transport->direct_neighbours();
  };
  const auto node = transport_.runtime_.node();
  if (std::ranges::binary_search(neighbours_of(node), over->relay) &&
      std::ranges::binary_search(neighbours_of(remote_node_), over->relay) && !over->lost)
    return;
  const auto other = network.common_neighbour(node, remote_node_, transport_.runtime_.random());
  for (auto* end : {this, remote_end()}) {
    if (end == nullptr || end->detour_ == nullptr) continue;
    end->detour_->lost = !other;
    end->detour_->relay = other.value_or(end->detour_->relay);
    end->path_changed();
  }
}

std::vector<std::uint32_t> VirtualTransport::direct_neighbours() const {
  std::vector<std::uint32_t> nodes;
  for (const auto& [id, channel] : channels_)
    if (channel->open_ && !channel->broken_ && channel->detour() == nullptr && channel->remote_lives() &&
        !channel->path_is_cut())
      nodes.push_back(channel->remote_node_);
  std::ranges::sort(nodes);
  const auto [first, last] = std::ranges::unique(nodes);
  nodes.erase(first, last);
  return nodes;
}

void VirtualTransport::review_lost_detours() {
  if (!network_.ever_introduced_) return;
  for (const auto& [id, channel] : channels_)
    if (const auto* detour = channel->detour(); detour != nullptr && detour->lost) channel->review_detour();
}

bool VirtualTransport::be_introduced(VirtualChannel& channel) {
  const auto node = runtime_.node();
  const auto remote = channel.remote_node_;
  if (direct_neighbours().empty()) {
    channel.fail("no neighbour could be asked to introduce it");
    return false;
  }
  const auto relay = network_.common_neighbour(node, remote, runtime_.random());
  if (!relay) return false;
  network_.ever_introduced_ = true;
  const TimePoint now = network_.simulator_.now_of(node);
  // The request and where the other one is seen, then a check and its response.
  TimePoint until = now;
  for (const auto& [source, target] :
       {std::pair(node, *relay), std::pair(*relay, node), std::pair(node, remote), std::pair(remote, node)}) {
    const auto arrivals = network_.travel_times(
        {.source = source, .target = target, .sequence = runtime_.next_letter(), .bytes = 0, .sent = until},
        true, std::nullopt, nullptr);
    until = arrivals.empty() ? TimePoint::max() : until + arrivals.earliest();
    if (arrivals.empty()) break;
  }
  const auto way = network_.nats_.way(node, remote);
  if (way == NatLayout::Way::none)
    until = TimePoint::max();
  else if (way == NatLayout::Way::by_birthday && until != TimePoint::max())
    until += Birthday::delay + from_seconds(in_seconds(birthday_mean) * runtime_.random().exponential());
  channel.detour_ = std::make_unique<VirtualChannel::Detour>(*relay, until, false);
  return true;
}

}  // namespace tutti
