// For tests: a world drawn from one seed, in which a session lives through bad times.
//
// The seed decides how many peers there are, how they are linked, how slow and lossy the network is, how far
// ahead events are stamped and whether messages are encoded. Then it decides what happens: peers leave, die
// and come back, are unplugged and plugged in again, links break, the weather changes, and in between users
// do things. All the while what must never happen is looked for. At last everything heals, and within a
// minute all peers must follow the time of one of them, and have the same state and every event that any
// living peer knew.
#pragma once

#include <algorithm>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "tutti/base/text.hpp"
#include "tutti/symmetric/ensemble.hpp"
#include "tutti/symmetric/signing_test_values.hpp"

namespace tutti::symmetric::session_test {

using Links = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

/// Each with the next.
inline Links line(std::uint32_t count) {
  Links links;
  for (std::uint32_t i = 1; i < count; ++i) links.emplace_back(i - 1, i);
  return links;
}

/// An application whose state depends on everything: order, ticks and who did what.
struct Scribble {
  static constexpr std::string_view name = "scribble";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::uint64_t value = 0;
    std::uint64_t events = 0;
  };
  struct Stroke {
    std::uint32_t number = 0;
  };
  using Event = std::variant<Stroke>;

  static void start(State& state) { state.value = 1; }
  static void tick(State& state) { state.value = state.value * 6364136223846793005u + 1442695040888963407u; }
  static void apply(State& state, PeerId who, const Event& event) {
    state.value = (state.value ^ std::get<Stroke>(event).number ^ who.bytes[0]) * 0x9e3779b97f4a7c15u;
    ++state.events;
  }
};

/// The same world for the same seed. Nothing in it depends on `wire`. Users of `App` submit Strokes with
/// numbers, and its state has a `value` that depends on everything.
template <typename App>
class WorldOf {
 public:
  explicit WorldOf(std::uint64_t seed) : seed_(seed), random_(Random::keyed({seed, 0x5e55})) {
    peers_ = static_cast<std::uint32_t>(2 + random_.below(49));
    for (std::uint32_t i = 1; i < peers_; ++i) {
      links_.emplace_back(below(i), i);
      if (random_.chance(0.4)) links_.emplace_back(below(i), i);
    }
    weather_ = draw_weather();
    if (random_.chance(0.5))
      deadline_ = FixedDeadline{milliseconds_below(500)};
    else
      deadline_ = AdaptiveDeadline{0.2 * static_cast<double>(1 + Random::keyed({seed_, 0xdead}).below(5))};
    wire = random_.chance(0.5);
  }

  /// Whether messages are encoded and decoded: drawn, and may be changed.
  bool wire = false;
  /// None unless it is chosen.
  std::optional<Lockstep> lockstep{};
  /// Whether events are signed, likewise.
  bool sign = false;

  [[nodiscard]] std::uint32_t peers() const { return peers_; }
  [[nodiscard]] std::string describe() const {
    return fmt::format("seed {}: {} peers, {} links, network {}, deadline {}, messages {}", seed_, peers_,
                       links_.size(), weather_, symmetric::describe(deadline_),
                       wire ? "encoded" : "not encoded");
  }

  /// Lives through it. Returns its trace, or a sentence about the first thing that went wrong.
  [[nodiscard]] std::expected<std::uint64_t, std::string> run() const;

 private:
  static constexpr std::uint32_t rounds = 100;
  static constexpr Duration healing_time = std::chrono::seconds(60);
  /// How far apart peers may be at last: forty of them, up to ten measurements away from each other, over
  /// paths that vary by a hundred milliseconds.
  static constexpr std::int64_t ticks_apart_max = 5;
  /// In lockstep who is far from others hears their promises late, over up to ten paths.
  static constexpr std::int64_t ticks_held_back_max = 150;
  /// How far network time may be ahead of the oldest peer's clock, by errors of measurement.
  static constexpr std::int64_t ticks_ahead_max = 100;

  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_.below(bound)); }
  Duration milliseconds_below(std::uint32_t bound) { return std::chrono::milliseconds(below(bound)); }
  Duration pause_below(Duration bound) {
    return Duration(static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(bound.count()))));
  }

  /// As parse_network_model() reads it.
  std::string draw_weather() {
    const auto delay = 1 + below(100);
    std::string model;
    switch (below(3)) {
      case 0:
        model = fmt::format("constant:{}ms", delay);
        break;
      case 1:
        model = fmt::format("uniform:{}ms-{}ms", delay / 2, delay + below(delay));
        break;
      default:
        model = fmt::format("normal:{}ms,{}us", delay, delay * below(400));
    }
    return random_.chance(0.7) ? fmt::format("{}+loss:{}%", model, below(11)) : model;
  }

  class Run;

  std::uint64_t seed_;
  Random random_;
  std::uint32_t peers_ = 0;
  Links links_;
  std::string weather_;
  DeadlinePolicy deadline_;
};

