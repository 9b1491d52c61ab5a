#include "tutti/lab/live_world.hpp"

#include <utility>

#include <fmt/format.h>

#include "tutti/lab/identities.hpp"
#include "tutti/net/quic/quic_transport.hpp"
#include "tutti/net/udp/impaired.hpp"

namespace tutti::lab {
namespace {

/// Questions come from the laboratory alone, one after the other, over links of any length.
constexpr AggregationOptions gathering{
    .timeout = std::chrono::seconds(20),
    .hop = std::chrono::milliseconds(500),
    .neighbour_limit = {.rate = 500, .burst = 500},
};

}  // namespace

LiveWorld::LiveWorld(const Plan& plan, Stack& stack, RealRuntime& runtime,
                     std::unique_ptr<DatagramSocket> socket, Board& board, LivePlace place,
                     Aggregation::Source answer)
    : stack_(stack),
      networks_(plan.networks),
      runtime_(runtime),
      clock_(runtime),
      board_(board),
      place_(std::move(place)),
      answer_(std::move(answer)),
      neighbours_(neighbours_in(plan.topology)),
      ids_(ids_of(place_.seed, static_cast<std::uint32_t>(place_.endpoints.size()))),
      identity_(identity_of(place_.seed, place_.number)),
      network_(plan.model, static_cast<std::uint32_t>(place_.endpoints.size())),
      socket_(std::make_unique<Impaired>(runtime, std::move(socket),
                                         network_.by_endpoint(place_.endpoints, now().time_since_epoch()),
                                         place_.seed)),
      recorder_(runtime.now(), ids_[place_.number]) {}

LiveWorld::~LiveWorld() {
  if (peer_) stack_.ended(*this, place_.number);
  peer_.reset();
}

Peer::Builder LiveWorld::build(const Site& site) {
  return Peer::build(site.runtime, site.id()).measure(site.recorder).add<Aggregation>(gathering, answer_);
}

Peer::Builder LiveWorld::link(Peer::Builder builder, const Site&, LinkOptions links) {
  return std::move(builder).add<LinkManager>(
      std::make_unique<QuicTransport>(runtime_, socket_.lend(), identity_), std::move(links));
}

Peer::Builder LiveWorld::reach_all(Peer::Builder builder, const Site& site) {
  return link(std::move(builder), site, links_with_all(site));
}

std::expected<Peer*, std::string> LiveWorld::running() {
  if (peer_) return peer_.get();
  return std::unexpected(fmt::format("peer {} is not running", place_.number));
}

Stage::Outcome LiveWorld::start(PeerNumber peer) {
  if (!mine(peer)) return {};
  if (peer_) return std::unexpected(fmt::format("peer {} is running already", place_.number));
  peer_ = stack_.start({.number = place_.number, .house = *this, .runtime = clock_, .recorder = recorder_});
  if (peer_->find<Aggregation>() == nullptr)
    return std::unexpected(
        "its stack does not begin with Site::build(): live its measures cannot be gathered");
  return {};
}

Stage::Outcome LiveWorld::end() {
  if (const auto found = running(); !found) return std::unexpected(found.error());
  stack_.ended(*this, place_.number);
  peer_.reset();
  return {};
}

Stage::Outcome LiveWorld::stop(PeerNumber peer) {
  return mine(peer) ? end() : Outcome();
}

Stage::Outcome LiveWorld::kill(PeerNumber peer) {
  if (!mine(peer)) return {};
  if (peer_) socket_.silence();
  return end();
}

Stage::Outcome LiveWorld::recover() {
  network_.heal();
  if (!peer_)
    if (auto started = start(PeerNumber(place_.number)); !started) return started;
  peer_->set_drop_messages(false);
  return {};
}

Stage::Outcome LiveWorld::set_drop_messages(PeerNumber peer, bool drop) {
  if (!mine(peer)) return {};
  const auto found = running();
  if (!found) return std::unexpected(found.error());
  (*found)->set_drop_messages(drop);
  return {};
}

Stage::Outcome LiveWorld::cut(PeerNumber peer) {
  network_.cuts().set_cut(peer.value(), true);
  return {};
}

Stage::Outcome LiveWorld::heal(PeerNumber peer) {
  network_.cuts().set_cut(peer.value(), false);
  return {};
}

Stage::Outcome LiveWorld::cut_link(PeerNumber peer, PeerNumber other) {
  network_.cuts().set_path_cut(peer.value(), other.value(), true);
  return {};
}

Stage::Outcome LiveWorld::heal_link(PeerNumber peer, PeerNumber other) {
  network_.cuts().set_path_cut(peer.value(), other.value(), false);
  return {};
}

Stage::Outcome LiveWorld::partition(PeerNumber peer, Group group) {
  network_.cuts().set_group(peer.value(), group.value());
  return {};
}

Stage::Outcome LiveWorld::set_delay(PeerNumber peer, const DelayModel& delay) {
  auto model = networks_.read(delay.text);
  if (!model) return std::unexpected(std::move(model.error()));
  network_.set_delay(peer.value(), *std::move(model));
  return {};
}

Stage::Outcome LiveWorld::set_loss(PeerNumber peer, Loss loss) {
  network_.set_loss(peer.value(), loss.probability);
  return {};
}

Stage::Outcome LiveWorld::set_clock_drift(PeerNumber peer, ClockDrift drift) {
  if (mine(peer)) clock_.set_drift(drift.ppm);
  return {};
}

Stage::Outcome LiveWorld::step_clock(PeerNumber peer, ClockStep step) {
  if (!mine(peer)) return {};
  if (step.by < Duration::zero()) return std::unexpected("a peer's clock never goes back");
  clock_.step_clock(step.by);
  return {};
}

Stage::Outcome LiveWorld::submit(PeerNumber peer, std::string_view event) {
  if (!mine(peer)) return {};
  const auto found = running();
  if (!found) return std::unexpected(found.error());
  return stack_.submit(**found, event);
}

Stage::Outcome LiveWorld::call(PeerNumber peer, std::string_view peerlet, std::string_view method,
                               std::span<const CommandValue> values) {
  if (!mine(peer)) return {};
  const auto found = running();
  if (!found) return std::unexpected(found.error());
  return (*found)->command(peerlet, method, values);
}

}  // namespace tutti::lab
