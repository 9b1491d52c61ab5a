// Any symmetric application as a stack: LinkManager, Flood, Session, Performer, as it runs live.
//
// Counted by the peers: replica.ticks, replica.ticks_travelled_back, replica.rollbacks, replica.late_events,
// and what the peerlets below count. Observed: pace.violations and recovery (pace_watch.hpp); pace.skew, how
// far the network times of the peers that are in time are apart, once a window; states.equal, 1 if all peers,
// those that were offline started again, are in time and have the same state bit for bit some time after the
// end. They are compared at the last whole second that is some way past, which all come to by themselves.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "tutti/base/hash.hpp"
#include "tutti/base/text.hpp"
#include "tutti/lab/catalogue.hpp"
#include "tutti/lab/pace_watch.hpp"
#include "tutti/overlay/flood.hpp"
#include "tutti/symmetric/history_text.hpp"
#include "tutti/symmetric/performer.hpp"

namespace tutti::lab {

/// Reads an event that a scenario submits; the error says what there is.
template <typename App>
using EventReader = std::expected<typename App::Event, std::string> (*)(std::string_view text);

template <typename App>
class SymmetricStack final : public Stack {
 public:
  /// The stack for a catalogue. Options: deadline (parse_deadline()), history (parse_history()), lockstep
  /// (parse_lockstep()).
  static StackType type(std::string_view name, std::string_view description, EventReader<App> read) {
    return {
        .name = std::string(name),
        .description = std::string(description),
        .options = {{"deadline",
                     "how far ahead events are due: a time, the share of arrivals in time, or auto", "auto"},
                    {"history", "how much of the past is kept: horizon, full, or a time", "horizon"},
                    {"lockstep",
                     "wait for others instead of rolling back: up to so long for who is silent, or no",
                     "no"}},
        .peerlets = {&peerlet_type<Flood>, &peerlet_type<symmetric::Session>},
        .check_event = [read](std::string_view text) -> std::expected<void, std::string> {
          if (const auto event = read(text); !event) return std::unexpected(event.error());
          return {};
        },
        .shards_max = 1,  // the watch sees all peers at every tick
        .make = [read](
                    const Plan& plan,
                    const std::map<std::string, std::string>& options) { return make(plan, options, read); }};
  }

  std::unique_ptr<Peer> start(const Site& site) override {
    LinkOptions links{.network = symmetric::network_of(symmetric::network_name<App>(), lockstep_),
                      .name = fmt::format("peer {}", site.number)};
    // Both ends of a link connect, so that who comes back need not wait for the other's next try.
    for (const auto neighbour : site.neighbours())
      links.targets.push_back({site.house.endpoint_of(neighbour), {}});
    symmetric::SessionOptions session{
        .name = links.name,
        .ticks_per_second = symmetric::ticks_per_second<App>(),
        .deadline = deadline_,
        .history = {.kept = history_},
        .lockstep = lockstep_,
        .is_event = [](ByteView bytes) { return symmetric::decode_event<App>(bytes).has_value(); },
        .is_image = symmetric::is_image_of<App>};
    watch_.started(site);
    auto peer = site.house.link(site.build(), site, std::move(links))
                    .template add<Flood>()
                    .template add<symmetric::Session>(std::move(session))
                    .template add<symmetric::Performer<App>>()
                    .start();
    performer(*peer).set_watcher(
        [this, &house = site.house, number = site.number](const symmetric::Replica<App>& replica) {
          watch_.tick_shown(house, number, replica.tick());
        });
    return peer;
  }
  void ended(House& house, std::uint32_t number) override {
    watch_.ended(house, number);
    for (const auto column : {time_column, settled_tick_column, settled_state_column})
      house.board().put(number, column, std::nullopt);
  }

  std::expected<void, std::string> submit(Peer& peer, std::string_view text) override {
    const auto event = read_(text);
    if (!event) return std::unexpected(event.error());
    if (!performer(peer).replica().submit(*event)) return std::unexpected("the event is too large");
    return {};
  }

