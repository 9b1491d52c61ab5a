#include "tutti/live/net_doctor.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tutti/link/link_layer.hpp"
#include "tutti/net/route/peer_endpoint.hpp"

namespace tutti {
namespace {

void line(std::string& report, std::string_view what, std::string_view text) {
  report += fmt::format("{:<14}{}\n", what, text);
}

std::string list(const std::vector<Endpoint>& endpoints) {
  std::string text;
  for (const auto& endpoint : endpoints) text += (text.empty() ? "" : ", ") + endpoint.text();
  return text.empty() ? "none" : text;
}

}  // namespace

NetDoctor::NetDoctor(const Log& log) : runtime_({.log = log}), end_(runtime_, [this] { runtime_.stop(); }) {}

std::expected<std::unique_ptr<NetDoctor>, std::string> NetDoctor::open(const NetDoctorOptions& options) {
  std::unique_ptr<NetDoctor> doctor(new NetDoctor(options.log));
  const auto identity = Identity::generate();
  auto live = LiveTransport::open(doctor->runtime_, identity, options.listen, {}, {});
  if (!live) return std::unexpected(live.error());
  doctor->routes_ = live->routes;
  doctor->surroundings_ = std::make_unique<Surroundings>(doctor->runtime_, live->transport->local_endpoint(),
                                                         options.port_mappers);
  doctor->first_ = !options.ticket;
  doctor->ticket_ = options.ticket ? *options.ticket : Ticket::generate();
  LinkLayerOptions layer{
      .links = {.network = fmt::format("tutti doctor 1 of {:08x}", doctor->ticket_.session),
                .secret = doctor->ticket_.secret,
                .name = options.name},
      .introductions = doctor->surroundings_->introductions(),
      .mesh = {.wanted = links_wanted}};
  for (const auto& address : doctor->ticket_.addresses) {
    if (const auto target = resolve_target(address))
      layer.links.targets.push_back(*target);
    else
      doctor->useless_.push_back(target.error());
  }
  if (layer.links.targets.empty() && !doctor->useless_.empty())
    return std::unexpected(doctor->useless_.front());
  auto builder = add_link_layer(Peer::build(doctor->runtime_, identity.peer()), std::move(live->transport),
                                *live->routes, identity, std::move(layer));
  doctor->links_ = builder.find<LinkManager>();
  doctor->introductions_ = builder.find<Introductions>();
  doctor->peer_ = std::move(builder).start();
  doctor->surroundings_->watch(*doctor->links_, *doctor->introductions_);
  return doctor;
}

void NetDoctor::run_for(Duration duration) {
  end_.arm(duration);
  runtime_.run();
}

void NetDoctor::wait_for_port_mapping(Duration patience) {
  if (surroundings_->port_mapping().decided()) return;
  surroundings_->on_mapping_change([this](const auto&) { runtime_.stop(); });
  run_for(patience);
  surroundings_->on_mapping_change({});
  end_.cancel();
}

Ticket NetDoctor::ticket() const {
  auto ticket = ticket_;
  if (!first_) return ticket;
  for (const auto& endpoint : surroundings_->mapped()) ticket.add_address(endpoint);
  for (const auto& endpoint : surroundings_->internal()) ticket.add_address(endpoint);
  return ticket;
}

std::string NetDoctor::report() const {
  const auto internal = surroundings_->internal();
  std::string report;
  line(report, "this peer", peer_->id().brief());
  line(report, "inside", list(internal));
  line(report, "outside", introductions_->nat().describe(internal));
  line(report, "port mapping", surroundings_->port_mapping().describe());
  for (const auto& [peer, link] : links_->links()) {
    const auto* routes = routes_->routes_to(peer);
    const auto* way = routes != nullptr ? routes->best() : nullptr;
    line(report, "reached",
         fmt::format("{} ({}) {}", link.name, peer.brief(), way != nullptr ? describe(*way) : "no more"));
    if (const auto trace = introductions_->trace_of(peer); !trace.empty()) line(report, "  tried", trace);
  }
  for (const auto& [target, failure] : links_->failures())
    line(report, "not reached",
         fmt::format("{}: {}",
                     peer_at(target.endpoint) ? "peer " + target.peer->brief() : target.endpoint.text(),
                     failure));
  for (const auto& why : useless_) line(report, "not reached", why);
  if (!reached())
    line(report, "nobody", "was reached: give the ticket to somebody who can reach an address in it");
  return report;
}

}  // namespace tutti
