#include "tutti/net/virtual/virtual_transport.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tutti/base/require.hpp"
#include "tutti/net/route/peer_endpoint.hpp"

namespace tutti {
namespace {

/// What one message counts for in queue_bytes(): its real size is unknown, since it is not encoded.
constexpr std::size_t nominal_message_bytes = 128;
/// Messages of a hundred bytes or so that a packet takes.
constexpr std::uint8_t messages_per_packet = 12;

}  // namespace

VirtualChannel::VirtualChannel(VirtualTransport& transport, ChannelId id, std::uint32_t remote_node,
                               bool outgoing)
    : transport_(transport), id_(id), remote_node_(remote_node), outgoing_(outgoing) {}

bool VirtualChannel::path_is_cut() const {
  const auto& cuts = transport_.network_.cuts_;
  const auto node = transport_.runtime_.node();
  if (const auto* over = detour())
    return over->lost || cuts.is_cut(node, over->relay) || cuts.is_cut(over->relay, remote_node_);
  return cuts.is_cut(node, remote_node_);
}

bool VirtualChannel::remote_lives() const {
  const auto& nodes = transport_.network_.nodes_;
  return transport_.network_.transport_at(remote_node_) != nullptr &&
         nodes[remote_node_].life == remote_life_;
}

VirtualChannel* VirtualChannel::remote_end() const {
  auto* remote = transport_.network_.transport_at(remote_node_);
  return remote != nullptr && knows_remote_end_ ? remote->find(remote_channel_) : nullptr;
}

std::uint32_t VirtualChannel::next_packet(TimePoint now) {
  if (now != packet_sent_ || ++packet_messages_ > messages_per_packet) {
    packet_sent_ = now;
    packet_messages_ = 1;
    ++packets_;
  }
  return packets_;
}

void VirtualChannel::post(Step step, Priority priority, std::optional<Envelope> message,
                          std::string_view detail) {
  if (broken_) return;
  const bool reliable = step != Step::unreliable;
  // Only messages are worth waiting for; a handshake that is cut off ends by its own timeout.
  if (path_is_cut()) return;
  const auto source = transport_.runtime_.node();
  const TimePoint now = this->now();
  auto arrivals = travel_times(now, reliable, message);
  if (reliable) {
    if (arrivals.empty()) return break_off();
    arrivals = Arrivals(arrivals.earliest());  // duplicates are recognized
  }
  for (const Duration delay : arrivals) {
    TimePoint arrival = now + delay;
    if (step == Step::message || step == Step::close) {
      auto& last = last_arrival_[static_cast<std::size_t>(priority)];
      arrival = std::max(arrival, last);
      if (step == Step::close) arrival = std::max(arrival, *std::ranges::max_element(last_arrival_));
      last = arrival;
    }
    transport_.network_.dispatch(
        arrival, {.step = step,
                  .priority = priority,
                  .from = {source, id_},
                  .to = {remote_node_, remote_channel_},
                  .message = message,
                  .detail = detail.empty() ? nullptr : std::make_shared<std::string>(detail)});
  }
}

void VirtualChannel::depart(const ExpiringQueue::Waiting& waiting) {
  const TimePoint now = this->now();
  if (bandwidth() && waiting.expired(now + queue_.backlog(now)))
    ++watched().expired;
  else
    post(Step::message, waiting.priority, waiting.message);
}

void VirtualChannel::send(const Envelope& message, Priority priority, Duration useful) {
  require(open_, "only an open channel takes messages");
  if (broken_) return;
  const bool cut = path_is_cut();
  if (!cut && !bandwidth()) return post(Step::message, priority, message);  // nothing ever waits
  ExpiringQueue::Waiting waiting{message, priority, now(), ExpiringQueue::expiry(now(), useful)};
  if (cut) {
    if (pause_ == nullptr) give_up();
    pause_->waiting.push(std::move(waiting));
    ++pause_->waiting_count[static_cast<std::size_t>(priority)];
  } else {
    depart(waiting);
  }
  if (!writable(priority)) watched().crowded[static_cast<std::size_t>(priority)] = true;
  watch();
}

bool VirtualChannel::send_unreliable(const Envelope& message) {
  require(open_, "only an open channel takes messages");
  post(Step::unreliable, Priority::high, message);
  return true;
}

std::size_t VirtualChannel::queue_bytes(Priority priority) const {
  const auto narrow = bandwidth();
  const auto waiting = pause_ == nullptr ? 0 : pause_->waiting_count[static_cast<std::size_t>(priority)];
  return nominal_message_bytes * waiting + (narrow ? queue_.backlog_bytes(now(), *narrow) : 0);
}

TimePoint VirtualChannel::now() const {
  return transport_.network_.simulator_.now_of(transport_.runtime_.node());
}

std::optional<Bandwidth> VirtualChannel::bandwidth() const {
  return transport_.network_.model_->bandwidth(
      {.source = transport_.runtime_.node(), .target = remote_node_, .sent = now()});
}

// ---- what becomes of messages that wait

VirtualChannel::Watch::Watch(VirtualChannel& channel)
    : timer(channel.transport_.runtime_, [&channel] {
        channel.watch_->due = TimePoint::max();
        channel.expire();
        channel.report();
      }) {}

VirtualChannel::Watch& VirtualChannel::watched() {
  if (watch_ == nullptr) watch_ = std::make_unique<Watch>(*this);
  return *watch_;
}

void VirtualChannel::expire() {
  if (pause_ == nullptr) return;
  pause_->waiting.expire(now(), [this](const ExpiringQueue::Waiting& expired) {
    --pause_->waiting_count[static_cast<std::size_t>(expired.priority)];
    ++watched().expired;
  });
}

void VirtualChannel::watch() {
  const TimePoint now = this->now();
  TimePoint due = watch_ != nullptr && watch_->expired > 0 ? now : TimePoint::max();
  if (pause_ != nullptr) {
    due = std::min(due, pause_->waiting.next_expiry());
  } else if (watch_ != nullptr && std::ranges::find(watch_->crowded, true) != watch_->crowded.end()) {
    const auto narrow = bandwidth();
    due = std::min(
        due, now + (narrow ? queue_.time_until_backlog(now, unsent_bytes_low, *narrow) : Duration::zero()));
  }
  if (due == TimePoint::max()) return;
  auto& watch = watched();
  if (watch.due <= due) return;
  watch.due = due;
  // The node's own clock may gain on the network's, and would stand still before the moment otherwise.
  watch.timer.arm(due - now + std::chrono::microseconds(1));
}

void VirtualChannel::report() {
  // The handler may end this channel.
  auto& transport = transport_;
  const auto id = id_;
  if (const auto count = std::exchange(watch_->expired, 0); count > 0)
    transport.handler_->messages_expired(*this, count);
  for (const auto priority : {Priority::high, Priority::medium, Priority::low}) {
    if (transport.find(id) == nullptr) return;
    auto& crowded = watch_->crowded[static_cast<std::size_t>(priority)];
    if (!crowded || !writable(priority)) continue;
    crowded = false;
    transport.handler_->channel_writable(*this, priority);
  }
  if (transport.find(id) != nullptr) watch();
}

void VirtualChannel::close(std::string_view why) {
  if (knows_remote_end_) post(Step::close, Priority::low, std::nullopt, why);
  auto& transport = transport_;
  const auto ended = transport.channels_.extract(id_);
  transport.network_.review_detours(transport.runtime_.node(), remote_node_);
}

void VirtualChannel::break_off() {
  broken_ = true;
  if (pause_ == nullptr) give_up();
  auto& network = transport_.network_;
  const auto source = transport_.runtime_.node();
  if (knows_remote_end_)
    network.dispatch(network.simulator_.now_of(source) + network.model_->delay_min(),
                     {.step = Step::silence,
                      .priority = {},
                      .from = {source, id_},
                      .to = {remote_node_, remote_channel_},
                      .message = {},
                      .detail = {}});
}

void VirtualChannel::path_changed() {
  if (broken_) return;
  if (path_is_cut()) {
    if (pause_ == nullptr) give_up();
    return;
  }
  if (!open_) return;                   // its patience is the handshake's
  if (remote_end() == nullptr) return;  // it ended while nobody could tell this side: silence goes on
  expire();
  const auto pause = std::exchange(pause_, nullptr);
  if (pause != nullptr)
    while (!pause->waiting.empty()) depart(pause->waiting.take());
  watch();
}

void VirtualChannel::give_up() {
  const auto& options = transport_.network_.options_;
  pause_ = std::make_unique<Pause>(transport_.runtime_, [this, was_open = open_] {
    const auto after =
        was_open ? transport_.network_.options_.idle_timeout : transport_.network_.options_.handshake_timeout;
    transport_.end(
        id_, {was_open ? CloseReason::timed_out : CloseReason::unreachable,
              fmt::format("no answer from {} for {:.1f} s", remote_endpoint().text(), in_seconds(after))});
  });
  pause_->patience.arm(open_ ? options.idle_timeout : options.handshake_timeout);
}

void VirtualChannel::fail(std::string why) {
  pause_ = std::make_unique<Pause>(transport_.runtime_, [this, why = std::move(why)] {
    transport_.end(id_, {CloseReason::unreachable, why});
  });
  pause_->patience.arm({});
}

VirtualTransport::VirtualTransport(VirtualNetwork& network, SimRuntime& runtime, PeerId id)
    : network_(network),
      runtime_(runtime),
      id_(id),
      first_channel_(network.nodes_[runtime.node()].next_channel) {}

VirtualTransport::~VirtualTransport() {
  for (auto& [id, channel] : channels_)
    if (channel->knows_remote_end_)
      channel->post(VirtualNetwork::Step::close, Priority::low, std::nullopt, "leaving");
  vanish();
}

void VirtualTransport::vanish() {
  if (network_.nodes_[runtime_.node()].transport == this)
    network_.nodes_[runtime_.node()].transport = nullptr;
  if (std::exchange(vanished_, true)) return;
  for (const auto& [id, channel] : channels_) {
    // It stays for whoever holds it and is being stopped: what is said now is heard by nobody.
    channel->broken_ = true;
    channel->pause_.reset();
    channel->watch_.reset();
    if (auto* end = channel->remote_end(); end != nullptr && end->pause_ == nullptr) end->give_up();
  }
  network_.review_detours_over(*this);
}

VirtualChannel& VirtualTransport::add(std::uint32_t remote_node, bool outgoing) {
  const ChannelId id(network_.nodes_[runtime_.node()].next_channel++);
  return *channels_.emplace(id, std::make_unique<VirtualChannel>(*this, id, remote_node, outgoing))
              .first->second;
}

VirtualChannel* VirtualTransport::find(ChannelId id) {
  const auto found = channels_.find(id);
  return found == channels_.end() ? nullptr : found->second.get();
}

Channel& VirtualTransport::connect(const Endpoint& endpoint, std::optional<PeerId> expected) {
  require(handler_ != nullptr, "a transport is started before it connects");
  const auto peer = peer_at(endpoint);
  if (peer && !expected) expected = peer;
  auto& channel = add(peer ? network_.node_of(*peer) : VirtualNetwork::node_of(endpoint), true);
  channel.expects_ = expected.has_value();
  channel.remote_ = expected.value_or(PeerId{});
  channel.give_up();
  const bool may_arrive =
      peer ? be_introduced(channel)
           : network_.nats_.way(runtime_.node(), channel.remote_node_) == NatLayout::Way::open;
  if (may_arrive) channel.post(VirtualNetwork::Step::request, Priority::high, std::nullopt);
  return channel;
}

void VirtualTransport::end(ChannelId id, const Closing& closing) {
  const auto node = channels_.extract(id);
  require(!node.empty(), "a channel ends once");
  network_.review_detours(runtime_.node(), node.mapped()->remote_node_);
  handler_->channel_closed(*node.mapped(), closing);
}

void VirtualTransport::reset(const VirtualNetwork::Parcel& parcel) {
  const auto node = runtime_.node();
  if (network_.cuts_.is_cut(node, parcel.from.node)) return;
  const TimePoint now = network_.simulator_.now_of(node);
  const auto arrivals = network_.travel_times({.source = node,
                                               .target = parcel.from.node,
                                               .sequence = runtime_.next_letter(),
                                               .bytes = 0,
                                               .sent = now},
                                              false, std::nullopt, nullptr);
  if (arrivals.empty()) return;
  network_.dispatch(
      now + arrivals.earliest(),
      {.step = VirtualNetwork::Step::close,
       .priority = Priority::low,
       .from = parcel.to,
       .to = parcel.from,
       .message = {},
       .detail = std::make_shared<std::string>("it has started again and knows nothing of this connection")});
}

void VirtualTransport::arrive(VirtualNetwork::Parcel& parcel) {
  using Step = VirtualNetwork::Step;
  if (parcel.step == Step::request) {
    if (handler_ == nullptr) return;
    auto& channel = add(parcel.from.node, false);
    channel.remote_channel_ = parcel.from.channel;
    channel.knows_remote_end_ = true;
    if (const auto* caller = channel.remote_end(); caller != nullptr && caller->detour() != nullptr)
      channel.detour_ = std::make_unique<VirtualChannel::Detour>(*caller->detour());
    channel.give_up();
    channel.post(Step::answer, Priority::high, std::nullopt);
    return;
  }
  auto* channel = find(parcel.to.channel);
  if (channel == nullptr) {
    const bool says_something = parcel.step == Step::message || parcel.step == Step::unreliable;
    if (says_something && parcel.to.channel < first_channel_) reset(parcel);
    return;
  }
  const auto learn_remote = [&] {
    channel->remote_channel_ = parcel.from.channel;
    channel->knows_remote_end_ = true;
    const auto* remote = network_.transport_at(parcel.from.node);
    if (remote == nullptr) return false;
    channel->remote_ = remote->id_;
    channel->remote_life_ = network_.nodes_[parcel.from.node].life;
    return true;
  };
  const auto open = [&] {
    channel->open_ = true;
    auto early = std::move(std::exchange(channel->pause_, nullptr)->early);
    if (channel->path_is_cut() || !channel->remote_lives()) channel->give_up();
    review_lost_detours();
    handler_->channel_opened(*channel);
    for (auto& message : early) arrive(message);
  };
  switch (parcel.step) {
    case Step::request:
      break;
    case Step::silence:
      channel->broken_ = true;
      if (channel->pause_ == nullptr) channel->give_up();
      return;
    case Step::answer: {
      const PeerId expected = channel->remote_;
      if (!learn_remote()) return;
      if (channel->expects_ && channel->remote_ != expected) {
        channel->post(Step::close, Priority::low, std::nullopt, "it expected another peer");
        return end(parcel.to.channel, {CloseReason::wrong_identity,
                                       fmt::format("{} is peer {}, not {}", channel->remote_endpoint().text(),
                                                   channel->remote_.text(), expected.text())});
      }
      return channel->post(Step::confirm, Priority::high, std::nullopt);
    }
    case Step::confirm:
      if (!learn_remote()) return;
      channel->post(Step::admit, Priority::high, std::nullopt);
      return open();
    case Step::admit:
      return open();
    case Step::message:
    case Step::unreliable: {
      if (!channel->open_) {  // overtook the last step of the handshake
        if (parcel.step == Step::message) channel->pause_->early.push_back(std::move(parcel));
        return;
      }
      runtime_.trace(parcel.message->id().value());
      return handler_->message_received(*channel, network_.received(*parcel.message));
    }
    case Step::close:
      return end(parcel.to.channel, {CloseReason::closed_by_remote, parcel.detail ? *parcel.detail : ""});
  }
}

}  // namespace tutti