template <typename App>
class WorldOf<App>::Run {
 public:
  explicit Run(const WorldOf& world)
      : world_(world),
        ensemble_(world.peers_,
                  {.seed = world.seed_,
                   .model = *parse_network_model(world.weather_),
                   .links = world.links_,
                   .session = {.deadline = world.deadline_,
                               .history = {.kept = FullHistory{}},
                               .lockstep = world.lockstep},
                   .network = {.wire = world.wire},
                   .signing = world.sign ? signing_without_issuer : nullptr,
                   .log = Log(LogLevel::warning, [this](LogLevel, std::string_view line) { hear(line); })}),
        shown_(world.peers_) {}

  std::expected<std::uint64_t, std::string> live() {
    for (std::uint32_t i = 0; i < world_.peers_; ++i) {
      ensemble_.start(i);
      ensemble_.run_for(world_.pause_below(std::chrono::milliseconds(300)));
    }
    for (std::uint32_t round = 0; round < rounds && !problem_; ++round) {
      something_happens();
      ensemble_.run_for(world_.pause_below(std::chrono::seconds(1)));
      look_around();
    }
    if (!problem_) heal();
    for (std::uint32_t i = 0; i < world_.peers_; ++i)
      if (ensemble_.running(i)) ensemble_.simulator().node(0).trace(ensemble_.replica(i).state().value);
    if (problem_) return std::unexpected(*problem_);
    return ensemble_.trace_hash();
  }

 private:
  using Name = std::pair<Origin, Sequence>;
  struct Said {
    std::uint32_t number = 0;
    std::optional<Tick> due;  // once anybody has been seen to know it
  };

  void blame(std::string what) {
    if (!problem_)
      problem_ =
          fmt::format("after {}: {}", tutti::describe(ensemble_.simulator().now().time_since_epoch()), what);
  }
  void hear(std::string_view line) {
    if (line.contains(" is cut: ")) accusations_.emplace_back(line);
  }

  void something_happens() {
    auto& world = world_;
    const auto peer = world.below(world.peers_);
    switch (world.below(12)) {
      case 0:
        return ensemble_.running(peer) ? ensemble_.stop(peer) : start(peer);
      case 1:
        return ensemble_.running(peer) ? ensemble_.kill(peer) : start(peer);
      case 2:
        return ensemble_.cut(peer, true);
      case 3:
        return ensemble_.cut(peer, false);
      case 4:
      case 5: {
        const auto& [one, other] = world.links_[world.below(static_cast<std::uint32_t>(world.links_.size()))];
        return ensemble_.network().set_path_cut(one, other, world.random_.chance(0.5));
      }
      case 6:
        return ensemble_.network().set_model(*parse_network_model(world.draw_weather()));
      default:
        for (auto count = 1 + world.below(4); count > 0; --count) submit(peer);
    }
  }
  void start(std::uint32_t peer) {
    ensemble_.start(peer);
    shown_[peer] = Tick{};
  }
  void submit(std::uint32_t peer) {
    if (!ensemble_.running(peer)) return;
    const auto number = static_cast<std::uint32_t>(said_.size());
    const Origin origin = ensemble_.peer(peer).origin();
    said_.emplace(Name{origin, ++sequences_[origin]}, Said{number, {}});
    ensemble_.submit(peer, typename App::Stroke{number});
  }

