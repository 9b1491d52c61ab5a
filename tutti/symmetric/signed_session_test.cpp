// Sessions whose events are signed, and who may do what in them.
#include <gtest/gtest.h>

#include "tutti/symmetric/session_test_world.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;
using session_test::identity_of;
using session_test::line;
using session_test::Scribble;

TEST(SignedSession, random_worlds_in_bad_times_agree_after_healing) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    session_test::RandomWorld world(seed);
    if (world.peers() > 8) continue;  // signatures take their time
    world.sign = true;
    const auto trace = world.run();
    EXPECT_TRUE(trace) << world.describe() << "\n" << trace.error();
  }
}

/// Peers on a line; whoever is none of `players` has no authorization.
EnsembleOptions audience(std::uint32_t count, const std::set<std::uint32_t>& players) {
  EnsembleOptions options{
      .model = constant_delay(20ms), .links = line(count), .session = {.deadline = FixedDeadline{200ms}}};
  options.signing = [players](std::uint32_t index) {
    return session_test::signing_with_issuer(index, players.contains(index));
  };
  for (std::uint32_t i = 0; i < count; ++i)
    if (!players.contains(i)) options.spectators.insert(i);
  return options;
}

std::vector<std::string> spectators_seen_by(Ensemble<Scribble>& ensemble, std::uint32_t index) {
  std::vector<std::string> names;
  for (const auto& member : ensemble.replica(index).members())
    if (member.watches) names.push_back(member.name);
  return names;
}

TEST(Spectators, see_everything_are_seen_and_pass_on_what_players_do) {
  Ensemble<Scribble> ensemble(4, audience(4, {0, 3}));
  ensemble.start_all();
  ensemble.run_for(5s);
  for (std::uint32_t i = 0; i < 20; ++i) {
    ensemble.submit(i % 2 * 3, Scribble::Stroke{i});
    ensemble.run_for(100ms);
  }
  ensemble.run_for(2s);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  for (std::uint32_t i = 0; i < 4; ++i) EXPECT_EQ(ensemble.replica(i).state().events, 20u);
  EXPECT_EQ(ensemble.replica(1).submit(Scribble::Stroke{7}).error(), EventError::watching);
  EXPECT_EQ(spectators_seen_by(ensemble, 0).size(), 2u);
  EXPECT_EQ(spectators_seen_by(ensemble, 1), std::vector<std::string>{"peer 2"});
}

TEST(Spectators, come_late_and_are_given_the_state) {
  auto options = audience(3, {0, 1});
  options.links = {{0, 1}, {0, 2}, {1, 2}};
  options.session.history.absence_max = 20s;
  Ensemble<Scribble> ensemble(3, options);
  ensemble.start(0);
  ensemble.start(1);
  for (std::uint32_t i = 0; i < 100; ++i) {
    ensemble.submit(0, Scribble::Stroke{i});
    ensemble.run_for(2s);
  }
  ASSERT_GT(ensemble.peer(0).find<Session>()->past().foundation_tick(), Tick(0));
  ensemble.start(2);
  ensemble.run_for(10s);
  EXPECT_EQ(ensemble.replica(2).state().events, 100u);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
}

TEST(Spectators, who_vanish_are_waited_for_by_nobody) {
  for (const bool vanishes : {false, true}) {
    auto options = audience(3, {0, 1});
    options.links = {{0, 1}, {0, 2}};
    Ensemble<Scribble> ensemble(3, options);
    ensemble.start_all();
    ensemble.run_for(10s);
    if (vanishes) ensemble.kill(2);
    ensemble.submit(0, Scribble::Stroke{1});
    ensemble.run_for(60s);
    // The default policy waits for an absent player for many minutes.
    EXPECT_GT(ensemble.peer(0).find<Session>()->past().stability().horizon(), Tick(40 * 50)) << vanishes;
  }
}

