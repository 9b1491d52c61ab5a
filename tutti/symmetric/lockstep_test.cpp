// Sessions in lockstep: nothing is rolled back while links hold, and nobody is waited for in vain.
#include "tutti/symmetric/lockstep.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/symmetric/ensemble.hpp"
#include "tutti/symmetric/session_store_test_disk.hpp"
#include "tutti/symmetric/session_test_world.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;

using session_test::line;
using session_test::Links;
using session_test::Scribble;

constexpr std::int64_t second = ticks_per_second<Scribble>();

class Lockstepped : public Ensemble<Scribble> {
 public:
  Lockstepped(std::uint32_t count, std::string_view model, Links links, DeadlinePolicy deadline = {},
              std::uint64_t seed = 1)
      : Ensemble(count, {.seed = seed,
                         .model = *parse_network_model(model),
                         .links = std::move(links),
                         .session = {.deadline = deadline, .lockstep = Lockstep{}}}) {}

  /// All peers start, hear of each other and have introduced themselves.
  void begin() {
    start_all();
    run_for(30s);
    for (std::uint32_t i = 0; i < size(); ++i) rollbacks_before_ += rollbacks_of(i);
  }
  /// Users do something now and then.
  void live_on(Duration span, Random& random) {
    for (const auto end = simulator().now() + span; simulator().now() < end;) {
      submit_somewhere(random);
      run_for(Duration(static_cast<std::int64_t>(random.below(200'000'000))));
    }
  }
  void submit_somewhere(Random& random) {
    const auto peer = static_cast<std::uint32_t>(random.below(size()));
    if (!running(peer)) return;
    submit(peer, Scribble::Stroke{++said_});
  }
  [[nodiscard]] std::uint64_t said() const { return said_; }
  std::uint64_t rollbacks_of(std::uint32_t peer) { return replica(peer).machine().statistics().rollbacks; }
  /// Since begin(), of those that run.
  std::uint64_t rollbacks() {
    std::uint64_t rollbacks = 0;
    for (std::uint32_t i = 0; i < size(); ++i)
      if (running(i)) rollbacks += rollbacks_of(i);
    return rollbacks - rollbacks_before_;
  }
  [[nodiscard]] Tick network_tick() {
    return Tick(simulator().now().time_since_epoch() / (Duration(1s) / second));
  }
  [[nodiscard]] std::int64_t behind(std::uint32_t peer) { return network_tick() - replica(peer).tick(); }

 private:
  std::uint32_t said_ = 0;
  std::uint64_t rollbacks_before_ = 0;
};

/// A world from one seed: some peers, somehow linked, over paths that vary and lose.
Lockstepped world(std::uint64_t seed, DeadlinePolicy deadline) {
  Random random = Random::keyed({seed, 0x10c5});
  const auto peers = static_cast<std::uint32_t>(2 + random.below(7));
  Links links;
  for (std::uint32_t i = 1; i < peers; ++i) {
    links.emplace_back(random.below(i), i);
    if (random.chance(0.4)) links.emplace_back(random.below(i), i);
  }
  const auto delay = 5 + random.below(60);
  auto model = random.chance(0.5) ? fmt::format("normal:{}ms,{}us", delay, delay * random.below(300))
                                  : fmt::format("uniform:{}ms-{}ms", delay / 2, 2 * delay);
  model += fmt::format("+loss:{}%", random.below(6));
  return {peers, model, links, deadline, seed};
}

void expect_no_rollback(Lockstepped ensemble, std::uint64_t seed, Duration span) {
  SCOPED_TRACE(seed);
  Random random(seed);
  ensemble.begin();
  ensemble.live_on(span, random);
  ensemble.run_for(5s);
  EXPECT_EQ(ensemble.rollbacks(), 0u);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  for (std::uint32_t i = 0; i < ensemble.size(); ++i)
    EXPECT_EQ(ensemble.replica(i).state().events, ensemble.said());
}

TEST(Lockstep, nothing_is_ever_rolled_back_while_links_hold) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) expect_no_rollback(world(seed, {}), seed, 60s);
}

TEST(Lockstep, whatever_the_deadline_nothing_is_rolled_back_and_all_agree) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed)
    expect_no_rollback(world(seed, FixedDeadline{std::chrono::milliseconds(seed * 13)}), seed, 30s);
}

