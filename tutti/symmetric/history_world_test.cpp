// Random worlds whose past is folded: peers leave, die, come back and fall apart, for less and for more time
// than an absent peer is waited for. After healing all agree, nothing is lost whose peer lives, and nothing
// has happened twice. Peers that have disks may die, too, even all at once and while they write: nothing is
// lost that its user has seen happen.
//
//   TUTTI_HISTORY_SEEDS=1-500 tutti_history_test
#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/base/hash.hpp"
#include "tutti/base/seed_range.hpp"
#include "tutti/symmetric/ensemble.hpp"
#include "tutti/symmetric/long_session_test_app.hpp"
#include "tutti/symmetric/session_store_test_disk.hpp"
#include "tutti/symmetric/signing_test_values.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;

/// Remembers how often each thing was done, and in which order things were.
struct Tally {
  static constexpr std::string_view name = "tally";
  static constexpr std::uint32_t version = 1;
  static constexpr std::uint32_t things_max = 1024;
  static constexpr int ticks_per_second = 10;
  struct State {
    std::uint64_t order = 0;
    std::array<std::uint8_t, things_max> done{};
  };
  using Event = std::variant<std::uint32_t>;

  static void start(State&) {}
  static void tick(State& state) { state.order = state.order * 6364136223846793005u + 1; }
  static void apply(State& state, PeerId, const Event& event) {
    const auto thing = std::get<0>(event) % things_max;
    ++state.done[thing];
    state.order = (state.order ^ thing) * 0x9e3779b97f4a7c15u;
  }
};

class HistoryWorld {
 public:
  static constexpr Duration absence_max = 20s;

  explicit HistoryWorld(std::uint64_t seed, bool disks = false, bool sign = false)
      : random_(Random::keyed({seed, 0x41570})),
        peers_(2 + below(7)),
        links_(draw_links()),
        disks_(disks ? peers_ : 0),
        ensemble_(peers_,
                  {.seed = seed,
                   .model = *parse_network_model(random_.chance(0.5) ? "uniform:5ms-80ms+loss:3%"
                                                                     : "constant:30ms"),
                   .links = links_,
                   .session = {.history = {.absence_max = absence_max}},
                   .store = [this](std::uint32_t index, Runtime& runtime) { return store(index, runtime); },
                   .signing = sign ? session_test::signing_without_issuer : nullptr,
                   .log = Log(LogLevel::warning,
                              [this](LogLevel, std::string_view text) {
                                if (text.contains(" is cut: ")) accusation_ = text;
                              })}),
        lives_(peers_) {}