/// A spectator with a program of its own, which submits all the same.
TEST(Spectators, who_submit_all_the_same_are_refused_by_name_and_change_nothing) {
  auto options = audience(3, {0, 1});
  options.spectators = {};  // its own program does not keep it
  options.links = {{0, 1}, {0, 2}, {1, 2}};
  std::vector<std::string> said;
  options.log = Log(LogLevel::warning, [&](LogLevel, std::string_view text) { said.emplace_back(text); });
  Ensemble<Scribble> ensemble(3, options);
  ensemble.start_all();
  ensemble.run_for(5s);
  ensemble.submit(2, Scribble::Stroke{666});
  ensemble.submit(0, Scribble::Stroke{1});
  ensemble.run_for(2s);
  EXPECT_EQ(ensemble.replica(0).state().events, 1u);
  EXPECT_EQ(ensemble.replica(1).state().events, 1u);
  const auto named = [&](std::string_view what) {
    return std::ranges::any_of(said, [&](const auto& text) {
      return text.contains(what) && text.contains("its origin may watch only");
    });
  };
  EXPECT_TRUE(named(identity_of(2).peer().brief())) << fmt::format("{}", fmt::join(said, "\n"));
}

/// Between two sessions that were apart for too long the larger one prevails, unless it is a spectator's.
TEST(Spectators, cannot_impose_a_past_of_their_own) {
  for (const bool player : {false, true}) {
    auto options = audience(2, player ? std::set{0u, 1u} : std::set{0u});
    options.spectators = {};
    options.session.history.absence_max = 20s;
    Ensemble<Scribble> ensemble(2, options);
    ensemble.start_all();
    ensemble.cut(1, true);
    for (std::uint32_t i = 0; i < 100; ++i) {
      if (i % 10 == 0) ensemble.submit(0, Scribble::Stroke{i});
      ensemble.submit(1, Scribble::Stroke{1000 + i});
      ensemble.run_for(1s);
    }
    for (std::uint32_t i = 0; i < 2; ++i)
      ASSERT_GT(ensemble.peer(i).find<Session>()->past().foundation_tick(), Tick(0));
    ensemble.cut(1, false);
    ensemble.run_for(30s);
    EXPECT_EQ(ensemble.replica(0).state().events, player ? 110u : 10u);
    if (player) {
      EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
    }
  }
}

/// The player's announcements reach everybody, and name what its past rests on.
TEST(Spectators, who_know_no_player_are_given_the_state_by_spectators) {
  Ensemble<Scribble> ensemble(4, audience(4, {0}));
  for (const std::uint32_t i : {0u, 1u, 2u}) ensemble.start(i);
  for (std::uint32_t i = 0; i < 100; ++i) {
    ensemble.submit(0, Scribble::Stroke{i});
    ensemble.run_for(2s);
  }
  ensemble.start(3);
  ensemble.run_for(20s);
  EXPECT_EQ(ensemble.replica(3).state().events, 100u);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  EXPECT_EQ(ensemble.recorder().totals().count_of("session.adopted"), 1u);
}

TEST(Spectators, who_have_heard_of_no_player_believe_nobody) {
  auto options = audience(3, {0});
  options.spectators = {2};  // the second has a program of its own, and a past
  Ensemble<Scribble> ensemble(3, options);
  ensemble.start(1);
  for (std::uint32_t i = 0; i < 100; ++i) {
    ensemble.submit(1, Scribble::Stroke{i});
    ensemble.run_for(1s);
  }
  ASSERT_GT(ensemble.peer(1).find<Session>()->past().foundation_tick(), Tick(0));
  ensemble.start(2);
  ensemble.run_for(30s);
  EXPECT_EQ(ensemble.replica(2).state().events, 0u);
  EXPECT_EQ(ensemble.recorder().totals().count_of("session.adopted"), 0u);
}

TEST(Spectators, who_are_all_that_links_two_groups_of_players_make_them_one) {
  for (const bool left_did_more : {false, true}) {
    auto options = audience(6, {0, 5});
    options.session.history.absence_max = 20s;
    Ensemble<Scribble> ensemble(6, options);
    ensemble.start_all();
    ensemble.run_for(20s);
    ensemble.network().set_path_cut(2, 3, true);
    for (std::uint32_t i = 0; i < 100; ++i) {
      if (i % 10 == 0 || left_did_more) ensemble.submit(0, Scribble::Stroke{i});
      if (i % 10 == 0 || !left_did_more) ensemble.submit(5, Scribble::Stroke{1000 + i});
      ensemble.run_for(1s);
    }
    ensemble.network().set_path_cut(2, 3, false);
    ensemble.run_for(60s);
    EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick())) << left_did_more;
    for (std::uint32_t i = 0; i < 6; ++i) EXPECT_EQ(ensemble.replica(i).state().events, 110u) << i;
  }
}

