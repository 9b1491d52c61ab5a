// Sessions whose peers have disks: what has been shown is durable, and the session comes back from any one of
// them.
#include "tutti/symmetric/session_store.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "tutti/symmetric/ensemble.hpp"
#include "tutti/symmetric/session_store_test_disk.hpp"
#include "tutti/symmetric/session_test_world.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;

using session_test::line;
using session_test::Scribble;

/// Three peers in a line, each with a disk of its own.
class SessionStores : public testing::Test {
 protected:
  static constexpr std::uint32_t count = 3;

  explicit SessionStores(Duration slowest = 50ms)
      : disks_(count),
        stores_(count),
        ensemble_(count, {.model = *parse_network_model("constant:20ms"),
                          .links = line(count),
                          .session = {.deadline = FixedDeadline{100ms}, .history = {.absence_max = 30s}},
                          .store = [this, slowest](std::uint32_t index, Runtime& runtime) {
                            auto store = std::make_shared<TestStore>(
                                disks_[index], runtime, Random::keyed({index, ++starts_}), slowest);
                            stores_[index] = store;
                            return store;
                          }}) {}

  void live(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      submit(static_cast<std::uint32_t>(i) % count);
      ensemble_.run_for(1s);
    }
  }
  void submit(std::uint32_t index) {
    if (ensemble_.running(index)) ensemble_.submit(index, Scribble::Stroke{submitted_++});
  }
  void kill_all() {
    for (std::uint32_t i = 0; i < count; ++i)
      if (ensemble_.running(i)) ensemble_.kill(i);
  }
  [[nodiscard]] const Replica<Scribble>& replica(std::uint32_t index) { return ensemble_.replica(index); }

  std::vector<TestDisk> disks_;
  std::vector<std::weak_ptr<TestStore>> stores_;
  std::uint64_t starts_ = 0;
  std::uint32_t submitted_ = 0;
  Ensemble<Scribble> ensemble_;
};

TEST_F(SessionStores, bring_the_session_back_whichever_of_them_is_left) {
  ensemble_.start_all();
  live(100);
  ensemble_.run_for(1s);
  const auto tick = replica(0).tick();
  const auto state = replica(0).machine().fingerprint(tick - 50);
  kill_all();
  ensemble_.run_for(60s);
  for (std::uint32_t left = 0; left < count; ++left) {
    ensemble_.start(left);
    ensemble_.run_for(100ms);
    // The session stood still while nobody was there, and goes on from shortly before the end.
    EXPECT_LE(replica(left).tick(), tick + 10);
    EXPECT_GE(replica(left).tick(), tick - 50 * 7);
    ensemble_.run_for(10s);
    EXPECT_EQ(replica(left).state().events, 100u);
    EXPECT_EQ(replica(left).machine().fingerprint(state.tick), state);
    ensemble_.kill(left);
  }
}

TEST_F(SessionStores, go_on_together_when_all_are_back) {
  ensemble_.start_all();
  live(100);
  kill_all();
  for (const std::uint32_t index : {2u, 0u, 1u}) {
    ensemble_.start(index);
    ensemble_.run_for(5s);
  }
  live(100);
  ensemble_.run_for(10s);
  EXPECT_TRUE(ensemble_.agree_at(ensemble_.common_tick()));
  EXPECT_EQ(replica(0).state().events, submitted_);
  EXPECT_GT(ensemble_.peer(0).find<Session>()->past().foundation_tick(), Tick(150 * 50));
}

TEST_F(SessionStores, keep_no_more_than_the_last_minutes_and_what_is_own) {
  ensemble_.start_all();
  live(600);
  for (const auto& disk : disks_) {
    const auto& past = disk.past();
    EXPECT_GE(past.foundation.tick, Tick(480 * 50));
    const auto others = std::ranges::count(past.events, false, &StoredEvent::own);
    EXPECT_LE(others, 120);
    EXPECT_EQ(static_cast<std::ptrdiff_t>(past.events.size()) - others, 200);
  }
}

