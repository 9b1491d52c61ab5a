// Any symmetric application as a stack: LinkManager, Flood, Session, Performer, as it runs live.
//
// Counted by the peers: replica.ticks, replica.ticks_travelled_back, replica.rollbacks, replica.late_events,
// and what the peerlets below count. Observed: pace.violations and recovery (pace_watch.hpp); pace.skew, how
// far the network times of the peers that are in time are apart, once a window; states.equal, 1 if all peers,
// those that were offline started again, have the same state bit for bit some time after the end.
#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "tutti/base/require.hpp"
#include "tutti/base/text.hpp"
#include "tutti/lab/pace_watch.hpp"
#include "tutti/link/link_manager.hpp"
#include "tutti/net/virtual/virtual_transport.hpp"
#include "tutti/overlay/flood.hpp"
#include "tutti/symmetric/performer.hpp"

namespace tutti::lab {

/// Reads an event that a scenario submits; the error says what there is.
template <typename App>
using EventReader = std::expected<typename App::Event, std::string> (*)(std::string_view text);

template <typename App>
class SymmetricStack final : public Stack {
 public:
  /// The stack for a catalogue. Options: deadline ("auto", or a time).
  static StackType type(std::string_view name, std::string_view description, EventReader<App> read) {
    return {.name = std::string(name),
            .description = std::string(description),
            .options = {{"deadline", "how far ahead events are due: a time, or auto", "auto"}},
            .peerlets = {&peerlet_type<Flood>},
            .check_event = [read](std::string_view text) -> std::expected<void, std::string> {
              if (const auto event = read(text); !event) return std::unexpected(event.error());
              return {};
            },
            .shards_max = 1,  // the watch sees all peers at every tick
            .make =
                [read](const Plan& plan, const std::map<std::string, std::string>& options) {
                  return make(plan, options.at("deadline"), read);
                }};
  }

  std::unique_ptr<Peer> start(const Site& site) override {
    LinkOptions links{.network = symmetric::network_name<App>(), .name = fmt::format("peer {}", site.number)};
    // Both ends of a link connect, so that who comes back need not wait for the other's next try.
    for (const auto neighbour : site.neighbours)
      links.targets.push_back({VirtualNetwork::endpoint_of(neighbour), {}});
    symmetric::SessionOptions session{
        .name = links.name,
        .ticks_per_second = symmetric::ticks_per_second<App>(),
        .deadline = deadline_,
        .is_event = [](ByteView bytes) { return symmetric::decode_event<App>(bytes).has_value(); }};
    watch_.started(site);
    auto peer = Peer::build(site.runtime, site.id)
                    .add<LinkManager>(site.world.network().attach(site.runtime, site.id), std::move(links))
                    .template add<Flood>()
                    .template add<symmetric::Session>(std::move(session))
                    .template add<symmetric::Performer<App>>()
                    .measure(site.recorder)
                    .start();
    peer->template find<symmetric::Performer<App>>()->set_watcher(
        [this, &world = site.world, number = site.number](const symmetric::Replica<App>& replica) {
          watch_.tick_shown(world, number, replica.tick());
        });
    return peer;
  }
  void ended(std::uint32_t number) override { watch_.ended(number); }

  std::expected<void, std::string> submit(Peer& peer, std::string_view text) override {
    const auto event = read_(text);
    if (!event) return std::unexpected(event.error());
    if (!performer(peer).replica().submit(*event)) return std::unexpected("the event is too large");
    return {};
  }

  void observe(World& world, measure::Recorder& recorder) override {
    auto least = Duration::max();
    auto greatest = Duration::min();
    for (std::uint32_t i = 0; i < world.peer_count(); ++i) {
      if (!watch_.in_time(i)) continue;
      const auto time = performer(*world.peer(i)).replica().pace().at(world.simulator().node(i).now());
      least = std::min(least, time);
      greatest = std::max(greatest, time);
    }
    if (least <= greatest) recorder.distribution("pace.skew", "ms").add(in_milliseconds(greatest - least));
  }

  void finish(World& world, measure::Recorder& recorder) override {
    bool well = true;
    for (std::uint32_t i = 0; i < world.peer_count(); ++i) {
      if (world.peer(i) == nullptr) well = world.start(PeerNumber(i)) && well;
      well = world.heal(PeerNumber(i)) && world.partition(PeerNumber(i), Group(0)) && well;
    }
    require(well, "whoever is not running can be started, and any path healed");
    for (Duration waited{}; waited < settle_max && !equal(world); waited += settle_step)
      world.run_until(world.simulator().now().time_since_epoch() + settle_step);
    recorder.gauge("states.equal").set(equal(world) ? 1 : 0);
  }

 private:
  static constexpr Duration settle_step = std::chrono::seconds(5);
  static constexpr Duration settle_max = std::chrono::seconds(60);

  SymmetricStack(const Plan& plan, std::optional<Duration> deadline, EventReader<App> read)
      : watch_(plan.topology.peers), deadline_(deadline), read_(read) {}

  static std::expected<std::unique_ptr<Stack>, std::string> make(const Plan& plan,
                                                                 const std::string& deadline,
                                                                 EventReader<App> read) {
    std::optional<Duration> fixed;
    if (deadline != "auto") {
      const auto parsed = parse_duration(deadline);
      if (!parsed) return std::unexpected(fmt::format("deadline: {}", parsed.error()));
      fixed = *parsed;
    }
    return std::unique_ptr<Stack>(new SymmetricStack(plan, fixed, read));
  }

  static symmetric::Performer<App>& performer(Peer& peer) { return *peer.find<symmetric::Performer<App>>(); }

  static bool equal(World& world) {
    std::optional<symmetric::Tick> common;
    for (std::uint32_t i = 0; i < world.peer_count(); ++i) {
      const auto tick = performer(*world.peer(i)).replica().tick();
      common = std::min(common.value_or(tick), tick);
    }
    std::optional<symmetric::Fingerprint> first;
    for (std::uint32_t i = 0; i < world.peer_count(); ++i) {
      const auto fingerprint = performer(*world.peer(i)).replica().machine().fingerprint(*common);
      if (first.value_or(fingerprint) != fingerprint) return false;
      first = fingerprint;
    }
    return true;
  }

  PaceWatch watch_;
  std::optional<Duration> deadline_;
  EventReader<App> read_;
};

}  // namespace tutti::lab
