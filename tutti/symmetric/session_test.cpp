#include "tutti/symmetric/session.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/symmetric/ensemble.hpp"
#include "tutti/symmetric/session_test_world.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;

using session_test::line;
using session_test::Links;
using session_test::RandomWorld;
using session_test::Scribble;
using Scribblers = Ensemble<Scribble>;

NetworkModelPtr model(std::string_view text) {
  return *parse_network_model(text);
}

TEST(Session, an_event_reaches_all_in_time_and_all_states_are_equal) {
  Scribblers ensemble(
      6,
      {.model = model("normal:20ms,4ms"), .links = line(6), .session = {.deadline = FixedDeadline{300ms}}});
  ensemble.start_all();
  ensemble.run_for(5s);
  for (std::uint32_t i = 0; i < 6; ++i) ensemble.submit(i, Scribble::Stroke{i});
  ensemble.run_for(3s);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  for (std::uint32_t i = 0; i < 6; ++i) {
    EXPECT_EQ(ensemble.replica(i).state().events, 6u);
    EXPECT_EQ(ensemble.replica(i).machine().statistics().rollbacks, 0u);
  }
  EXPECT_EQ(ensemble.recorder().totals().count_of("session.arrived"), 30u);
  EXPECT_EQ(ensemble.recorder().totals().count_of("session.arrived_late"), 0u);
}

TEST(Session, late_events_roll_peers_back_to_equal_states) {
  Scribblers ensemble(
      6,
      {.model = model("normal:50ms,10ms"), .links = line(6), .session = {.deadline = FixedDeadline{20ms}}});
  ensemble.start_all();
  ensemble.run_for(5s);
  for (std::uint32_t i = 0; i < 60; ++i) {
    ensemble.submit(i % 6, Scribble::Stroke{i});
    ensemble.run_for(70ms);
  }
  ensemble.run_for(2s);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  EXPECT_EQ(ensemble.replica(5).state().events, 60u);
  EXPECT_GT(ensemble.replica(5).machine().statistics().rollbacks, 10u);
  const auto measures = ensemble.recorder().totals();
  EXPECT_EQ(measures.count_of("session.submitted"), 60u);
  EXPECT_EQ(measures.count_of("session.arrived"), 300u);
  EXPECT_GT(measures.count_of("session.arrived_late"), 60u);  // the farther half of the line hears all late
}

TEST(Session, the_measured_deadline_covers_the_paths) {
  Scribblers ensemble(6, {.model = model("normal:50ms,5ms"), .links = line(6)});
  ensemble.start_all();
  ensemble.run_for(30s);
  const auto before = ensemble.replica(5).machine().statistics().rollbacks;
  for (std::uint32_t i = 0; i < 60; ++i) {
    ensemble.submit(i % 6, Scribble::Stroke{i});
    ensemble.run_for(200ms);
  }
  EXPECT_GE(ensemble.replica(0).deadline_ticks(), 13);  // five hops of 50 ms are 12.5 ticks
  EXPECT_LE(ensemble.replica(0).deadline_ticks(), 30);
  EXPECT_LE(ensemble.replica(5).machine().statistics().rollbacks - before, 3u);
}

TEST(Session, a_deadline_is_chosen_while_the_session_runs) {
  Scribblers ensemble(6, {.model = model("normal:50ms,5ms"), .links = line(6)});
  ensemble.start_all();
  ensemble.run_for(30s);
  auto& first = ensemble.replica(0);
  const auto patient = first.deadline_ticks();
  first.choose_deadline(AdaptiveDeadline{0.2});
  EXPECT_LE(first.deadline_ticks(), 4);  // to the nearest of the five others
  const std::string text = "80ms";
  EXPECT_TRUE(ensemble.peer(0).command("Session", "setDeadline", std::vector<CommandValue>{text}));
  EXPECT_EQ(first.deadline_ticks(), 4);
  EXPECT_FALSE(ensemble.peer(0).command("Session", "setDeadline", std::vector<CommandValue>{"soon"}));
  EXPECT_EQ(first.deadline_ticks(), 4);
  first.choose_deadline(AdaptiveDeadline{});
  ensemble.run_for(10s);
  EXPECT_NEAR(static_cast<double>(first.deadline_ticks()), static_cast<double>(patient), 3);
}