TEST(Spectators, who_outlive_their_players_watch_the_next_ones) {
  auto options = audience(2, {0});
  options.session.history.absence_max = 20s;
  Ensemble<Scribble> ensemble(2, options);
  ensemble.start_all();
  for (std::uint32_t i = 0; i < 40; ++i) {
    ensemble.submit(0, Scribble::Stroke{i});
    ensemble.run_for(1s);
  }
  ensemble.kill(0);
  ensemble.run_for(60s);
  ensemble.start(0);
  ensemble.submit(0, Scribble::Stroke{100});
  ensemble.run_for(90s);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  EXPECT_EQ(ensemble.replica(0).state().events, 1u);
  EXPECT_EQ(ensemble.replica(1).state().events, 1u);
}

/// A player with a program of its own, who says two things under one number on the two sides of a cut.
class Equivocation : public testing::Test {
 protected:
  static constexpr std::uint32_t liar = 7;

  Equivocation() : ensemble_(4, options()) {
    ensemble_.start_all();
    ensemble_.run_for(15s);
  }
  EnsembleOptions options() {
    EnsembleOptions options{.model = constant_delay(20ms),
                            .links = line(4),
                            .session = {.deadline = FixedDeadline{200ms}},
                            .signing = session_test::signing_without_issuer};
    options.log =
        Log(LogLevel::warning, [this](LogLevel, std::string_view text) { said_.emplace_back(text); });
    return options;
  }
  /// To two neighbours.
  void say(std::uint32_t one, std::uint32_t other, std::uint32_t number, Tick tick) {
    const auto event = *encode_event<Scribble>(Scribble::Stroke{number});
    const auto payload = encode(StampedEvent{tick, event, {}});
    const Sealer sealer(session_test::signing_without_issuer(liar));
    const Origin origin{identity_of(liar).peer(), 1};
    const FloodItem item{origin, Sequence(1), payload,
                         sealer.seal({Utterance::broadcast, origin, Sequence(1), payload})};
    ensemble_.peer(one).find<Flood>()->event_received(ensemble_.peer(other).id(), {item});
    ensemble_.peer(other).find<Flood>()->event_received(ensemble_.peer(one).id(), {item});
  }
  void expect_one_timeline() {
    EXPECT_TRUE(ensemble_.agree_at(ensemble_.common_tick()));
    for (std::uint32_t i = 0; i < 4; ++i) {
      EXPECT_EQ(ensemble_.replica(i).state().events, 1u) << i;
      EXPECT_FALSE(ensemble_.replica(i).divergence()) << i;
    }
    for (const auto& line : said_) EXPECT_FALSE(line.contains(" is cut: ")) << line;
  }

  std::vector<std::string> said_;
  Ensemble<Scribble> ensemble_;
};

TEST_F(Equivocation, of_a_player_ends_with_one_of_the_two_and_names_him) {
  const auto now = ensemble_.common_tick();
  say(0, 1, 1, now + 20);
  say(2, 3, 2, now - 20);
  ensemble_.run_for(2s);
  expect_one_timeline();
  EXPECT_TRUE(std::ranges::any_of(said_, [](const auto& line) {
    return line.contains(identity_of(liar).peer().brief() + " has said two things");
  }));
}

TEST_F(Equivocation, across_a_cut_ends_with_one_past_when_it_is_folded) {
  ensemble_.network().set_path_cut(1, 2, true);
  say(0, 1, 1, ensemble_.common_tick() + 20);
  say(2, 3, 2, ensemble_.common_tick() + 30);
  ensemble_.run_for(20s);  // the link has ended, with all that was under way
  ensemble_.network().set_path_cut(1, 2, false);
  ensemble_.run_for(100s);
  expect_one_timeline();
}

}  // namespace
}  // namespace tutti::symmetric