  [[nodiscard]] std::size_t board_columns() const override { return columns; }

  void show(House& house, std::uint32_t number, Peer& peer, TimePoint now) override {
    auto& board = house.board();
    if (!watch_.in_time(number)) {
      board.put(number, time_column, std::nullopt);
      board.put(number, settled_tick_column, std::nullopt);
      return;
    }
    const auto& replica = performer(peer).replica();
    board.put(number, time_column, replica.time_at(now).count());
    constexpr std::int64_t second = symmetric::ticks_per_second<App>();
    const auto settled = std::max<std::int64_t>((replica.tick().value() - second / 2) / second * second, 0);
    // Who has come back a moment ago began with an image that may be of a later tick.
    if (symmetric::Tick(settled) < replica.machine().first_tick()) {
      board.put(number, settled_tick_column, std::nullopt);
      return;
    }
    const auto fingerprint = replica.machine().fingerprint(symmetric::Tick(settled));
    RunningHash hash;
    hash.add(fingerprint.history);
    hash.add(fingerprint.state_hash);
    board.put(number, settled_state_column, static_cast<std::int64_t>(hash.value()));
    board.put(number, settled_tick_column, settled);
  }

  void observe(const House& house, measure::Recorder& recorder) override {
    std::optional<std::int64_t> least;
    std::optional<std::int64_t> greatest;
    for (std::uint32_t i = 0; i < house.peer_count(); ++i) {
      const auto time = house.board().get(i, time_column);
      if (!time) continue;
      least = std::min(least.value_or(*time), *time);
      greatest = std::max(greatest.value_or(*time), *time);
    }
    if (least) recorder.distribution("pace.skew", "ms").add(in_milliseconds(Duration(*greatest - *least)));
  }

  bool settled(const House& house) override {
    for (std::uint32_t i = 0; i < house.peer_count(); ++i)
      for (const auto column : {settled_tick_column, settled_state_column}) {
        const auto shown = house.board().get(i, column);
        if (!shown || shown != house.board().get(0, column)) return false;
      }
    return true;
  }

  void conclude(bool settled, measure::Recorder& recorder) override {
    recorder.gauge("states.equal").set(settled ? 1 : 0);
  }

 private:
  enum Column : std::size_t {
    tick_column,
    time_column,
    settled_tick_column,
    settled_state_column,
    columns,
  };
  static constexpr std::size_t greatest_tick_column = 0;  // of those in common

  SymmetricStack(const Plan& plan, symmetric::DeadlinePolicy deadline, symmetric::HistoryKept history,
                 std::optional<symmetric::Lockstep> lockstep, EventReader<App> read)
      : watch_(plan.topology.peers, tick_column, greatest_tick_column),
        deadline_(deadline),
        history_(history),
        lockstep_(lockstep),
        read_(read) {}

  static std::expected<std::unique_ptr<Stack>, std::string> make(
      const Plan& plan, const std::map<std::string, std::string>& options, EventReader<App> read) {
    const auto policy = symmetric::parse_deadline(options.at("deadline"));
    if (!policy) return std::unexpected(fmt::format("deadline: {}", policy.error()));
    const auto kept = symmetric::parse_history(options.at("history"));
    if (!kept) return std::unexpected(fmt::format("history: {}", kept.error()));
    const auto lockstep = symmetric::parse_lockstep(options.at("lockstep"));
    if (!lockstep) return std::unexpected(fmt::format("lockstep: {}", lockstep.error()));
    return std::unique_ptr<Stack>(new SymmetricStack(plan, *policy, *kept, *lockstep, read));
  }

  static symmetric::Performer<App>& performer(Peer& peer) { return *peer.find<symmetric::Performer<App>>(); }

  PaceWatch watch_;
  symmetric::DeadlinePolicy deadline_;
  symmetric::HistoryKept history_;
  std::optional<symmetric::Lockstep> lockstep_;
  EventReader<App> read_;
};

}  // namespace tutti::lab