  /// A sentence about what went wrong, if anything did.
  std::optional<std::string> live() {
    for (std::uint32_t i = 0; i < peers_; ++i)
      if (random_.chance(0.7)) start(i);
    for (int round = 0; round < 150; ++round) {
      something_happens();
      ensemble_.run_for(Duration(static_cast<std::int64_t>(random_.below(4'000'000'000))));
      if (has_disks() && random_.chance(0.03)) kill_all();
      for (std::uint32_t i = 0; i < peers_; ++i) {
        if (!ensemble_.running(i)) continue;
        const auto& replica = ensemble_.replica(i);
        if (replica.divergence()) return fmt::format("round {}: peer {} found a divergence", round, i);
        if (std::ranges::max(replica.state().done) > 1)
          return fmt::format("round {}: something has happened twice at peer {}", round, i);
      }
    }
    return heal();
  }
  [[nodiscard]] std::uint64_t trace() const { return ensemble_.trace_hash(); }

 private:
  using Links = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
  struct Done {
    std::uint32_t peer;
    std::uint32_t life;
    bool seen = false;  // by its user, before he died
  };

  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_.below(bound)); }
  Links draw_links() {
    Links links;
    for (std::uint32_t i = 1; i < peers_; ++i) {
      links.emplace_back(below(i), i);
      if (random_.chance(0.5)) links.emplace_back(below(i), i);
    }
    return links;
  }
  [[nodiscard]] bool has_disks() const { return !disks_.empty(); }
  std::shared_ptr<SessionStore> store(std::uint32_t peer, Runtime& runtime) {
    if (!has_disks()) return nullptr;
    return std::make_shared<TestStore>(disks_[peer], runtime, Random(random_()), 1s);
  }
  void start(std::uint32_t peer) {
    ensemble_.start(peer);
    ++lives_[peer];
  }
  void kill(std::uint32_t peer) {
    // What its user has seen happen.
    const auto& replica = ensemble_.replica(peer);
    for (std::uint32_t thing = 0; thing < done_.size(); ++thing)
      if (done_[thing].peer == peer && replica.state().done[thing] > 0) done_[thing].seen = true;
    for (const auto& event : replica.machine().timeline().all())
      if (event.id.origin.peer == ensemble_.peer(peer).id()) done_[std::get<0>(event.payload)].seen = true;
    ensemble_.kill(peer);
  }
  void kill_all() {
    for (std::uint32_t i = 0; i < peers_; ++i)
      if (ensemble_.running(i)) kill(i);
  }
  void something_happens() {
    const auto peer = below(peers_);
    const auto& [one, other] = links_[below(static_cast<std::uint32_t>(links_.size()))];
    switch (below(14)) {
      case 0:
        return ensemble_.running(peer) ? kill(peer) : start(peer);
      case 1:
        if (!ensemble_.running(peer)) start(peer);
        return;
      case 2:
        return ensemble_.cut(peer, true);
      case 3:
      case 4:
        return ensemble_.cut(peer, false);
      case 5:
        return ensemble_.network().set_path_cut(one, other, true);
      case 6:
      case 7:
        return ensemble_.network().set_path_cut(one, other, false);
      default:
        for (auto count = 1 + below(3); count > 0; --count) {
          if (!ensemble_.running(peer)) return;
          ensemble_.submit(peer, static_cast<std::uint32_t>(done_.size()));
          done_.push_back({peer, lives_[peer]});
        }
    }
  }
  std::optional<std::string> heal() {
    for (std::uint32_t i = 0; i < peers_; ++i) ensemble_.cut(i, false);
    for (const auto& [one, other] : links_) ensemble_.network().set_path_cut(one, other, false);
    const auto lives = lives_;
    std::vector<bool> running(peers_);
    for (std::uint32_t i = 0; i < peers_; ++i) {
      running[i] = ensemble_.running(i);
      if (!running[i]) start(i);
    }
    ensemble_.run_for(150s);
    if (!accusation_.empty()) return "honest peers fell out: " + accusation_;
    if (!ensemble_.agree_at(ensemble_.common_tick())) return "the states differ after healing";
    const auto& state = ensemble_.replica(0).state();
    for (std::uint32_t thing = 0; thing < done_.size(); ++thing) {
      const auto& [peer, life, seen] = done_[thing];
      const bool lives_on = running[peer] && lives[peer] == life;
      if (state.done[thing] == 0 && (lives_on || (seen && has_disks())))
        return fmt::format("{} is lost, though peer {}, who did it, {}", thing, peer,
                           lives_on ? "lives" : "had seen it happen");
      if (state.done[thing] > 1) return fmt::format("{}, which peer {} did, has happened twice", thing, peer);
    }
    const auto now = ensemble_.common_tick();
    for (std::uint32_t i = 0; i < peers_; ++i) {
      const auto& past = ensemble_.peer(i).find<Session>()->past();
      if (now - past.foundation_tick() > 60 * Tally::ticks_per_second)
        return fmt::format("peer {} does not fold: {} of {}", i, past.foundation_tick().value(), now.value());
    }
    return std::nullopt;
  }

  Random random_;
  std::uint32_t peers_;
  Links links_;
  std::vector<TestDisk> disks_;  // of the peers, or none
  Ensemble<Tally> ensemble_;
  std::vector<std::uint32_t> lives_;
  std::vector<Done> done_;
  std::string accusation_;
};

void live_through_all(bool disks) {
  const auto [first, last] = SeedRange::asked_for("TUTTI_HISTORY_SEEDS", {1, 20});
  for (auto seed = first; seed <= last; ++seed) {
    const auto problem = HistoryWorld(seed, disks).live();
    EXPECT_FALSE(problem) << "seed " << seed << ": " << *problem;
  }
}
TEST(HistoryWorlds, agree_after_healing_and_nothing_that_was_done_is_lost_or_doubled) {
  live_through_all(false);
}
TEST(HistoryWorlds, lose_nothing_with_their_peers_when_these_have_disks) {
  live_through_all(true);
}

TEST(HistoryWorlds, lose_nothing_where_events_are_signed) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto problem = HistoryWorld(seed, true, true).live();
    EXPECT_FALSE(problem) << "seed " << seed << ": " << *problem;
  }
}

