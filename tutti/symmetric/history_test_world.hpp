// For tests: a world drawn from one seed, in which a session lives through all that befalls sessions, for
// minutes or for hours, and its past is folded meanwhile.
//
// The seed decides how many players and spectators there are, how they are linked, whether in lockstep, by
// signed events or with disks, how far ahead events are stamped, how much of the past is kept, and for how
// long who is absent is waited for. Then it decides what happens: peers leave, die and come back, even all at
// once and while their disks write; they fall apart, for less and for more time than they are waited for;
// clocks drift and jump, the weather changes, disks fill up, and in between users do things. All the while
// what must never be is looked for. At last everything heals, and then all peers must have one state; nothing
// may be lost whose peer lives or, where there are disks, whose user had seen it happen; nothing may have
// happened twice; and of what is over nothing may be kept but the image of it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "tutti/base/text.hpp"
#include "tutti/symmetric/chronicle_test_app.hpp"
#include "tutti/symmetric/ensemble.hpp"
#include "tutti/symmetric/session_store_test_disk.hpp"
#include "tutti/symmetric/session_test_world.hpp"
#include "tutti/symmetric/signing_test_values.hpp"

namespace tutti::symmetric::session_test {

/// What a seed decides before anything happens.
struct HistoryPlan {
  explicit HistoryPlan(Random& random) {
    const auto below = [&](std::uint32_t bound) { return static_cast<std::uint32_t>(random.below(bound)); };
    players = 2 + below(7);
    if (random.chance(0.3)) spectators = 1 + below(3);
    // Some players know spectators only.
    std::vector<std::uint32_t> order(peers());
    std::iota(order.begin(), order.end(), 0u);
    for (std::uint32_t i = 1; i < peers(); ++i) std::swap(order[i], order[below(i + 1)]);
    for (std::uint32_t i = 1; i < peers(); ++i) {
      links.emplace_back(order[below(i)], order[i]);
      if (random.chance(0.5)) links.emplace_back(order[below(i)], order[i]);
    }
    disks = random.chance(0.6);
    signs = random.chance(0.1);
    wire = random.chance(0.5);
    disk_pause_max = std::chrono::milliseconds(10 + below(2) * below(3000));
    if (random.chance(0.3)) lockstep = Lockstep{std::chrono::milliseconds(1000 + below(9000))};
    if (random.chance(0.5)) deadline = FixedDeadline{std::chrono::milliseconds(below(1000))};
    if (random.chance(0.1)) absence_max = std::chrono::minutes(10);
    if (random.chance(0.2)) kept = RecentHistory{std::chrono::seconds(below(120))};
    if (random.chance(0.1)) kept = FullHistory{};
    lasts_hours = random.chance(0.05);
  }

  [[nodiscard]] std::uint32_t peers() const { return players + spectators; }
  [[nodiscard]] bool is_player(std::uint32_t peer) const { return peer < players; }
  [[nodiscard]] bool folds() const { return !std::holds_alternative<FullHistory>(kept); }
  [[nodiscard]] Duration kept_span() const {
    const auto* const recent = std::get_if<RecentHistory>(&kept);
    return recent == nullptr ? Duration{} : recent->span;
  }
  [[nodiscard]] std::string describe() const {
    return fmt::format("{} players, {} spectators, {} links{}{}{}{}, deadline {}, keeps {}, waits {}{}",
                       players, spectators, links.size(), disks ? ", disks" : "", signs ? ", signed" : "",
                       wire ? ", encoded" : "",
                       lockstep ? ", lockstep " + tutti::describe(lockstep->patience) : std::string(),
                       symmetric::describe(deadline), folds() ? tutti::describe(kept_span()) : "all",
                       tutti::describe(absence_max), lasts_hours ? ", for hours" : "");
  }

