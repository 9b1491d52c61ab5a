#include "tutti/lab/world.hpp"

#include <utility>

#include <fmt/format.h>

namespace tutti::lab {

World::World(const Plan& plan, Stack& stack, const WorldOptions& options)
    : stack_(stack),
      networks_(plan.networks),
      simulator_(options.seed, options.shards),
      paths_(plan.model, plan.topology.peers),
      neighbours_(neighbours_in(plan.topology)),
      cells_(Board::cells_needed(plan.topology.peers, stack.board_columns())),
      board_(cells_, stack.board_columns()),
      peers_(plan.topology.peers) {
  simulator_.set_log(options.log);
  for (std::uint32_t i = 0; i < plan.topology.peers; ++i) simulator_.add_node();
  network_ = plan.fidelity == Fidelity::packet ? packet_level(plan, simulator_)
                                               : message_level(plan, simulator_, options.wire);
  for (unsigned i = 0; i < options.shards; ++i)
    recorders_.push_back(std::make_unique<measure::Recorder>(TimePoint{}));
  for (const auto peer : plan.watched)
    watched_.emplace(peer, std::make_unique<measure::Recorder>(TimePoint{}));
}

World::~World() {
  for (auto& peer : peers_) peer.reset();
}

World::Taken World::take_measures() {
  Taken taken;
  const auto take = [&](measure::Recorder& recorder) {
    auto measures = recorder.take(simulator_.now()).measures;
    taken.all = measure::merge(taken.all, measures);
    return measures;
  };
  for (auto& recorder : recorders_) take(*recorder);
  for (auto& [peer, recorder] : watched_) taken.apart.emplace(peer, take(*recorder));
  // Wherever the peers were counted, a gauge of all of them is as if they had shared one.
  taken.all = measure::summed(std::move(taken.all), 1);
  return taken;
}

Peer::Builder World::build(const Site& site) {
  return Peer::build(site.runtime, site.id()).measure(site.recorder);
}

Peer::Builder World::link(Peer::Builder builder, const Site& site, LinkOptions links) {
  return network_->link(std::move(builder), site, std::move(links));
}

Peer::Builder World::reach_all(Peer::Builder builder, const Site& site) {
  return network_->reach_all(std::move(builder), site);
}

std::expected<Peer*, std::string> World::running(PeerNumber peer) {
  if (auto* found = peers_[peer.value()].get()) return found;
  return std::unexpected(fmt::format("peer {} is not running", peer.value()));
}

Stage::Outcome World::start(PeerNumber peer) {
  const auto number = peer.value();
  if (peers_[number]) return std::unexpected(fmt::format("peer {} is running already", number));
  const auto watched = watched_.find(number);
  peers_[number] = stack_.start(
      {.number = number,
       .house = *this,
       .runtime = simulator_.node(number),
       .recorder = watched == watched_.end() ? *recorders_[simulator_.shard_of(number)] : *watched->second});
  return {};
}

Stage::Outcome World::end(PeerNumber peer) {
  if (const auto found = running(peer); !found) return std::unexpected(found.error());
  stack_.ended(*this, peer.value());
  peers_[peer.value()].reset();
  return {};
}

Stage::Outcome World::stop(PeerNumber peer) {
  return end(peer);
}

Stage::Outcome World::kill(PeerNumber peer) {
  if (peers_[peer.value()]) network_->vanish(peer.value());
  return end(peer);
}

Stage::Outcome World::set_drop_messages(PeerNumber peer, bool drop) {
  const auto found = running(peer);
  if (!found) return std::unexpected(found.error());
  (*found)->set_drop_messages(drop);
  return {};
}

Stage::Outcome World::cut(PeerNumber peer) {
  network_->set_cut(peer.value(), true);
  return {};
}

Stage::Outcome World::heal(PeerNumber peer) {
  network_->set_cut(peer.value(), false);
  return {};
}

Stage::Outcome World::cut_link(PeerNumber peer, PeerNumber other) {
  network_->set_path_cut(peer.value(), other.value(), true);
  return {};
}

Stage::Outcome World::heal_link(PeerNumber peer, PeerNumber other) {
  network_->set_path_cut(peer.value(), other.value(), false);
  return {};
}

Stage::Outcome World::partition(PeerNumber peer, Group group) {
  network_->set_group(peer.value(), group.value());
  return {};
}

Stage::Outcome World::set_delay(PeerNumber peer, const DelayModel& delay) {
  auto model = networks_.read(delay.text);
  if (!model) return std::unexpected(std::move(model.error()));
  paths_.set_delay(peer.value(), *std::move(model));
  network_->set_model(paths_.model());
  return {};
}

Stage::Outcome World::set_loss(PeerNumber peer, Loss loss) {
  paths_.set_loss(peer.value(), loss.probability);
  network_->set_model(paths_.model());
  return {};
}

Stage::Outcome World::set_clock_drift(PeerNumber peer, ClockDrift drift) {
  simulator_.node(peer.value()).set_drift(drift.ppm);
  return {};
}

Stage::Outcome World::step_clock(PeerNumber peer, ClockStep step) {
  if (step.by < Duration::zero()) return std::unexpected("a peer's clock never goes back");
  simulator_.node(peer.value()).step_clock(step.by);
  return {};
}

Stage::Outcome World::submit(PeerNumber peer, std::string_view event) {
  const auto found = running(peer);
  if (!found) return std::unexpected(found.error());
  return stack_.submit(**found, event);
}

Stage::Outcome World::call(PeerNumber peer, std::string_view peerlet, std::string_view method,
                           std::span<const CommandValue> values) {
  const auto found = running(peer);
  if (!found) return std::unexpected(found.error());
  return (*found)->command(peerlet, method, values);
}

}  // namespace tutti::lab