TEST(Session, a_newcomer_gets_everything_and_is_at_network_time_within_two_seconds) {
  Scribblers ensemble(
      3, {.model = model("constant:20ms"), .links = line(3), .session = {.deadline = FixedDeadline{100ms}}});
  ensemble.start(0);
  ensemble.start(1);
  ensemble.run_for(600s);
  for (std::uint32_t i = 0; i < 100; ++i) {
    ensemble.submit(i % 2, Scribble::Stroke{i});
    ensemble.run_for(50ms);
  }
  ensemble.start(2);
  ensemble.run_for(2s);
  EXPECT_NEAR(static_cast<double>(ensemble.replica(2).tick().value()),
              static_cast<double>(ensemble.replica(0).tick().value()), 1);
  EXPECT_EQ(ensemble.replica(2).state().events, 100u);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
}

TEST(Session, two_partitions_that_both_went_on_merge_when_they_meet) {
  Scribblers ensemble(
      4, {.model = model("constant:20ms"), .links = line(4), .session = {.deadline = FixedDeadline{200ms}}});
  ensemble.start_all();
  ensemble.run_for(5s);
  ensemble.network().set_path_cut(1, 2, true);
  for (std::uint32_t i = 0; i < 40; ++i) {
    ensemble.submit(i % 4, Scribble::Stroke{i});
    ensemble.run_for(1s);
  }
  EXPECT_EQ(ensemble.replica(0).state().events, 20u);
  EXPECT_FALSE(ensemble.agree_at(ensemble.common_tick()));
  ensemble.network().set_path_cut(1, 2, false);
  ensemble.run_for(15s);
  EXPECT_EQ(ensemble.replica(0).state().events, 40u);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
}

TEST(Session, two_groups_that_began_apart_become_one_session) {
  Scribblers ensemble(
      4, {.model = model("constant:10ms"), .links = line(4), .session = {.deadline = FixedDeadline{100ms}}});
  ensemble.network().set_path_cut(1, 2, true);
  ensemble.start(0);
  ensemble.start(1);
  ensemble.run_for(300s);
  ensemble.start(2);
  ensemble.start(3);
  for (std::uint32_t i = 0; i < 40; ++i) {
    ensemble.submit(i % 4, Scribble::Stroke{i});
    ensemble.run_for(100ms);
  }
  ensemble.network().set_path_cut(1, 2, false);
  ensemble.run_for(20s);
  for (std::uint32_t i = 0; i < 4; ++i) EXPECT_EQ(ensemble.replica(i).state().events, 40u) << i;
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
}

std::uint64_t trace(std::uint64_t seed, bool wire) {
  Scribblers ensemble(5, {.seed = seed,
                          .model = model("normal:30ms,6ms+loss:2%"),
                          .links = line(5),
                          .session = {.deadline = FixedDeadline{60ms}},
                          .network = {.wire = wire}});
  ensemble.start_all();
  for (std::uint32_t i = 0; i < 50; ++i) {
    ensemble.submit(i % 5, Scribble::Stroke{i});
    ensemble.run_for(100ms);
  }
  ensemble.simulator().node(0).trace(ensemble.replica(0).state().value);
  return ensemble.trace_hash();
}

TEST(Session, is_exchanged_in_running_peers_and_so_is_what_it_stands_on_without_a_jump_of_time) {
  Scribblers ensemble(6, {.model = model("normal:30ms,5ms+loss:2%"), .links = line(6)});
  ensemble.start_all();
  ensemble.run_for(20s);
  Random random(1);
  for (std::uint32_t i = 0; i < 120; ++i) {
    const auto chosen = static_cast<std::uint32_t>(random.below(6));
    if (i % 4 == 0)
      ensemble.peer(chosen).exchange<Session, Session>(
          SessionOptions{.name = "anew", .ticks_per_second = ticks_per_second<Scribble>()});
    if (i % 4 == 2) ensemble.peer(chosen).exchange<Broadcaster, Flood>();
    ensemble.run_for(1ms);
    ensemble.submit(static_cast<std::uint32_t>(random.below(6)), Scribble::Stroke{i});
    ensemble.run_for(499ms);
    const auto ticks = ensemble.simulator().now().time_since_epoch() / 20ms;
    for (std::uint32_t p = 0; p < 6; ++p)
      EXPECT_NEAR(static_cast<double>(ensemble.replica(p).tick().value()), static_cast<double>(ticks), 3);
  }
  ensemble.run_for(5s);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  for (std::uint32_t p = 0; p < 6; ++p) EXPECT_EQ(ensemble.replica(p).state().events, 120u);
}