  /// What must never be.
  void look_around() {
    if (!accusations_.empty()) return blame("honest peers fell out with each other: " + accusations_.front());
    const auto age = ensemble_.simulator().now().time_since_epoch();
    const Tick latest(static_cast<std::int64_t>(in_seconds(age) * ticks_per_second<App>()));
    for (std::uint32_t i = 0; i < world_.peers_; ++i) {
      if (!ensemble_.running(i)) continue;
      const auto& replica = ensemble_.replica(i);
      if (replica.divergence()) return blame(fmt::format("peer {} found a divergence", i));
      if (replica.malformed_count() > 0) return blame(fmt::format("peer {} got malformed events", i));
      if (replica.tick() < shown_[i]) return blame(fmt::format("peer {} went back in time", i));
      if (replica.tick() > latest + ticks_ahead_max)
        return blame(fmt::format("peer {} is at tick {}, while the session's oldest is at {}", i,
                                 replica.tick().value(), latest.value()));
      shown_[i] = replica.tick();
      look_at_events(i);
    }
  }
  void look_at_events(std::uint32_t peer) {
    const auto events = ensemble_.replica(peer).machine().timeline().all();
    std::set<Name> seen;
    for (const auto& event : events) {
      const Name name{event.id.origin, event.id.sequence};
      const auto said = said_.find(name);
      if (said == said_.end() || said->second.number != std::get<0>(event.payload).number)
        return blame(fmt::format("peer {} knows an event that nobody submitted", peer));
      if (said->second.due.value_or(event.id.tick) != event.id.tick)
        return blame(fmt::format("an event is due at two different ticks, at peer {} and elsewhere", peer));
      said->second.due = event.id.tick;
      if (!seen.insert(name).second) return blame(fmt::format("peer {} knows an event twice", peer));
    }
  }

  void heal() {
    std::set<EventId> known;
    for (std::uint32_t i = 0; i < world_.peers_; ++i) {
      ensemble_.cut(i, false);
      if (!ensemble_.running(i)) continue;
      for (const auto& event : ensemble_.replica(i).machine().timeline().all()) known.insert(event.id);
    }
    for (const auto& [one, other] : world_.links_) ensemble_.network().set_path_cut(one, other, false);
    for (std::uint32_t i = 0; i < world_.peers_; ++i)
      if (!ensemble_.running(i)) start(i);
    ensemble_.run_for(healing_time);
    look_around();
    const Tick common = ensemble_.common_tick();
    const auto reference = [&](std::uint32_t i) {
      return ensemble_.peer(i).template find<Session>()->pace().reference();
    };
    std::set<Origin> living;
    for (std::uint32_t i = 0; i < world_.peers_; ++i) living.insert(ensemble_.peer(i).origin());
    if (!living.contains(reference(0))) blame("peers follow the time of a dead one");
    for (std::uint32_t i = 0; i < world_.peers_; ++i) {
      const auto& replica = ensemble_.replica(i);
      if (reference(i) != reference(0)) blame(fmt::format("peer {} follows another's time than peer 0", i));
      if (replica.tick() - common > ticks_apart_max + (world_.lockstep ? ticks_held_back_max : 0))
        blame(fmt::format("peer {} is {} ticks ahead of others", i, replica.tick() - common));
      if (replica.machine().timeline().size() != known.size())
        blame(fmt::format("peer {} knows {} events of {}", i, replica.machine().timeline().size(),
                          known.size()));
    }
    if (!ensemble_.agree_at(common)) blame("the states differ a minute after everything has healed");
  }

  WorldOf world_;  // a copy, whose generator goes on from where the drawing ended
  Ensemble<App> ensemble_;
  std::map<Name, Said> said_;
  std::map<Origin, Sequence> sequences_;
  std::vector<Tick> shown_;  // by each peer, in its present life
  std::vector<std::string> accusations_;
  std::optional<std::string> problem_;
};

template <typename App>
std::expected<std::uint64_t, std::string> WorldOf<App>::run() const {
  return Run(*this).live();
}

using RandomWorld = WorldOf<Scribble>;

}  // namespace tutti::symmetric::session_test
