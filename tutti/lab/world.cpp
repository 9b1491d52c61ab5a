#include "tutti/lab/world.hpp"

#include <fmt/format.h>

namespace tutti::lab {
namespace {

/// Some peers' own delays and losses around the experiment's model.
class Personal final : public Effect {
 public:
  Personal(NetworkModelPtr inner, std::vector<NetworkModelPtr> delays, std::vector<double> losses)
      : Effect(std::move(inner)), delays_(std::move(delays)), losses_(std::move(losses)) {}

  [[nodiscard]] Arrivals carry(const Passage& passage, Random& draw) const override {
    if (passage.source < losses_.size() && losses_[passage.source] > 0 &&
        draw.chance(losses_[passage.source]))
      return {};
    return model_for(passage).carry(passage, draw);
  }
  [[nodiscard]] Duration delay_min() const override {
    Duration least = inner().delay_min();
    for (const auto& model : delays_)
      if (model) least = std::min(least, model->delay_min());
    return least;
  }
  [[nodiscard]] std::optional<Bandwidth> bandwidth(const Passage& passage) const override {
    return model_for(passage).bandwidth(passage);
  }

 private:
  [[nodiscard]] const NetworkModel& model_for(const Passage& passage) const {
    const bool own = passage.source < delays_.size() && delays_[passage.source] != nullptr;
    return own ? *delays_[passage.source] : inner();
  }

  std::vector<NetworkModelPtr> delays_;
  std::vector<double> losses_;
};

}  // namespace

World::World(const Plan& plan, Stack& stack, const WorldOptions& options)
    : stack_(stack),
      simulator_(options.seed, options.shards),
      network_(simulator_, plan.model, {.wire = options.wire}),
      model_(plan.model),
      neighbours_(plan.topology.peers),
      peers_(plan.topology.peers) {
  simulator_.set_log(options.log);
  for (std::uint32_t i = 0; i < plan.topology.peers; ++i) simulator_.add_node();
  for (unsigned i = 0; i < options.shards; ++i)
    recorders_.push_back(std::make_unique<measure::Recorder>(TimePoint{}));
  for (const auto& [one, other] : plan.topology.links) {
    neighbours_[one].push_back(other);
    neighbours_[other].push_back(one);
  }
}

World::~World() {
  for (auto& peer : peers_) peer.reset();
}

measure::Measures World::take_measures() {
  measure::Measures sum;
  for (auto& recorder : recorders_) sum = measure::merge(sum, recorder->take(simulator_.now()).measures);
  return sum;
}

std::expected<Peer*, std::string> World::running(PeerNumber peer) {
  if (auto* found = peers_[peer.value()].get()) return found;
  return std::unexpected(fmt::format("peer {} is not running", peer.value()));
}

Stage::Outcome World::start(PeerNumber peer) {
  const auto number = peer.value();
  if (peers_[number]) return std::unexpected(fmt::format("peer {} is running already", number));
  peers_[number] = stack_.start({.number = number,
                                 .world = *this,
                                 .runtime = simulator_.node(number),
                                 .id = VirtualNetwork::peer_id(simulator_.seed(), number),
                                 .neighbours = neighbours_[number],
                                 .recorder = *recorders_[simulator_.shard_of(number)]});
  return {};
}

Stage::Outcome World::end(PeerNumber peer) {
  if (const auto found = running(peer); !found) return std::unexpected(found.error());
  stack_.ended(peer.value());
  peers_[peer.value()].reset();
  return {};
}

Stage::Outcome World::stop(PeerNumber peer) {
  return end(peer);
}

Stage::Outcome World::kill(PeerNumber peer) {
  if (peers_[peer.value()]) network_.vanish(peer.value());
  return end(peer);
}

Stage::Outcome World::set_drop_messages(PeerNumber peer, bool drop) {
  const auto found = running(peer);
  if (!found) return std::unexpected(found.error());
  (*found)->set_drop_messages(drop);
  return {};
}

Stage::Outcome World::cut(PeerNumber peer) {
  network_.set_cut(peer.value(), true);
  return {};
}

Stage::Outcome World::heal(PeerNumber peer) {
  network_.set_cut(peer.value(), false);
  return {};
}

Stage::Outcome World::cut_link(PeerNumber peer, PeerNumber other) {
  network_.set_path_cut(peer.value(), other.value(), true);
  return {};
}

Stage::Outcome World::heal_link(PeerNumber peer, PeerNumber other) {
  network_.set_path_cut(peer.value(), other.value(), false);
  return {};
}

Stage::Outcome World::partition(PeerNumber peer, Group group) {
  network_.set_group(peer.value(), group.value());
  return {};
}

Stage::Outcome World::set_delay(PeerNumber peer, const DelayModel& delay) {
  delays_.resize(peers_.size());
  delays_[peer.value()] = delay.model;
  renew_model();
  return {};
}

Stage::Outcome World::set_loss(PeerNumber peer, Loss loss) {
  losses_.resize(peers_.size());
  losses_[peer.value()] = loss.probability;
  renew_model();
  return {};
}

void World::renew_model() {
  network_.set_model(std::make_shared<Personal>(model_, delays_, losses_));
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
