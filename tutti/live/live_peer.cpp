#include "tutti/live/live_peer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tutti/link/link_layer.hpp"
#include "tutti/live/bootstrap/bootstraps.hpp"
#include "tutti/live/bootstrap/seed_list.hpp"
#include "tutti/live/build.hpp"
#include "tutti/live/disk_store.hpp"
#include "tutti/live/live_transport.hpp"
#include "tutti/live/surroundings.hpp"
#include "tutti/net/identity.hpp"
#include "tutti/net/route/peer_endpoint.hpp"
#include "tutti/overlay/flood.hpp"

namespace tutti {
namespace {

/// What a ticket says of where members are. Some of them may have gone; one that is found is enough.
struct Members {
  std::vector<LinkTarget> targets{};
  std::vector<Seed> named{};  ///< by a host's name, which is not known where there is no network yet
};

Members members_of(const Ticket& ticket, const Log& log) {
  Members members;
  for (const auto& address : ticket.addresses) {
    if (const auto target = parse_target(address))
      members.targets.push_back(*target);
    else if (const auto seeds = parse_seeds(address); seeds && !seeds->empty())
      members.named.push_back(seeds->front());
    else
      log(LogLevel::warning, "an address of the ticket is of no use: {}", target.error());
  }
  return members;
}

constexpr Duration backlog_pause = std::chrono::milliseconds(5);
constexpr std::size_t links_wanted_with_ticket = 3;

/// What in a stored past is none of the application.
std::optional<std::string> refusal(const symmetric::StoredPast& past,
                                   const LivePeer::Application& application) {
  if (past.foundation.tick > symmetric::Tick(0) && !application.is_image(past.foundation.image))
    return "holds a state that is none of this application's";
  for (const auto& event : past.events)
    if (!application.is_event(event.said.event)) return "holds an event that is none of this application's";
  return std::nullopt;
}

}  // namespace

/// Makes the number of links readable from the application's thread, and tells of each who finds others.
class LivePeer::LinkWitness final : public Peerlet {
 public:
  explicit LinkWitness(LivePeer& live) : live_(live) {}
  void link_up(PeerId peer) override {
    live_.link_count_.fetch_add(1, std::memory_order_relaxed);
    if (!live_.bootstraps_) return;
    const auto endpoint = live_.links_->links().at(peer).channel->remote_endpoint();
    if (!peer_at(endpoint)) live_.bootstraps_->linked({endpoint, peer});  // at a place, not only by name
  }
  void link_down(PeerId /*peer*/) override { live_.link_count_.fetch_sub(1, std::memory_order_relaxed); }