TEST(Session, traces_are_equal_for_equal_seeds_and_with_encoded_messages_and_differ_for_others) {
  EXPECT_EQ(trace(1, false), trace(1, false));
  EXPECT_EQ(trace(1, false), trace(1, true));
  EXPECT_NE(trace(1, false), trace(2, false));
}

void expect_agreement(const RandomWorld& world) {
  const auto trace = world.run();
  EXPECT_TRUE(trace) << world.describe() << "\n" << trace.error();
}

TEST(Session, random_worlds_agree_after_healing_and_repeat_exactly) {
  for (std::uint64_t seed = 1; seed <= 25; ++seed) {
    RandomWorld world(seed);
    expect_agreement(world);
    if (seed > 3) continue;
    const auto trace = world.run();
    world.wire = !world.wire;
    EXPECT_EQ(world.run(), trace) << world.describe();
  }
}

TEST(Session, worlds_whose_reference_comes_back_while_others_still_follow_its_former_life_agree) {
  for (const std::uint64_t seed : {420u, 821u, 899u}) expect_agreement(RandomWorld(seed));
}

/// Whatever users write, however long.
struct Poem {
  static constexpr std::string_view name = "poem";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::uint64_t letters = 0;
  };
  using Event = std::variant<std::string>;

  static void start(State&) {}
  static void tick(State&) {}
  static void apply(State& state, PeerId, const Event& event) { state.letters += std::get<0>(event).size(); }
};

TEST(Session, the_longest_event_reaches_everybody) {
  Ensemble<Poem> ensemble(2, {.model = model("constant:10ms"), .links = line(2)});
  ensemble.start_all();
  ensemble.run_for(2s);
  const std::size_t letters = event_bytes_max - 5;  // beside the choice and the head of a text
  ASSERT_EQ(encode_event<Poem>(std::string(letters, 'x'))->size(), event_bytes_max);
  ensemble.submit(0, std::string(letters, 'x'));
  ensemble.run_for(2s);
  EXPECT_EQ(ensemble.replica(0).state().letters, letters);
  EXPECT_EQ(ensemble.replica(1).state().letters, letters);
}

/// Counts; on a broken machine it counts wrong from one tick on.
template <bool broken>
struct Counter {
  static constexpr std::string_view name = "counter";
  static constexpr std::uint32_t version = 1;
  static constexpr std::int64_t bad_tick = 437;
  struct State {
    std::int64_t ticks = 0;
    std::uint64_t value = 0;
  };
  using Event = std::variant<std::uint32_t>;

  static void start(State&) {}
  static void tick(State& state) {
    ++state.ticks;
    if (broken && state.ticks == bad_tick) state.value = 1;
  }
  static void apply(State& state, PeerId, const Event& event) { state.value += std::get<0>(event); }
};

TEST(Session, a_divergence_is_found_with_its_first_bad_tick) {
  Ensemble<Counter<false>> ensemble(2, {.model = constant_delay(10ms)});
  ensemble.start(0);
  auto& node = ensemble.simulator().node(1);
  const auto id = VirtualNetwork::peer_id(1, 1);
  LinkOptions links{.network = network_name<Counter<true>>()};
  links.targets.push_back({VirtualNetwork::endpoint_of(0), std::nullopt});
  const auto broken = Peer::build(node, id)
                          .add<LinkManager>(ensemble.network().attach(node, id), std::move(links))
                          .add<Flood>()
                          .add<Session>(SessionOptions{})
                          .add<Performer<Counter<true>>>()
                          .start();
  ensemble.run_for(5s);
  ensemble.submit(0, 5u);
  ensemble.run_for(2s);
  EXPECT_FALSE(ensemble.replica(0).divergence());
  ensemble.run_for(20s);
  const auto& divergence = ensemble.replica(0).divergence();
  ASSERT_TRUE(divergence);
  EXPECT_EQ(divergence->first_bad_tick, Tick(Counter<true>::bad_tick));
  EXPECT_EQ(divergence->peer, id);
  ASSERT_TRUE(broken->find<Performer<Counter<true>>>()->replica().divergence());
}

