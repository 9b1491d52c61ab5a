// Sessions whose past is folded: what they keep, how one joins, and how pasts that grew apart become one.
#include "tutti/symmetric/history.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/symmetric/ensemble.hpp"
#include "tutti/symmetric/session_test_world.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;

using session_test::Scribble;
using Scribblers = Ensemble<Scribble>;
using Links = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

Links line(std::uint32_t count) {
  Links links;
  for (std::uint32_t i = 1; i < count; ++i) links.emplace_back(i - 1, i);
  return links;
}
EnsembleOptions options(Links links, Duration absence_max = 60s) {
  return {.model = *parse_network_model("constant:20ms"),
          .links = std::move(links),
          .session = {.deadline = 100ms, .history = {.absence_max = absence_max}}};
}
template <typename App>
const Past& past(Ensemble<App>& ensemble, std::uint32_t index) {
  return ensemble.peer(index).template find<Session>()->past();
}

TEST(History, what_is_final_is_folded_and_forgotten) {
  Scribblers ensemble(3, options(line(3)));
  ensemble.start_all();
  for (std::uint32_t i = 0; i < 120; ++i) {
    ensemble.submit(i % 3, Scribble::Stroke{i});
    ensemble.run_for(1s);
  }
  for (std::uint32_t i = 0; i < 3; ++i) {
    EXPECT_GE(past(ensemble, i).foundation_tick(), Tick(80 * 50));
    EXPECT_EQ(ensemble.replica(i).machine().first_tick(), past(ensemble, i).foundation_tick());
    EXPECT_LE(ensemble.replica(i).machine().timeline().size(), 40u);
    EXPECT_LE(ensemble.peer(i).find<Flood>()->stored_bytes(), 40 * 200u);
    EXPECT_EQ(ensemble.replica(i).state().events, 120u);
  }
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
}

TEST(History, a_full_history_forgets_nothing_and_a_recent_one_keeps_its_span) {
  auto full = options(line(2));
  full.session.history.kept = FullHistory{};
  Scribblers ensemble(2, full);
  auto recent = options(line(2));
  recent.session.history.kept = RecentHistory{60s};
  Scribblers other(2, recent);
  for (auto* each : {&ensemble, &other}) {
    each->start_all();
    for (std::uint32_t i = 0; i < 100; ++i) {
      each->submit(0, Scribble::Stroke{i});
      each->run_for(1s);
    }
  }
  EXPECT_EQ(ensemble.replica(1).machine().timeline().size(), 100u);
  EXPECT_EQ(ensemble.replica(1).machine().first_tick(), Tick(0));
  EXPECT_GE(other.replica(1).machine().timeline().size(), 60u);
  EXPECT_LE(other.replica(1).machine().timeline().size(), 75u);
}

TEST(History, a_newcomer_adopts_an_image_instead_of_living_through_it_all) {
  Scribblers ensemble(4, options({{0, 1}, {1, 2}, {0, 3}, {1, 3}}));
  for (std::uint32_t i = 0; i < 3; ++i) ensemble.start(i);
  for (std::uint32_t i = 0; i < 300; ++i) {
    ensemble.submit(i % 3, Scribble::Stroke{i});
    ensemble.run_for(2s);
  }
  ensemble.start(3);
  ensemble.run_for(2s);
  EXPECT_EQ(ensemble.replica(3).state().events, 300u);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  EXPECT_LE(ensemble.replica(0).tick() - ensemble.replica(3).tick(), 2);
  const auto& statistics = ensemble.replica(3).machine().statistics();
  EXPECT_LE(statistics.ticks_replayed, 60u * 50);
  EXPECT_LE(statistics.events, 60u);
  ensemble.submit(3, Scribble::Stroke{300});
  ensemble.run_for(60s);
  EXPECT_EQ(ensemble.replica(2).state().events, 301u);
  EXPECT_GE(past(ensemble, 3).foundation_tick(), Tick(600 * 50));
  EXPECT_EQ(ensemble.recorder().totals().count_of("session.adopted"), 1u);
}

TEST(History, who_was_away_for_less_than_the_policy_gets_the_difference_only) {
  Scribblers ensemble(3, options(line(3)));
  ensemble.start_all();
  ensemble.run_for(60s);
  ensemble.cut(2, true);
  for (std::uint32_t i = 0; i < 20; ++i) {
    ensemble.submit(i % 3, Scribble::Stroke{i});
    ensemble.run_for(2s);
  }
  ensemble.cut(2, false);
  ensemble.run_for(20s);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(ensemble.replica(i).state().events, 20u);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  EXPECT_EQ(ensemble.recorder().totals().count_of("session.adopted"), 0u);
  EXPECT_EQ(ensemble.recorder().totals().count_of("session.ignored"), 0u);
}

TEST(History, who_was_away_for_longer_adopts_and_what_it_did_happens_again_once) {
  Scribblers ensemble(3, options(line(3), 30s));
  ensemble.start_all();
  ensemble.run_for(60s);
  ensemble.cut(2, true);
  for (std::uint32_t i = 0; i < 60; ++i) {
    ensemble.submit(i % 3, Scribble::Stroke{i});
    ensemble.run_for(3s);
  }
  EXPECT_EQ(ensemble.replica(2).state().events, 20u);
  ensemble.cut(2, false);
  ensemble.run_for(20s);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_EQ(ensemble.replica(i).state().events, 60u) << i;
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  EXPECT_GT(ensemble.replica(2).resubmitted_count(), 10u);
  EXPECT_EQ(ensemble.replica(0).resubmitted_count(), 0u);
  ensemble.run_for(60s);
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  EXPECT_GE(past(ensemble, 0).foundation_tick(), Tick(250 * 50));
}

TEST(History, the_lighter_of_two_partitions_adopts_as_a_whole) {
  Scribblers ensemble(6, options(line(6), 30s));
  ensemble.start_all();
  ensemble.run_for(60s);
  ensemble.network().set_path_cut(2, 3, true);
  for (std::uint32_t i = 0; i < 90; ++i) {
    // The left ones do less.
    ensemble.submit(i % 3 == 0 ? i % 2 : 3 + i % 3, Scribble::Stroke{i});
    ensemble.run_for(2s);
  }
  EXPECT_EQ(ensemble.replica(0).state().events, 30u);
  ensemble.network().set_path_cut(2, 3, false);
  ensemble.run_for(40s);
  for (std::uint32_t i = 0; i < 6; ++i) EXPECT_EQ(ensemble.replica(i).state().events, 90u) << i;
  EXPECT_TRUE(ensemble.agree_at(ensemble.common_tick()));
  EXPECT_EQ(ensemble.replica(4).resubmitted_count(), 0u);
  EXPECT_GT(ensemble.replica(0).resubmitted_count(), 5u);
}

}  // namespace
}  // namespace tutti::symmetric
