#include "tutti/link/link_manager.hpp"

#include <algorithm>
#include <utility>

#include "tutti/base/require.hpp"
#include "tutti/base/text.hpp"
#include "tutti/net/route/peer_endpoint.hpp"

namespace tutti {
namespace {

/// Two channels between the same peers that opened within this of each other were begun at once.
constexpr Duration simultaneous = std::chrono::seconds(5);
/// A link that lasted this long was a success: the next pause starts small again.
constexpr Duration settled = std::chrono::seconds(5);
/// A peer that is named with many endpoints is tried at one after the other, so that it gets one link and not
/// one after the other, too.
constexpr Duration next_endpoint_after = std::chrono::seconds(1);
/// Peers remembered for having broken a rule; beyond it the oldest are forgiven.
constexpr std::size_t refusals_max = 1024;

/// What the link floor says itself, of where peers are and whom they know.
bool is_upkeep(MessageId id) {
  return id >= first_upkeep_message && id <= last_upkeep_message;
}

bool is_needed(const LinkManager::Link& link) {
  return link.used || !link.released;
}

std::string goal_text(const LinkTarget& goal) {
  const auto peer = peer_at(goal.endpoint);
  return peer ? "peer " + peer->brief() : goal.endpoint.text();
}

/// Who is at the other end, and where, unless the endpoint says no more than who.
std::string whereabouts(const Channel& channel) {
  const auto place = channel.remote_endpoint();
  const auto who = channel.remote().brief();
  return peer_at(place) == channel.remote() ? who : fmt::format("{} ({})", place_text(place), who);
}

}  // namespace

struct LinkManager::Target {
  Target(LinkManager& manager, const LinkTarget& its_goal, bool is_candidate)
      : goal(its_goal),
        candidate(is_candidate),
        reached(is_candidate ? its_goal.peer : std::nullopt),
        backoff(manager.options_.backoff),
        retry(manager.peer_->runtime(), [this, &manager] { manager.connect(*this); }) {}

  LinkTarget goal;
  bool candidate;
  std::size_t failures = 0;  // of a candidate, in a row
  bool given_up = false;
  std::optional<ChannelId> channel;  // while we are connecting, and as long as that channel lives
  std::optional<PeerId> reached;     // who was found there last; of a candidate, who is to be
  std::string last_failure;          // said once, not at every try
  Backoff backoff;
  Timer retry;
};

struct LinkManager::Newcomer {
  Newcomer(LinkManager& manager, Channel& its_channel)
      : channel(&its_channel), patience(manager.peer_->runtime(), [&manager, this] {
          manager.refuse(*channel, "it did not introduce itself");
        }) {
    patience.arm(manager.options_.hello_timeout);
  }