TEST(Session, a_peer_whose_clock_jumps_by_hours_is_cut_off_and_moves_nobody_until_it_starts_again) {
  std::vector<std::string> log;
  Scribblers ensemble(
      4, {.model = model("constant:10ms"),
          .links = line(4),
          .log = Log(LogLevel::warning, [&](LogLevel, std::string_view l) { log.emplace_back(l); })});
  ensemble.start_all();
  ensemble.run_for(5s);
  ensemble.submit(0, Scribble::Stroke{1});
  ensemble.simulator().node(3).step_clock(5h);
  ensemble.submit(3, Scribble::Stroke{2});
  ensemble.run_for(10min);
  EXPECT_LT(ensemble.replica(0).tick().value(), 50 * 11 * 60);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(ensemble.replica(i).state().events, 1u);
  EXPECT_TRUE(std::ranges::any_of(log, [](const auto& l) {
    return l.find("its clock has jumped") != std::string::npos;
  })) << fmt::format("{}", fmt::join(log, "\n"));
  ensemble.kill(3);
  ensemble.run_for(20s);
  ensemble.start(3);
  ensemble.run_for(2min);
  EXPECT_LT(ensemble.replica(3).tick().value(), 50 * 14 * 60);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
}

TEST(Session, those_who_follow_somebody_to_an_older_session_are_followed_there) {
  Scribblers ensemble(4, {.model = model("constant:10ms"), .links = line(4)});
  ensemble.network().set_path_cut(2, 3, true);
  ensemble.start(3);
  ensemble.submit(3, Scribble::Stroke{1});
  ensemble.run_for(5h);
  for (std::uint32_t i = 0; i < 3; ++i) ensemble.start(i);
  ensemble.run_for(30s);
  ensemble.network().set_path_cut(2, 3, false);
  ensemble.run_for(120s);
  EXPECT_GT(ensemble.common_tick().value(), 5 * 3600 * 50);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  // Only the older one has run those hours.
  EXPECT_LT(ensemble.recorder().totals().count_of("replica.ticks"), 5u * 3600 * 50 + 4 * 300 * 50);
}

TEST(Session, those_that_began_hours_apart_become_one) {
  for (const bool older_is_lighter : {false, true}) {
    std::vector<std::string> cuts;
    Scribblers ensemble(4, {.model = model("constant:10ms"),
                            .links = line(4),
                            .log = Log(LogLevel::warning, [&](LogLevel, std::string_view l) {
                              if (l.contains(" is cut: ")) cuts.emplace_back(l);
                            })});
    ensemble.network().set_path_cut(2, 3, true);
    ensemble.start(3);
    ensemble.submit(3, Scribble::Stroke{1});
    ensemble.run_for(5h);
    for (std::uint32_t i = 0; i < 3; ++i) ensemble.start(i);
    ensemble.run_for(10s);
    if (older_is_lighter)
      for (std::uint32_t i = 0; i < 5; ++i) ensemble.submit(1, Scribble::Stroke{2 + i});
    ensemble.run_for(10s);
    ensemble.network().set_path_cut(2, 3, false);
    ensemble.run_for(120s);
    EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
    EXPECT_GT(ensemble.common_tick().value(), 5 * 3600 * 50);
    EXPECT_EQ(ensemble.replica(0).state().events, older_is_lighter ? 6u : 1u);
    EXPECT_TRUE(cuts.empty()) << fmt::format("{}", fmt::join(cuts, "\n"));
  }
}

TEST(Session, malformed_broadcasts_cost_only_the_link_they_came_from) {
  Scribblers ensemble(3, {.model = model("constant:10ms"), .links = line(3)});
  ensemble.start_all();
  ensemble.run_for(3s);
  auto* hostile = ensemble.peer(0).find<Broadcaster>();
  hostile->broadcast({0xff, 0x00});
  ensemble.run_for(1s);
  hostile->broadcast(encode(StampedEvent{Tick(100), {0xc1}}));
  ensemble.run_for(1s);
  ensemble.submit(1, Scribble::Stroke{1});
  ensemble.run_for(2s);
  EXPECT_EQ(ensemble.replica(2).state().events, 1u);
  EXPECT_EQ(ensemble.replica(2).malformed_count(), 0u);
  EXPECT_FALSE(ensemble.peer(1).find<LinkManager>()->links().contains(ensemble.peer(0).id()));
  EXPECT_TRUE(ensemble.peer(1).find<LinkManager>()->links().contains(ensemble.peer(2).id()));
}

}  // namespace
}  // namespace tutti::symmetric