TEST_F(SessionStores, tell_again_what_others_could_not_wait_for) {
  ensemble_.start_all();
  live(30);
  ensemble_.cut(2, true);
  ensemble_.run_for(1s);
  submit(2);
  ensemble_.run_for(1s);
  EXPECT_EQ(replica(2).state().events, 31u);
  ensemble_.kill(2);
  for (int i = 0; i < 100; ++i) {
    submit(0);
    ensemble_.run_for(1s);
  }
  ensemble_.cut(2, false);
  ensemble_.start(2);
  ensemble_.run_for(30s);
  EXPECT_TRUE(ensemble_.agree_at(ensemble_.common_tick()));
  EXPECT_EQ(replica(0).state().events, 131u);
  EXPECT_EQ(replica(2).resubmitted_count(), 1u);
  // And in a third life, nothing of it happens once more.
  ensemble_.kill(2);
  ensemble_.start(2);
  ensemble_.run_for(30s);
  EXPECT_TRUE(ensemble_.agree_at(ensemble_.common_tick()));
  EXPECT_EQ(replica(0).state().events, 131u);
  EXPECT_EQ(replica(2).resubmitted_count(), 0u);
}

TEST_F(SessionStores, tell_again_what_an_earlier_life_did_and_did_not_live_to_store) {
  ensemble_.start_all();
  live(30);
  ensemble_.network().set_path_cut(0, 1, true);
  ensemble_.run_for(1s);
  submit(2);
  ensemble_.run_for(1s);
  ensemble_.kill(2);
  disks_[2] = {};
  ensemble_.start(2);
  ensemble_.run_for(5s);
  EXPECT_EQ(replica(2).state().events, 31u);
  // Those who have it as well give way to others, who cannot take it in any more.
  ensemble_.network().set_path_cut(1, 2, true);
  for (int i = 0; i < 100; ++i) {
    submit(0);
    ensemble_.run_for(1s);
  }
  ensemble_.network().set_path_cut(0, 1, false);
  ensemble_.run_for(30s);
  EXPECT_EQ(replica(1).state().events, 130u);
  ensemble_.network().set_path_cut(1, 2, false);
  ensemble_.run_for(30s);
  EXPECT_TRUE(ensemble_.agree_at(ensemble_.common_tick()));
  EXPECT_EQ(replica(0).state().events, 131u);
}

class SlowSessionStores : public SessionStores {
 protected:
  SlowSessionStores() : SessionStores(3s) {}
};

TEST_F(SlowSessionStores, hold_back_what_is_not_durable) {
  ensemble_.start_all();
  std::size_t shown = 0;
  for (int i = 0; i < 600; ++i) {
    if (i % 20 == 0) submit(static_cast<std::uint32_t>(i / 20) % count);
    ensemble_.run_for(50ms);
    for (std::uint32_t peer = 0; peer < count; ++peer) {
      const auto& stored = disks_[peer].past().events;
      for (const auto& event : replica(peer).machine().timeline().all()) {
        ++shown;
        EXPECT_TRUE(std::ranges::any_of(stored, [&](const StoredEvent& each) {
          return each.origin == event.id.origin && each.sequence == event.id.sequence;
        }));
      }
    }
  }
  EXPECT_GT(shown, 1000u);
  ensemble_.run_for(20s);
  EXPECT_TRUE(ensemble_.agree_at(ensemble_.common_tick()));
  EXPECT_EQ(replica(0).state().events, submitted_);
}

TEST_F(SessionStores, that_are_full_hold_everything_back_and_say_why) {
  ensemble_.start_all();
  live(10);
  ensemble_.run_for(1s);
  stores_[1].lock()->set_full(true);
  live(10);
  EXPECT_EQ(replica(1).state().events, 10u);
  EXPECT_EQ(replica(1).store_trouble(), "the disk is full");
  EXPECT_EQ(replica(0).state().events, 20u);  // others are not held up
  stores_[1].lock()->set_full(false);
  ensemble_.run_for(2s);
  EXPECT_EQ(replica(1).store_trouble(), "");
  EXPECT_EQ(replica(1).state().events, 20u);
  EXPECT_TRUE(ensemble_.agree_at(ensemble_.common_tick()));
}

}  // namespace
}  // namespace tutti::symmetric