TEST(HistoryWorlds, repeat_exactly) {
  for (const bool disks : {false, true}) {
    HistoryWorld one(3, disks);
    HistoryWorld other(3, disks);
    EXPECT_EQ(one.live(), other.live());
    EXPECT_EQ(one.trace(), other.trace());
  }
}

/// A tick a second: a day of it costs little.
template <std::size_t bytes>
using Slow = session_test::Slow<bytes, 1>;
using session_test::live_on;

EnsembleOptions slow_options() {
  return {.model = constant_delay(20ms),
          .links = {{0, 1}},
          .session = {.deadline = FixedDeadline{1s}},
          .replica = {.time_machine = {.snapshot_interval_ticks = 10, .snapshots_max = 16}}};
}

TEST(HistoryOfADay, memory_stays_flat) {
  Ensemble<Slow<64>> ensemble(2, slow_options());
  ensemble.start(0);
  ensemble.start(1);
  std::vector<std::size_t> held;
  for (int hours = 0; hours < 24; hours += 6) {
    live_on(ensemble, 6h);
    const auto& past = ensemble.peer(0).find<Session>()->past();
    held.push_back(past.bytes() + ensemble.peer(0).find<Flood>()->stored_bytes());
    EXPECT_LE(ensemble.replica(0).machine().timeline().size(), 30u);
    EXPECT_LE(ensemble.peer(0).find<Flood>()->stored_bytes(), 30 * 150u);
  }
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  // What grows, and only for a day, is what each user did itself: half of 25 events a minute.
  for (const auto bytes : held) EXPECT_LE(bytes, std::size_t{4} << 20);
}

struct Join {
  Duration time{};
  std::uint64_t events = 0;  ///< that the newcomer was sent
};
/// Of a session this old, from start to the state of the other.
Join join_after(Duration age) {
  using App = Slow<std::size_t{256} << 10>;
  Ensemble<App> ensemble(2, slow_options());
  ensemble.start(0);
  live_on(ensemble, age);
  const auto before = ensemble.simulator().now();
  ensemble.start(1);
  while (ensemble.replica(1).state().words != ensemble.replica(0).state().words &&
         ensemble.simulator().now() - before < 60s)
    ensemble.run_for(10ms);
  return {ensemble.simulator().now() - before, ensemble.replica(1).machine().statistics().events};
}

TEST(HistoryOfADay, joining_takes_as_long_as_after_ten_minutes) {
  const auto early = join_after(10min);
  const auto late = join_after(24h);
  EXPECT_LT(early.time, 5s);
  EXPECT_LE(in_seconds(late.time), 1.2 * in_seconds(early.time));
  EXPECT_LE(static_cast<double>(late.events), 1.2 * static_cast<double>(early.events) + 2);
}

}  // namespace
}  // namespace tutti::symmetric
