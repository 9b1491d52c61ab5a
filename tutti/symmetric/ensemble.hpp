// Many peers of one application in virtual time: the same peers that run live, on the virtual network. For
// tests, experiments and for looking at what an application does when its peers are far apart, come late or
// are cut off.
//
//   Ensemble<Rectangle> ensemble(6, {.seed = 7, .model = *parse_network_model("normal:50ms,10ms"), .links =
//   {{0, 1}, ...}}); ensemble.run_for(std::chrono::seconds(2)); ensemble.submit(3, Rectangle::Pause{});
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tutti/base/require.hpp"
#include "tutti/link/link_manager.hpp"
#include "tutti/net/model/models.hpp"
#include "tutti/net/virtual/virtual_transport.hpp"
#include "tutti/overlay/flood.hpp"
#include "tutti/symmetric/performer.hpp"

namespace tutti::symmetric {

struct EnsembleOptions {
  std::uint64_t seed = 1;
  NetworkModelPtr model = constant_delay({});
  /// Undirected: the second peer of each pair connects to the first.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> links{};
  SessionOptions session{};  ///< for all; names and the pace are filled in
  ReplicaOptions replica{};
  VirtualNetworkOptions network{};
  /// Makes a peer's store when it starts; without it, no past outlives its peer.
  std::function<std::shared_ptr<SessionStore>(std::uint32_t index, Runtime& runtime)> store{};
  /// How a peer signs what it says, by the identity that makes it who it is; nothing is signed without it.
  std::function<Signing(std::uint32_t index)> signing{};
  std::set<std::uint32_t> spectators{};  ///< peers whose users only watch
  Log log{};
};

template <typename App>
class Ensemble {
  static_assert(check_application<App>());

 public:
  /// `count` peers, none of them started.
  Ensemble(std::uint32_t count, EnsembleOptions options)
      : options_(std::move(options)),
        simulator_(options_.seed),
        network_(simulator_, options_.model, options_.network),
        peers_(count) {
    simulator_.set_log(options_.log);
    for (std::uint32_t i = 0; i < count; ++i) simulator_.add_node();
  }

  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(peers_.size()); }
  [[nodiscard]] bool running(std::uint32_t index) const { return peers_[index].peer != nullptr; }

  void start(std::uint32_t index) {
    require(!running(index), "a peer is started when it is not running");
    FloodOptions flood;
    if (options_.signing) flood.signing = options_.signing(index);
    const auto id =
        flood.signing ? flood.signing->identity.peer() : VirtualNetwork::peer_id(simulator_.seed(), index);
    LinkOptions links{.network = network_of(network_name<App>(), options_.session.lockstep),
                      .name = fmt::format("peer {}", index)};
    for (const auto& [target, source] : options_.links)
      if (source == index) links.targets.push_back({VirtualNetwork::endpoint_of(target), {}});
    SessionOptions session = options_.session;
    session.name = links.name;
    session.ticks_per_second = ticks_per_second<App>();
    session.is_event = [](ByteView bytes) { return decode_event<App>(bytes).has_value(); };
    session.is_image = is_image_of<App>;
    if (options_.store) session.store = options_.store(index, simulator_.node(index));
    session.watches = options_.spectators.contains(index);
    ReplicaOptions replica = options_.replica;
    replica.watches = session.watches;
    auto transport = network_.attach(simulator_.node(index), id);
    peers_[index].transport = transport.get();
    peers_[index].peer = Peer::build(simulator_.node(index), id)
                             .add<LinkManager>(std::move(transport), std::move(links))
                             .template add<Flood>(std::move(flood))
                             .template add<Session>(std::move(session))
                             .template add<Performer<App>>(replica)
                             .measure(recorder_)
                             .start();
    peers_[index].performer = peers_[index].peer->template find<Performer<App>>();
  }
  void start_all() {
    for (std::uint32_t i = 0; i < size(); ++i)
      if (!running(i)) start(i);
  }
  /// Leaves with a word to its neighbours. What it knew, and did not store, is gone.
  void stop(std::uint32_t index) { peers_[index] = {}; }
  /// Dies without a word.
  void kill(std::uint32_t index) {
    if (peers_[index].transport != nullptr) peers_[index].transport->vanish();
    stop(index);
  }
  /// Unplugs it from the network, or plugs it in again.
  void cut(std::uint32_t index, bool cut) { network_.set_cut(index, cut); }

  void submit(std::uint32_t index, const typename App::Event& event) {
    require(replica(index).submit(event).has_value(), "an event of an ensemble fits an event");
  }

  void run_for(Duration span) { simulator_.run_for(span); }

  /// At the tick that is due now.
  [[nodiscard]] Replica<App>& replica(std::uint32_t index) { return peers_[index].performer->replica(); }
  /// As Performer::set_audience.
  void set_audience(std::uint32_t index, EffectAudience<EffectOf<App>> audience) {
    peers_[index].performer->set_audience(std::move(audience));
  }
  [[nodiscard]] Peer& peer(std::uint32_t index) { return *peers_[index].peer; }
  [[nodiscard]] Simulator& simulator() { return simulator_; }
  [[nodiscard]] VirtualNetwork& network() { return network_; }
  /// What all peers together count.
  [[nodiscard]] measure::Recorder& recorder() { return recorder_; }

  /// The newest tick that every running peer has reached.
  [[nodiscard]] Tick common_tick() {
    std::optional<Tick> least;
    for (std::uint32_t i = 0; i < size(); ++i)
      if (running(i)) least = std::min(least.value_or(replica(i).tick()), replica(i).tick());
    return least.value_or(Tick{});
  }
  /// Whether all running peers have the same state, bit for bit, and know the same events at `tick`.
  [[nodiscard]] bool agree_at(Tick tick) {
    std::optional<Fingerprint> first;
    for (std::uint32_t i = 0; i < size(); ++i) {
      if (!running(i)) continue;
      const auto& machine = replica(i).machine();
      if (tick < machine.first_tick() || tick > machine.tick()) return false;
      const auto fingerprint = machine.fingerprint(tick);
      if (!first) first = fingerprint;
      if (*first != fingerprint) return false;
    }
    return true;
  }
  /// The trace of the run: equal for equal seeds.
  [[nodiscard]] std::uint64_t trace_hash() const { return simulator_.trace_hash(); }

 private:
  struct Place {
    std::unique_ptr<Peer> peer;
    VirtualTransport* transport = nullptr;
    Performer<App>* performer = nullptr;
  };

  EnsembleOptions options_;
  Simulator simulator_;
  VirtualNetwork network_;
  measure::Recorder recorder_{TimePoint{}};
  std::vector<Place> peers_;
};

}  // namespace tutti::symmetric