 private:
  LivePeer& live_;
};

LivePeer::LivePeer(const LiveOptions& options, PeerId id)
    : id_(id),
      watches_(options.watch || (options.ticket && options.ticket->is_for_spectators())),
      runtime_({.log = options.log}),
      recorder_(runtime_.now(), id),
      backlog_timer_(runtime_, [this] { drain_backlog(); }) {}

std::expected<std::unique_ptr<LivePeer>, std::string> LivePeer::open(const LiveOptions& options,
                                                                     const Application& application) {
  auto identity_file = options.identity_file;
  if (identity_file.empty() && !options.store.empty()) identity_file = options.store.string() + ".key";
  auto identity = identity_file.empty() ? Identity::generate() : Identity::load_or_create(identity_file);
  if (!identity) return std::unexpected(identity.error());
  std::unique_ptr<LivePeer> live(new LivePeer(options, identity->peer()));
  auto& runtime = live->runtime_;

  if (!options.prometheus.empty()) {
    auto server = lab::PrometheusServer::open(options.prometheus, identity->peer());
    if (!server) return std::unexpected(server.error());
    live->prometheus_ = *std::move(server);
  }
  auto carried = LiveTransport::open(runtime, *identity, options.listen, options.network_model, options.quic);
  if (!carried) return std::unexpected(carried.error());
  auto& [transport, routes, impaired] = *carried;
  live->impaired_ = impaired;
  live->endpoint_ = transport->local_endpoint();

  LinkLayerOptions layer{
      .links = options.link,
      .mesh = {.wanted = options.links_wanted.value_or(options.ticket ? links_wanted_with_ticket : 0)}};
  auto& link = layer.links;
  auto bootstraps = options.bootstraps;
  const bool is_signed = options.sign || (options.ticket && options.ticket->key);
  const auto network_named = [&](std::string name) {
    name = symmetric::network_of(std::move(name), options.lockstep);
    if (is_signed) name += " signed";
    if (options.ticket) name += fmt::format(" of {:08x}", options.ticket->session);
    return name;
  };
  // What is signed, stored and looked for outlives a build.
  const auto network = network_named(application.network);
  auto build = application.build.empty() ? build_of_this_program() : application.build;
  if (!build) return std::unexpected(build.error());
  link.network = network_named(application.network + " build " + *build);
  link.name = options.name;
  link.targets = options.links;
  if (options.ticket) {
    link.secret = options.ticket->secret;
    auto members = members_of(*options.ticket, options.log);
    std::ranges::copy(members.targets, std::back_inserter(link.targets));
    if (!members.named.empty()) bootstraps.push_back(seed_list(std::move(members.named)));
  }
  // Without a ticket nobody outside is expected.
  live->surroundings_ = std::make_unique<Surroundings>(
      runtime, live->endpoint_, options.ticket ? options.port_mappers : std::vector<PortMapperOpener>{});
  layer.introductions = live->surroundings_->introductions();
  layer.introductions.relay = options.relay;
  live->session_tag_ = session_tag(network);
  FloodOptions flood;
  if (is_signed) {
    flood.signing = Signing{.identity = *identity, .network = network};
    if (options.ticket && options.ticket->key) {
      const auto& [issuer, seed] = *options.ticket->key;
      flood.signing->issuer = issuer;
      if (seed)
        flood.signing->authorization = authorize(Identity::from_seed(*seed), identity->peer(), network);
    }
  }
  std::shared_ptr<DiskStore> store;
  if (!options.store.empty()) {
    auto opened = DiskStore::open(
        options.store, {network, application.ticks_per_second},
        [&runtime](std::move_only_function<void()> task) { runtime.post(std::move(task)); }, options.log);
    if (!opened) return std::unexpected(opened.error());
    store = *std::move(opened);
    if (const auto wrong = refusal(store->past(), application))
      return std::unexpected(fmt::format("'{}' {}", options.store.string(), *wrong));
  }
  symmetric::SessionOptions session{.name = options.name,
                                    .ticks_per_second = application.ticks_per_second,
                                    .deadline = options.deadline,
                                    .history = options.history,
                                    .store = std::move(store),
                                    .lockstep = options.lockstep,
                                    .watches = live->watches_,
                                    .is_event = application.is_event,
                                    .is_image = application.is_image};
  auto builder = add_link_layer(Peer::build(runtime, identity->peer()), std::move(transport), *routes,
                                *identity, std::move(layer))
                     .add<Flood>(std::move(flood))
                     .add<symmetric::Session>(std::move(session))
                     .add<LinkWitness>(*live)
                     .measure(live->recorder_);
  if (live->prometheus_) builder = std::move(builder).add<lab::PrometheusPublisher>(*live->prometheus_);
  live->links_ = builder.find<LinkManager>();
  live->introductions_ = builder.find<Introductions>();
  live->session_ = builder.find<symmetric::Session>();
  live->session_->set_replica(
      [raw = live.get()](symmetric::ToReplica message) { raw->deliver(std::move(message)); });
  live->peer_ = std::move(builder).start();
  if (!bootstraps.empty()) {
    live->announced_ = live->announcement();
    auto opened = Bootstraps::open(runtime, *live->links_, live->announced_, bootstraps);
    if (!opened) return std::unexpected(opened.error());
    live->bootstraps_ = *std::move(opened);
    live->introductions_->on_seen([raw = live.get()] { raw->announce(); });
  }
  live->surroundings_->watch(*live->links_, *live->introductions_);
  live->surroundings_->on_mapping_change([raw = live.get()](const auto&) { raw->mapping_changed(); });
  live->thread_ = std::thread([raw = live.get()] { raw->runtime_.run(); });
  return live;
}

LivePeer::~LivePeer() {
  if (!thread_.joinable()) return;
  runtime_.post([this] {
    bootstraps_.reset();
    surroundings_->end_watch();
    peer_.reset();
    surroundings_.reset();  // removes the port mapping, which may take a moment
    runtime_.stop();
  });
  thread_.join();
}

Announcement LivePeer::announcement() const {
  Announcement announcement{.peer = id_, .session = session_tag_, .targets = {}};
  const auto add = [&](const std::vector<Endpoint>& endpoints) {
    for (const auto& endpoint : endpoints)
      if (announcement.targets.size() < Announcement::targets_max)
        announcement.targets.push_back({endpoint, id_});
  };
  // Behind a NAT that lets strangers in, or when both try at once, where neighbours see it is a way, too.
  const auto address = introductions_->address();
  add(address.mapped);
  add(address.external);
  for (const auto& endpoint : surroundings_->internal())
    if (std::ranges::find(address.external, endpoint) == address.external.end()) add({endpoint});
  return announcement;
}

void LivePeer::announce() {
  if (!bootstraps_) return;
  auto now = announcement();
  if (now == announced_) return;
  announced_ = std::move(now);
  bootstraps_->announce(announced_);
}

void LivePeer::mapping_changed() {
  announce();
  if (mapped_)
    for (const auto& external : surroundings_->mapped()) mapped_(external);
}

std::optional<symmetric::ToReplica> LivePeer::receive() {
  symmetric::ToReplica message;
  if (!to_replica_.pop(message)) return std::nullopt;
  return message;
}

void LivePeer::deliver(symmetric::ToReplica message) {
  if (backlog_.empty() && to_replica_.push(message)) return;
  backlog_.push_back(std::move(message));
  if (!backlog_timer_.armed()) backlog_timer_.arm(backlog_pause);
}

void LivePeer::drain_backlog() {
  while (!backlog_.empty() && to_replica_.push(backlog_.front())) backlog_.pop_front();
  if (!backlog_.empty()) backlog_timer_.arm(backlog_pause);
}

void LivePeer::send(symmetric::ToSession message) {
  runtime_.post([this, message = std::move(message)] {
    if (peer_) session_->receive(message);
  });
}

void LivePeer::add_target(const LinkTarget& target) {
  runtime_.post([this, target] {
    if (peer_) links_->add_target(target);
  });
}

void LivePeer::on_mapped(std::function<void(const Endpoint& external)> listener) {
  runtime_.post([this, listener = std::move(listener)]() mutable {
    if (!peer_) return;
    mapped_ = std::move(listener);
    for (const auto& external : surroundings_->mapped()) mapped_(external);
  });
}

void LivePeer::set_cut(bool cut) {
  runtime_.post([this, cut] {
    if (peer_) impaired_->set_cut(cut);
  });
}

}  // namespace tutti