  std::uint32_t players = 0;  // come first
  std::uint32_t spectators = 0;
  Links links;
  bool disks = false;
  bool signs = false;
  bool wire = false;
  bool lasts_hours = false;
  Duration disk_pause_max{};
  std::optional<Lockstep> lockstep;
  DeadlinePolicy deadline;
  HistoryKept kept;
  Duration absence_max = std::chrono::seconds(20);
};

class HistoryWorld {
 public:
  explicit HistoryWorld(std::uint64_t seed)
      : random_(Random::keyed({seed, 0x41570})),
        plan_(random_),
        disks_(plan_.disks ? plan_.peers() : 0),
        stores_(disks_.size()),
        ensemble_(plan_.peers(), options(seed)),
        lives_(plan_.peers()),
        shown_(plan_.peers()) {}

  [[nodiscard]] std::string describe() const { return plan_.describe(); }

  /// A sentence about what went wrong, if anything did.
  std::optional<std::string> live() {
    for (std::uint32_t i = 0; i < plan_.peers(); ++i)
      if (random_.chance(0.7)) start(i);
    const auto long_round = plan_.lasts_hours ? below(rounds) : rounds;
    for (std::uint32_t round = 0; round < rounds; ++round) {
      something_happens();
      ensemble_.run_for(span_below(std::chrono::seconds(4)));
      if (random_.chance(0.02)) go_on_for(span_below(3 * plan_.absence_max));
      if (round == long_round) go_on_for(std::chrono::hours(1) + span_below(std::chrono::hours(2)));
      if (has_disks() && random_.chance(0.03)) kill_all();
      if (auto problem = look_around()) return fmt::format("round {}: {}", round, *problem);
    }
    return heal();
  }
  [[nodiscard]] std::uint64_t trace() const { return ensemble_.trace_hash(); }

 private:
  static constexpr std::uint32_t rounds = 150;
  /// All clocks' jumps together: further ahead than an hour nobody is believed.
  static constexpr Duration jumps_max = std::chrono::minutes(50);

  /// Of events that are due in the future: clocks have jumped, and gone with their peers.
  static constexpr std::size_t bytes_max = 4096;