  Channel* channel;
  Timer patience;
};

LinkManager::LinkManager(std::unique_ptr<Transport> transport, LinkOptions options)
    : transport_(std::move(transport)), options_(std::move(options)) {
  options_.name.resize(std::min(options_.name.size(), name_bytes_max));
  require(options_.network.size() <= network_bytes_max, "a network's name is at most network_bytes_max long");
}

LinkManager::~LinkManager() = default;

void LinkManager::init(Peer& peer) {
  peer_ = &peer;
  peer.set_carrier(*this);
  executioner_.emplace(peer.runtime(), [this] { end_condemned(); });
  const auto meter = peer.measure();
  counts_ = {.sent = {meter.counter("link.sent_high"), meter.counter("link.sent_medium"),
                      meter.counter("link.sent_low")},
             .sent_unreliable = meter.counter("link.sent_unreliable"),
             .expired = meter.counter("link.expired"),
             .received = meter.counter("link.received"),
             .ups = meter.counter("link.ups"),
             .downs = meter.counter("link.downs"),
             .refused = meter.counter("link.refused"),
             .links = meter.gauge("link.links")};
}

void LinkManager::start() {
  transport_->start(*this);
  for (const auto& target : std::exchange(options_.targets, {})) add_target(target);
}

void LinkManager::stop() {
  executioner_.reset();
  counts_.links.add(-static_cast<double>(links_.size()));  // others may share the gauge
  targets_.clear();
  newcomers_.clear();
  transport_.reset();
}

void LinkManager::add_target(const LinkTarget& target) {
  connect(*targets_.emplace_back(std::make_unique<Target>(*this, target, false)));
}

bool LinkManager::add_candidate(const LinkTarget& target) {
  if (target.peer && (*target.peer == peer_->id() || links_.contains(*target.peer))) return false;
  // Only here, where no handler is in the middle of one of them.
  std::erase_if(targets_, [](const auto& known) { return known->given_up; });
  if (std::ranges::any_of(targets_, [&](const auto& known) {
        return known->goal.endpoint == target.endpoint &&
               (!known->goal.peer || !target.peer || known->goal.peer == target.peer);
      }))
    return false;
  const auto candidates = std::ranges::count_if(targets_, [](const auto& known) { return known->candidate; });
  if (static_cast<std::size_t>(candidates) >= options_.candidates_max) return false;
  const auto same_peer = std::ranges::count_if(
      targets_, [&](const auto& known) { return target.peer && known->reached == target.peer; });
  auto& added = *targets_.emplace_back(std::make_unique<Target>(*this, target, true));
  added.retry.arm(same_peer * next_endpoint_after);
  return true;
}

void LinkManager::connect(Target& target) {
  if (target.reached && links_.contains(*target.reached)) return;  // that peer has connected to us meanwhile
  if (const auto peer = peer_at(target.goal.endpoint); peer && introducer_ != nullptr) {
    if (links_.contains(*peer)) {
      target.reached = peer;
      return;
    }
    if (!introducer_->introduce(*peer)) {
      target.last_failure = "no neighbour could be asked to introduce it";
      return retry_later(target);
    }
  }
  target.channel = transport_->connect(target.goal.endpoint, target.goal.peer).id();
}

void LinkManager::retry_later(Target& target) {
  target.channel.reset();
  if (target.candidate && ++target.failures >= options_.candidate_failures_max) {
    target.given_up = true;
    peer_->log()(LogLevel::debug, "{} is given up", goal_text(target.goal));
    return;
  }
  target.retry.arm(target.backoff.next(peer_->random()));
}

void LinkManager::network_changed() {
  for (const auto& target : targets_) {
    if (!target->retry.armed()) continue;
    target->backoff.reset();
    target->retry.arm({});
  }
}

LinkManager::Target* LinkManager::target_of(ChannelId channel) {
  const auto found =
      std::ranges::find_if(targets_, [&](const auto& target) { return target->channel == channel; });
  return found == targets_.end() ? nullptr : found->get();
}

void LinkManager::retry_targets_of(PeerId peer, bool needed) {
  for (auto& target : targets_)
    if (target->reached == peer && !target->channel && !target->retry.armed()) lose(*target, needed);
}

void LinkManager::lose(Target& target, bool needed) {
  if (needed || !target.candidate) return retry_later(target);
  target.channel.reset();
  target.given_up = true;
}

void LinkManager::channel_opened(Channel& channel) {
  newcomers_.try_emplace(channel.id(), *this, channel);
  // Each class is a stream of its own and may overtake the others, so each begins with the Hello.
  const Envelope hello(Hello{.protocol = link_protocol_version,
                             .network = options_.network,
                             .name = options_.name,
                             .incarnation = peer_->origin().incarnation,
                             .proof = options_.secret ? membership_proof(*options_.secret, peer_->id(),
                                                                         channel.remote(), options_.network)
                                                      : Bytes{}});
  for (const auto priority : {Priority::high, Priority::medium, Priority::low}) channel.send(hello, priority);
}

void LinkManager::message_received(Channel& channel, const Received& message) {
  const bool is_hello = message.id() == MessageTraits<Hello>::id;
  if (newcomers_.contains(channel.id())) {
    if (!is_hello) return;  // only a datagram can overtake all the Hellos, and datagrams may be lost
    // The Hello is copied: accepting or refusing it may end the channel and with it the message.
    std::optional<Hello> hello;
    const auto opened = message.open<Hello>([&](const Hello& received) { hello = received; });
    if (!opened) return refuse(channel, "its Hello is malformed");
    return hello_received(channel, *hello);
  }
  const auto from = channel.remote();
  const auto link = links_.find(from);
  if (is_hello || link == links_.end() || link->second.condemned) return;
  counts_.received.add();
  if (!is_upkeep(message.id())) link->second.used = true;
  const auto delivered = peer_->deliver(from, message);
  if (!delivered)
    disconnect(from, fmt::format("a message of kind {:#06x} is malformed: {}", message.id().value(),
                                 describe(delivered.error())));
}

std::optional<std::string> LinkManager::reason_to_refuse(const Channel& channel, const Hello& hello) {
  if (hello.protocol != link_protocol_version)
    return fmt::format("link protocol {} does not go together with {}", hello.protocol,
                       link_protocol_version);
  if (hello.network.size() > network_bytes_max || hello.name.size() > name_bytes_max)
    return "its names are too long";
  if (hello.network != options_.network)
    return fmt::format("'{}' does not go together with '{}'", hello.network, options_.network);
  if (channel.remote() == peer_->id()) return "it is this peer itself";
  if (options_.secret &&
      !proves_membership(hello.proof, *options_.secret, channel.remote(), peer_->id(), options_.network))
    return "it does not know the session's secret";
  if (!options_.secret && !hello.proof.empty())
    return "its session has a secret that this peer does not know";
  if (const auto* refusal = refusal_of(channel.remote()))
    return fmt::format("it is refused for {} more: {}", describe(refusal->until - peer_->now()),
                       refusal->why);
  if (links_.size() >= options_.links_max && !links_.contains(channel.remote()))
    return fmt::format("there are {} links already", options_.links_max);
  return std::nullopt;
}

bool LinkManager::supersedes(const Channel& channel, const Hello& hello, const Link& present) const {
  if (hello.incarnation != present.incarnation) return true;  // the peer died and came back before we noticed
  if (peer_->now() - present.since > simultaneous) return true;
  if (channel.outgoing() == present.channel->outgoing()) return true;
  const bool began_by_smaller = channel.outgoing() == (peer_->id() < channel.remote());
  return began_by_smaller;
}

void LinkManager::hello_received(Channel& channel, const Hello& hello) {
  if (const auto why = reason_to_refuse(channel, hello)) return refuse(channel, *why);
  const PeerId remote = channel.remote();
  if (auto* target = target_of(channel.id())) {
    target->reached = remote;
    target->failures = 0;
    target->last_failure.clear();
  }
  if (const auto present = links_.find(remote); present != links_.end()) {
    if (!supersedes(channel, hello, present->second)) {
      newcomers_.erase(channel.id());
      if (auto* target = target_of(channel.id())) target->channel.reset();
      return channel.close("there is a link already");
    }
    Channel& old = *present->second.channel;
    if (auto* target = target_of(old.id())) target->channel.reset();
    links_.erase(present);
    old.close("a newer link takes its place");
    link_is_down(remote);
  }
  newcomers_.erase(channel.id());
  links_.emplace(remote, Link{&channel, hello.name, hello.incarnation, peer_->now()});
  const auto place = channel.remote_endpoint();
  peer_->log()(LogLevel::info, "linked with {} ({}) {} {}", hello.name, remote.brief(),
               peer_at(place) ? "over" : "at", place_text(place));
  link_is_up(remote);
}

void LinkManager::link_is_up(PeerId peer) {
  counts_.ups.add();
  counts_.links.add(1);
  peer_->link_up(peer);
}

void LinkManager::link_is_down(PeerId peer) {
  counts_.downs.add();
  counts_.links.add(-1);
  peer_->link_down(peer);
}

void LinkManager::refuse(Channel& channel, std::string_view why) {
  counts_.refused.add();
  auto* target = target_of(channel.id());
  // The other end of what this peer has itself begun is told of there.
  const bool news =
      target != nullptr ? std::exchange(target->last_failure, why) != why : channel.remote() != peer_->id();
  if (news) peer_->log()(LogLevel::warning, "no link with {}: {}", whereabouts(channel), why);
  newcomers_.erase(channel.id());
  channel.close(fmt::format("refused by {}: {}", options_.name, why));
  if (target != nullptr) retry_later(*target);
}

void LinkManager::channel_closed(Channel& channel, const Closing& closing) {
  const bool was_newcomer = newcomers_.erase(channel.id()) > 0;
  auto* target = target_of(channel.id());
  const auto link = links_.find(channel.remote());
  const bool was_link = link != links_.end() && link->second.channel == &channel;
  const bool needed = !was_link || is_needed(link->second);
  if (was_link) {
    if (target != nullptr && peer_->now() - link->second.since > settled) target->backoff.reset();
    peer_->log()(LogLevel::info, "link with {} ({}) is down: {}: {}", link->second.name,
                 channel.remote().brief(), describe(closing.reason), closing.detail);
    links_.erase(link);
  }
  if (was_newcomer && target == nullptr && channel.remote() != peer_->id())
    peer_->log()(LogLevel::warning, "no link with {}: {}: {}", whereabouts(channel), describe(closing.reason),
                 closing.detail);
  if (target != nullptr) {
    if (!was_link && target->last_failure != closing.detail) {
      peer_->log()(target->candidate ? LogLevel::debug : LogLevel::warning,
                   "no link with {}: {}: {}; trying again", goal_text(target->goal), describe(closing.reason),
                   closing.detail);
      target->last_failure = closing.detail;
    }
    lose(*target, needed);
  }
  if (was_link) {
    const PeerId remote = channel.remote();
    link_is_down(remote);
    retry_targets_of(remote, needed);
  }
}

void LinkManager::condemn(PeerId peer, std::string why) {
  const auto link = links_.find(peer);
  if (link == links_.end() || link->second.condemned) return;
  link->second.condemned = std::move(why);
  executioner_->arm({});
}

void LinkManager::end_condemned() {
  for (;;) {
    const auto link =
        std::ranges::find_if(links_, [](const auto& entry) { return entry.second.condemned.has_value(); });
    if (link == links_.end()) return;
    const auto [peer, ended] = std::pair(link->first, std::move(link->second));
    links_.erase(link);
    const bool needed = is_needed(ended);
    peer_->log()(needed ? LogLevel::warning : LogLevel::info, "link with {} ({}) is cut: {}", ended.name,
                 peer.brief(), *ended.condemned);
    if (auto* target = target_of(ended.channel->id())) lose(*target, needed);
    ended.channel->close(*ended.condemned);
    link_is_down(peer);
    retry_targets_of(peer, needed);
  }
}

void LinkManager::disconnect(PeerId culprit, std::string_view why) {
  if (refusal_of(culprit) == nullptr) {
    if (refusals_.size() >= refusals_max) refusals_.erase(refusals_.begin());
    refusals_.push_back({culprit, peer_->now() + options_.penalty, std::string(why)});
  }
  condemn(culprit, std::string(why));
}

bool LinkManager::take_use(PeerId peer) {
  const auto link = links_.find(peer);
  if (link == links_.end() || !std::exchange(link->second.used, false)) return false;
  link->second.released = false;
  return true;
}

void LinkManager::release(PeerId peer) {
  if (const auto link = links_.find(peer); link != links_.end()) {
    link->second.used = false;
    link->second.released = true;
  }
}

bool LinkManager::insists_on(PeerId peer) const {
  return std::ranges::any_of(
      targets_, [&](const auto& target) { return !target->candidate && target->reached == peer; });
}

std::vector<PeerId> LinkManager::neighbours() const {
  std::vector<PeerId> neighbours;
  neighbours.reserve(links_.size());
  for (const auto& [peer, link] : links_) neighbours.push_back(peer);
  return neighbours;
}

std::vector<std::pair<LinkTarget, std::string>> LinkManager::failures() const {
  std::vector<std::pair<LinkTarget, std::string>> failures;
  for (const auto& target : targets_)
    if (!target->last_failure.empty() && !(target->reached && links_.contains(*target->reached)))
      failures.emplace_back(target->goal, target->last_failure);
  return failures;
}

const LinkManager::Refusal* LinkManager::refusal_of(PeerId peer) {
  std::erase_if(refusals_, [&](const Refusal& refusal) { return refusal.until <= peer_->now(); });
  const auto found = std::ranges::find(refusals_, peer, &Refusal::peer);
  return found == refusals_.end() ? nullptr : &*found;
}

bool LinkManager::send(PeerId to, const Envelope& message, Priority priority, Duration useful) {
  const auto link = links_.find(to);
  if (link == links_.end() || link->second.condemned) return false;
  if (link->second.channel->queue_bytes(priority) >= options_.queue_bytes_max) {
    // Bulk can wait; for the other classes a receiver that cannot follow is better off comparing notes later.
    if (priority != Priority::low)
      condemn(to, fmt::format("it does not keep up: {} bytes wait", options_.queue_bytes_max));
    return false;
  }
  link->second.channel->send(message, priority, useful);
  if (!is_upkeep(message.id())) link->second.used = true;
  counts_.sent[static_cast<std::size_t>(priority)].add();
  return true;
}

bool LinkManager::send_unreliable(PeerId to, const Envelope& message) {
  const auto link = links_.find(to);
  if (link == links_.end() || link->second.condemned || !link->second.channel->send_unreliable(message))
    return false;
  link->second.used = true;
  counts_.sent_unreliable.add();
  return true;
}

std::size_t LinkManager::queue_bytes(PeerId to, Priority priority) const {
  const auto link = links_.find(to);
  return link == links_.end() ? 0 : link->second.channel->queue_bytes(priority);
}

bool LinkManager::writable(PeerId to, Priority priority) const {
  const auto link = links_.find(to);
  return link != links_.end() && !link->second.condemned && link->second.channel->writable(priority);
}

void LinkManager::channel_writable(Channel& channel, Priority priority) {
  const auto link = links_.find(channel.remote());
  if (link != links_.end() && link->second.channel == &channel && !link->second.condemned)
    peer_->writable_again(link->first, priority);
}

void LinkManager::messages_expired(Channel& /*channel*/, std::size_t count) {
  counts_.expired.add(count);
}

}  // namespace tutti