TEST(Lockstep, a_deadline_that_covers_the_paths_lets_all_run_at_network_time) {
  Lockstepped ensemble(6, "normal:20ms,3ms", line(6));
  Random random(1);
  ensemble.begin();
  std::int64_t waited = 0;
  for (int i = 0; i < 3000; ++i) {
    if (i % 20 == 0) ensemble.submit_somewhere(random);
    ensemble.run_for(20ms);
    for (std::uint32_t p = 0; p < 6; ++p) waited += ensemble.behind(p) > 2;
  }
  EXPECT_LE(waited, 6 * 3000 / 100);
  EXPECT_EQ(ensemble.rollbacks(), 0u);
  EXPECT_LE(ensemble.replica(0).deadline_ticks(),
            15);  // 100 ms of path, 50 ms to the next promise, a reserve
}

TEST(Lockstep, a_slow_path_makes_all_wait_for_it_and_loses_nothing) {
  Lockstepped ensemble(3, "constant:10ms", line(3), FixedDeadline{60ms});
  Random random(1);
  ensemble.begin();
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_LE(ensemble.behind(i), 2);
  ensemble.network().set_model(*parse_network_model("constant:200ms"));
  ensemble.live_on(20s, random);
  // Two hops of 200 ms, 50 ms to the next promise, and a deadline of only 60 ms.
  EXPECT_GE(ensemble.behind(0), 12);
  EXPECT_LE(ensemble.behind(0), 25);
  ensemble.run_for(5s);
  EXPECT_EQ(ensemble.rollbacks(), 0u);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(ensemble.replica(i).state().events, ensemble.said());
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
}

TEST(Lockstep, who_dies_stops_the_others_for_no_longer_than_the_patience) {
  Lockstepped ensemble(4, "constant:20ms", {{0, 1}, {1, 2}, {0, 3}, {1, 3}});
  Random random(1);
  ensemble.begin();
  ensemble.kill(2);
  ensemble.run_for(1s);
  const auto stopped_at = ensemble.replica(0).tick();
  ensemble.live_on(8s, random);
  EXPECT_EQ(ensemble.replica(0).tick(), stopped_at);
  EXPECT_GT(ensemble.replica(0).held_back(ensemble.simulator().now()), 8s);
  ensemble.run_for(2s);
  for (const std::uint32_t i : {0u, 1u, 3u}) EXPECT_LE(ensemble.behind(i), 2);
  EXPECT_EQ(ensemble.replica(0).held_back(ensemble.simulator().now()), Duration::zero());
  EXPECT_EQ(ensemble.rollbacks(), 0u);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
}

TEST(Lockstep, who_says_goodbye_stops_nobody) {
  Lockstepped ensemble(4, "constant:20ms", {{0, 1}, {1, 2}, {0, 3}, {1, 3}});
  ensemble.begin();
  ensemble.submit(2, Scribble::Stroke{1});
  ensemble.stop(2);
  for (int i = 0; i < 100; ++i) {
    ensemble.run_for(100ms);
    for (const std::uint32_t p : {0u, 1u, 3u}) EXPECT_LE(ensemble.behind(p), 5);
  }
  for (const std::uint32_t p : {0u, 1u, 3u}) EXPECT_EQ(ensemble.replica(p).state().events, 1u);
  EXPECT_EQ(ensemble.rollbacks(), 0u);
}

TEST(Lockstep, a_newcomer_who_acts_at_once_makes_nobody_roll_back) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(seed);
    Lockstepped ensemble(6, "normal:40ms,8ms+loss:2%", line(6), {}, seed);
    Random random(seed);
    for (std::uint32_t i = 0; i < 5; ++i) ensemble.start(i);
    ensemble.run_for(30s);
    std::vector<std::uint64_t> before;
    for (std::uint32_t i = 0; i < 5; ++i) before.push_back(ensemble.rollbacks_of(i));
    ensemble.start(5);
    while (!ensemble.peer(5).find<Session>()->pace().synchronized()) ensemble.run_for(1ms);
    for (int i = 0; i < 50; ++i) {
      ensemble.submit(5, Scribble::Stroke{1});
      ensemble.run_for(50ms);
    }
    ensemble.run_for(10s);
    for (std::uint32_t i = 0; i < 5; ++i) EXPECT_EQ(ensemble.rollbacks_of(i), before[i]);
    EXPECT_EQ(ensemble.replica(0).state().events, 50u);
    EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  }
}