  struct Done {
    std::uint32_t peer;
    std::uint32_t life;
    bool durable = false;  // it is in its peer's store, or its user has seen it happen
  };

  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_.below(bound)); }
  Duration span_below(Duration bound) {
    return Duration(static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(bound.count()))));
  }
  [[nodiscard]] bool has_disks() const { return !disks_.empty(); }
  std::string draw_weather() {
    return random_.chance(0.5) ? fmt::format("uniform:5ms-{}ms+loss:{}%", 10 + below(200), below(10))
                               : fmt::format("constant:{}ms", 1 + below(100));
  }

  EnsembleOptions options(std::uint64_t seed) {
    EnsembleOptions options{.seed = seed,
                            .model = *parse_network_model(draw_weather()),
                            .links = plan_.links,
                            .session = {.deadline = plan_.deadline,
                                        .history = {.kept = plan_.kept, .absence_max = plan_.absence_max},
                                        .lockstep = plan_.lockstep},
                            .network = {.wire = plan_.wire},
                            .log = Log(LogLevel::warning, [this](LogLevel, std::string_view text) {
                              if (text.contains(" is cut: ")) accusation_ = text;
                            })};
    if (plan_.disks)
      options.store = [this](std::uint32_t index, Runtime& runtime) { return store(index, runtime); };
    if (plan_.signs)
      options.signing = [this](std::uint32_t index) {
        return signing_with_issuer(index, plan_.is_player(index));
      };
    for (auto i = plan_.players; i < plan_.peers(); ++i) options.spectators.insert(i);
    return options;
  }
  std::shared_ptr<SessionStore> store(std::uint32_t peer, Runtime& runtime) {
    auto store = std::make_shared<TestStore>(disks_[peer], runtime, Random(random_()), plan_.disk_pause_max);
    stores_[peer] = store;
    return store;
  }

  void start(std::uint32_t peer) {
    ensemble_.start(peer);
    ++lives_[peer];
    shown_[peer] = Tick{};
  }
  void end(std::uint32_t peer, bool says_goodbye) {
    const auto& replica = ensemble_.replica(peer);
    for (std::uint32_t thing = 0; thing < done_.size(); ++thing)
      if (done_[thing].peer == peer && done_[thing].life == lives_[peer] &&
          Chronicle::times_done(replica.state(), thing) > 0)
        done_[thing].durable = true;
    for (const auto& event : replica.machine().timeline().all())
      if (event.id.origin == ensemble_.peer(peer).origin())
        done_[std::get<0>(event.payload).thing].durable = true;
    says_goodbye ? ensemble_.stop(peer) : ensemble_.kill(peer);
    note_stored(peer);
  }
  void note_stored(std::uint32_t peer) {
    if (!has_disks()) return;
    for (const auto& event : disks_[peer].past().events)
      if (event.own) done_[std::get<0>(*decode_event<Chronicle>(event.said.event)).thing].durable = true;
  }
  void kill_all() {
    for (std::uint32_t i = 0; i < plan_.peers(); ++i)
      if (ensemble_.running(i)) end(i, false);
  }
  void do_things(std::uint32_t peer) {
    for (auto count = 1 + below(3); count > 0 && ensemble_.running(peer); --count) {
      ensemble_.submit(peer, Chronicle::Deed{static_cast<std::uint32_t>(done_.size())});
      done_.push_back({peer, lives_[peer]});
    }
  }
  void go_on_for(Duration span) {
    constexpr std::int64_t parts = 20;
    for (std::int64_t i = 0; i < parts; ++i) {
      do_things(below(plan_.players));
      ensemble_.run_for(span / parts);
    }
  }
  void something_happens() {
    const auto peer = below(plan_.peers());
    const auto& [one, other] = plan_.links[below(static_cast<std::uint32_t>(plan_.links.size()))];
    switch (below(20)) {
      case 0:
      case 1:
        return ensemble_.running(peer) ? end(peer, random_.chance(0.3)) : start(peer);
      case 2:
        if (!ensemble_.running(peer)) start(peer);
        return;
      case 3:
        return ensemble_.cut(peer, true);
      case 4:
      case 5:
        return ensemble_.cut(peer, false);
      case 6:
        return ensemble_.network().set_path_cut(one, other, true);
      case 7:
      case 8:
        return ensemble_.network().set_path_cut(one, other, false);
      case 9:
        return random_.chance(0.3) ? mend_paths() : part();
      case 10:
        return ensemble_.network().set_model(*parse_network_model(draw_weather()));
      case 11:
        return disturb_clock(peer);
      case 12:
        if (const auto store = has_disks() ? stores_[peer].lock() : nullptr)
          store->set_full(random_.chance(0.3));
        return;
      default:
        do_things(below(plan_.players));
    }
  }
  void mend_paths() {
    for (const auto& [one, other] : plan_.links) ensemble_.network().set_path_cut(one, other, false);
  }
  /// Into two halves that do not hear of each other.
  void part() {
    std::vector<bool> here(plan_.peers());
    for (std::uint32_t i = 0; i < plan_.peers(); ++i) here[i] = random_.chance(0.5);
    for (const auto& [one, other] : plan_.links)
      ensemble_.network().set_path_cut(one, other, here[one] != here[other]);
  }
  void disturb_clock(std::uint32_t peer) {
    auto& clock = ensemble_.simulator().node(peer);
    if (random_.chance(0.5)) return clock.set_drift(static_cast<double>(below(1000)) - 500);
    const auto jump = std::min(
        span_below(random_.chance(0.5) ? std::chrono::seconds(2) : Duration(std::chrono::minutes(20))),
        jumps_max - jumped_);
    jumped_ += jump;
    clock.step_clock(jump);
  }

  /// What must never be.
  std::optional<std::string> look_around() {
    if (!accusation_.empty()) return "honest peers fell out: " + accusation_;
    for (std::uint32_t i = 0; i < plan_.peers(); ++i) {
      if (!ensemble_.running(i)) continue;
      const auto& replica = ensemble_.replica(i);
      if (replica.divergence()) return fmt::format("peer {} found a divergence", i);
      if (replica.malformed_count() > 0) return fmt::format("peer {} got malformed events", i);
      if (replica.tick() < shown_[i]) return fmt::format("peer {} went back in time", i);
      shown_[i] = replica.tick();
      for (const auto& [thing, times] : replica.state().done)
        if (times > 1) return fmt::format("{} has happened twice at peer {}", thing, i);
    }
    return std::nullopt;
  }

  std::optional<std::string> heal() {
    mend_paths();
    const auto lives = lives_;
    std::vector<bool> running(plan_.peers());
    for (std::uint32_t i = 0; i < plan_.peers(); ++i) {
      ensemble_.cut(i, false);
      running[i] = ensemble_.running(i);
      if (!running[i]) start(i);
      if (has_disks()) stores_[i].lock()->set_full(false);
      note_stored(i);
    }
    ensemble_.run_for(std::chrono::seconds(90) + 3 * plan_.absence_max + plan_.kept_span());
    if (auto problem = look_around()) return "after healing " + *problem;
    if (!ensemble_.agree_at(ensemble_.common_tick())) return "the states differ after healing";
    const auto& replica = ensemble_.replica(0);
    std::set<std::uint32_t> known;  // done, or due in the future of a clock that has jumped
    for (const auto& [thing, times] : replica.state().done) known.insert(thing);
    for (const auto& event : replica.machine().timeline().all())
      known.insert(std::get<0>(event.payload).thing);
    for (std::uint32_t thing = 0; thing < done_.size(); ++thing) {
      const auto& [peer, life, durable] = done_[thing];
      const bool lives_on = running[peer] && lives[peer] == life;
      if (!known.contains(thing) && (lives_on || (durable && has_disks())))
        return fmt::format("{} is lost, though peer {}, who did it, {}", thing, peer,
                           lives_on ? "lives" : "had stored it or seen it happen");
    }
    return plan_.folds() ? look_at_memory() : std::nullopt;
  }
  /// Nothing was done lately: what is kept is an image.
  std::optional<std::string> look_at_memory() {
    const TickRate rate(Chronicle::ticks_per_second);
    const auto now = ensemble_.common_tick();
    const auto oldest = now - rate.ticks_in(std::chrono::minutes(1) + plan_.kept_span());
    // A store gets an image a minute.
    const auto oldest_stored = oldest - rate.ticks_in(std::chrono::seconds(70));
    for (std::uint32_t i = 0; i < plan_.peers(); ++i) {
      if (const auto tick = ensemble_.peer(i).find<Session>()->past().foundation_tick(); tick < oldest)
        return fmt::format("peer {} does not fold: {} of {}", i, tick.value(), now.value());
      const auto over = [&](const auto& event) { return event.id.tick <= oldest; };
      if (std::ranges::any_of(ensemble_.replica(i).machine().timeline().all(), over))
        return fmt::format("peer {} keeps events", i);
      const auto stored = [&](const auto& event) { return !event.own && event.said.tick <= oldest_stored; };
      if (has_disks() && std::ranges::any_of(disks_[i].past().events, stored))
        return fmt::format("peer {} stores events that are part of its image", i);
      if (ensemble_.peer(i).find<Flood>()->stored_bytes() > bytes_max)
        return fmt::format("peer {} keeps the bytes of events", i);
    }
    return std::nullopt;
  }

  Random random_;
  HistoryPlan plan_;
  std::vector<TestDisk> disks_;  // of the peers, or none
  std::vector<std::weak_ptr<TestStore>> stores_;
  std::string accusation_;
  Ensemble<Chronicle> ensemble_;
  std::vector<std::uint32_t> lives_;
  std::vector<Tick> shown_;  // by each peer, in its present life
  std::vector<Done> done_;
  Duration jumped_{};
};

}  // namespace tutti::symmetric::session_test