TEST(Lockstep, a_cut_shorter_than_the_patience_stops_both_sides_and_costs_no_rollback) {
  Lockstepped ensemble(4, "constant:20ms", line(4));
  Random random(1);
  ensemble.begin();
  ensemble.network().set_path_cut(1, 2, true);
  ensemble.live_on(4s, random);
  for (std::uint32_t i = 0; i < 4; ++i) EXPECT_GT(ensemble.behind(i), 3 * second);
  ensemble.network().set_path_cut(1, 2, false);
  ensemble.run_for(5s);
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_LE(ensemble.behind(i), 2);
    EXPECT_EQ(ensemble.replica(i).state().events, ensemble.said());
  }
  EXPECT_EQ(ensemble.rollbacks(), 0u);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
}

TEST(Lockstep, two_partitions_go_on_after_their_patience_and_merge_when_they_meet) {
  Lockstepped ensemble(4, "constant:20ms", line(4));
  Random random(1);
  ensemble.begin();
  ensemble.network().set_path_cut(1, 2, true);
  ensemble.live_on(40s, random);
  for (std::uint32_t i = 0; i < 4; ++i) EXPECT_LE(ensemble.behind(i), 2);
  ensemble.network().set_path_cut(1, 2, false);
  ensemble.run_for(30s);
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_LE(ensemble.behind(i), 2);
    EXPECT_EQ(ensemble.replica(i).state().events, ensemble.said());
  }
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  const auto merged = ensemble.rollbacks();
  ensemble.live_on(20s, random);
  EXPECT_EQ(ensemble.rollbacks(), merged);
}

TEST(Lockstep, a_slow_disk_makes_its_own_user_wait_and_nobody_roll_back) {
  TestDisk disk;
  Ensemble<Scribble> ensemble(
      2, {.model = *parse_network_model("constant:10ms"),
          .links = line(2),
          .session = {.deadline = FixedDeadline{80ms}, .lockstep = Lockstep{}},
          .store = [&](std::uint32_t index, Runtime& runtime) {
            return index == 0 ? std::make_shared<TestStore>(disk, runtime, Random(1), 300ms) : nullptr;
          }});
  ensemble.start_all();
  ensemble.replica(1).choose_deadline(FixedDeadline{1s});  // so that it promises much further ahead
  ensemble.run_for(10s);
  const auto before = ensemble.replica(0).machine().statistics().rollbacks;
  for (std::uint32_t i = 0; i < 100; ++i) {
    ensemble.submit(i % 2, Scribble::Stroke{i});
    ensemble.run_for(150ms);
  }
  ensemble.run_for(2s);
  EXPECT_EQ(ensemble.replica(0).machine().statistics().rollbacks, before);
  EXPECT_EQ(ensemble.replica(0).state().events, 100u);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
}

TEST(Lockstep, random_worlds_in_bad_times_agree_after_healing) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    session_test::RandomWorld world(seed);
    if (world.peers() > 8) continue;  // sessions in lockstep are small
    world.lockstep = Lockstep{3s};
    const auto trace = world.run();
    EXPECT_TRUE(trace) << world.describe() << "\n" << trace.error();
  }
}

TEST(Lockstep, peers_with_it_and_without_refuse_each_other_by_name) {
  EXPECT_EQ(network_of("rectangle 1", std::nullopt), "rectangle 1");
  EXPECT_EQ(network_of("rectangle 1", Lockstep{}), "rectangle 1 in lockstep");
}

TEST(Lockstep, is_written_as_its_patience_or_no) {
  EXPECT_EQ(parse_lockstep("no").value(), std::nullopt);
  EXPECT_EQ(parse_lockstep("3s").value(), Lockstep{3s});
  for (const auto* text : {"", "yes", "0s", "-1s", "10"}) {
    const auto lockstep = parse_lockstep(text);
    ASSERT_FALSE(lockstep) << text;
    EXPECT_TRUE(lockstep.error().contains("is no patience")) << lockstep.error();
  }
}

}  // namespace
}  // namespace tutti::symmetric
