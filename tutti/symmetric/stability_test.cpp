#include "tutti/symmetric/stability.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/random.hpp"
#include "tutti/symmetric/time_machine_test_values.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t tick_rate = 10;

Stability::Now at(Duration time) {
  return {TimePoint(time), Tick(time / (Duration(1s) / tick_rate))};
}
StabilityWords words(std::uint64_t after, std::int64_t until, std::int64_t complete) {
  return {.voided = {}, .after = Sequence(after), .until = Tick(until), .complete = Tick(complete)};
}
Stability stability() {
  return {60s, 60 * tick_rate};
}

TEST(Stability, alone_everything_is_final_at_once) {
  auto alone = stability();
  alone.update(at(5s));
  EXPECT_EQ(alone.complete(), Tick(50));
  EXPECT_EQ(alone.horizon(), Tick(50));
}

TEST(Stability, a_promise_counts_when_all_events_before_it_have_come) {
  auto one = stability();
  one.heard(origin(1), words(2, 90, 80), at(10s));
  one.held(origin(1), Sequence(2));
  one.update(at(10s));
  EXPECT_EQ(one.complete(), Tick(0));
  one.held(origin(1), Sequence(1));
  one.update(at(10s));
  EXPECT_EQ(one.complete(), Tick(90));
  EXPECT_EQ(one.horizon(), Tick(80));
}

TEST(Stability, a_busy_origin_settles_by_the_older_of_its_promises) {
  auto one = stability();
  for (std::uint64_t second = 1; second <= 30; ++second) {
    // What it says is always one event ahead of what has come.
    one.heard(origin(1), words(second + 1, static_cast<std::int64_t>(second) * 10, 0),
              at(std::chrono::seconds(second)));
    one.held(origin(1), Sequence(second));
  }
  one.update(at(30s));
  EXPECT_GE(one.complete(), Tick(280));
}

TEST(Stability, who_vanishes_holds_the_horizon_for_as_long_as_the_policy_says) {
  auto one = stability();
  one.heard(origin(1), words(0, 100, 100), at(10s));
  one.update(at(70s));
  EXPECT_EQ(one.horizon(), Tick(100));
  EXPECT_EQ(one.members(), 1u);
  EXPECT_EQ(one.update(at(71s)), std::vector{origin(1)});
  EXPECT_EQ(one.horizon(), Tick(710));
}

TEST(Stability, a_liar_holds_the_horizon_for_three_times_as_long_at_most) {
  auto one = stability();
  for (auto second = 1s; second <= 400s; ++second) {
    one.heard(origin(1), words(1'000'000, second.count() * tick_rate, 5), at(second));
    one.update(at(second));
  }
  EXPECT_GE(one.horizon(), Tick((400 - 180) * tick_rate));
  EXPECT_EQ(one.complete(), Tick(4000));
}

TEST(Stability, nobody_waits_for_what_its_origin_has_given_up) {
  auto one = stability();
  one.held(origin(1), Sequence(8));
  auto said = words(8, 90, 90);
  said.voided = Sequence(7);
  one.heard(origin(1), said, at(10s));
  one.update(at(10s));
  EXPECT_EQ(one.horizon(), Tick(90));
}

TEST(Stability, what_is_in_the_foundation_is_not_waited_for) {
  auto one = stability();
  one.founded(origin(1), Sequence(500));
  one.heard(origin(1), words(501, 90, 90), at(10s));
  one.update(at(10s));
  EXPECT_EQ(one.complete(), Tick(0));
  one.held(origin(1), Sequence(501));
  one.update(at(10s));
  EXPECT_EQ(one.complete(), Tick(90));
}

TEST(Stability, words_from_a_far_past_make_nobody_a_member) {
  auto one = stability();
  one.heard(origin(1), words(0, 5, 5), at(500s));
  EXPECT_EQ(one.members(), 0u);
}

TEST(Stability, what_is_settled_now_is_the_least_that_anybody_waited_for_has_promised) {
  auto one = stability();
  EXPECT_EQ(one.settled(TimePoint(1s), 60s), std::nullopt);
  one.heard(origin(1), words(0, 120, 0), at(10s));
  one.heard(origin(2), words(1, 110, 0), at(10s));
  EXPECT_EQ(one.settled(TimePoint(10s), 60s), Tick(0));  // its event is on its way
  one.held(origin(2), Sequence(1));
  EXPECT_EQ(one.settled(TimePoint(10s), 60s), Tick(110));  // of the future, if that is what they promise
  one.heard(origin(2), words(1, 150, 0), at(14s));
  EXPECT_EQ(one.settled(TimePoint(14s), 60s), Tick(120));
  EXPECT_EQ(one.settled(TimePoint(14s), 3s), Tick(150));  // who promised 120 is waited for no more
  EXPECT_EQ(one.settled(TimePoint(20s), 3s), std::nullopt);
}

TEST(Stability, who_says_goodbye_is_waited_for_only_until_its_last_event_is_here) {
  auto one = stability();
  one.heard(origin(1), words(2, for_ever.value(), for_ever.value()), at(10s));
  one.held(origin(1), Sequence(1));
  EXPECT_EQ(one.settled(TimePoint(20s), 60s), Tick(0));
  one.held(origin(1), Sequence(2));
  EXPECT_EQ(one.settled(TimePoint(20s), 60s), std::nullopt);
  one.update(at(30s));
  EXPECT_EQ(one.horizon(), Tick(300));
}

TEST(Stability, hears_of_no_more_than_so_many_members) {
  auto one = stability();
  for (std::uint64_t i = 0; i < 2 * Stability::members_max; ++i)
    one.heard({PeerId{}, i}, words(0, 100, 100), at(10s));
  EXPECT_EQ(one.members(), Stability::members_max);
}

/// Peers that submit, promise, lose words and fall apart, for as long as the policy allows.
class Schedule {
 public:
  explicit Schedule(std::uint64_t seed)
      : random_(Random::keyed({seed, 0x57ab})),
        peers_(2 + random_.below(4), Peer{Stability(absence_max, at(absence_max).tick.value())}),
        count_(static_cast<std::uint8_t>(peers_.size())) {}

  /// Whether nothing ever arrived for a tick that was final. `quiet` is when the troubles end.
  bool is_safe(Duration quiet, Duration end) {
    for (now_ = {}; now_ < end; now_ += 250ms) {
      if (now_ >= all_known && now_ < quiet && now_ >= parted_until_ + pause_between_partitions) part();
      for (std::uint8_t i = 0; i < count_; ++i) act(i, now_ >= all_known && now_ < quiet);
      if (!deliver()) return false;
    }
    return true;
  }
  [[nodiscard]] Tick least_horizon() const {
    return std::ranges::min(peers_, {}, [](const Peer& peer) { return peer.stability.horizon(); })
        .stability.horizon();
  }

 private:
  static constexpr Duration all_known = 25s;  // when everybody has heard of everybody
  static constexpr Duration delay_max = 3s;
  static constexpr Duration words_pause = 5s;
  static constexpr int words_lost_in_a_row_max = 2;
  static constexpr Duration partition_max = 42s;
  // From one's words to the next that arrive: a partition swallows one more than fit into it, some are lost
  // before and after it, and those that get through may take their time.
  static constexpr Duration absence_max =
      partition_max + (words_lost_in_a_row_max + 2) * words_pause + delay_max;
  static constexpr Duration pause_between_partitions = 20s;

  struct Peer {
    Stability stability;
    std::uint64_t sequence = 0;
    Tick last_tick{};
    Tick promised{};
    Duration next_words{};
    std::map<std::uint8_t, int> lost_in_a_row{};
  };
  struct Event {
    std::uint8_t from, to;
    Sequence sequence;
    Tick tick;
  };
  struct Said {
    std::uint8_t from, to;
    StabilityWords words;
  };

  Duration below(Duration bound) {
    return Duration(static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(bound.count()))));
  }
  void part() {
    side_ = random_.below(1u << peers_.size());
    parted_until_ = now_ + below(partition_max);
  }
  [[nodiscard]] bool apart(std::uint8_t one, std::uint8_t other) const {
    return now_ < parted_until_ && ((side_ >> one) & 1) != ((side_ >> other) & 1);
  }
  void act(std::uint8_t index, bool troubled) {
    auto& peer = peers_[index];
    if (troubled && random_.chance(0.2)) {
      const Tick due = at(now_).tick + 1 + static_cast<std::int64_t>(random_.below(20));
      peer.last_tick = std::max({peer.last_tick, due, peer.promised + 1});
      ++peer.sequence;
      for (std::uint8_t to = 0; to < count_; ++to)
        if (to != index)
          events_.emplace((apart(index, to) ? parted_until_ : now_) + below(delay_max),
                          Event{index, to, Sequence(peer.sequence), peer.last_tick});
    }
    if (now_ < peer.next_words) return;
    peer.next_words = now_ + words_pause;
    peer.promised = at(now_).tick;
    peer.stability.update(at(now_));
    for (std::uint8_t to = 0; to < count_; ++to) {
      if (to == index || apart(index, to)) continue;
      auto& lost = peer.lost_in_a_row[to];
      if (lost < words_lost_in_a_row_max && random_.chance(0.3)) {
        ++lost;
        continue;
      }
      lost = 0;
      said_.emplace(now_ + below(delay_max), Said{index,
                                                  to,
                                                  {.voided = {},
                                                   .after = Sequence(peer.sequence),
                                                   .until = peer.promised,
                                                   .complete = peer.stability.complete()}});
    }
  }
  bool deliver() {
    for (; !events_.empty() && events_.begin()->first <= now_; events_.erase(events_.begin())) {
      const auto& event = events_.begin()->second;
      auto& stability = peers_[event.to].stability;
      if (event.tick <= stability.horizon() || event.tick <= stability.complete()) return false;
      stability.held(origin(event.from), event.sequence);
    }
    for (; !said_.empty() && said_.begin()->first <= now_; said_.erase(said_.begin())) {
      const auto& said = said_.begin()->second;
      peers_[said.to].stability.heard(origin(said.from), said.words, at(now_));
      peers_[said.to].stability.update(at(now_));
    }
    return true;
  }

  Random random_;
  std::vector<Peer> peers_;
  std::uint8_t count_;
  Duration now_{};
  Duration parted_until_{};
  std::uint64_t side_ = 0;
  std::multimap<Duration, Event> events_;
  std::multimap<Duration, Said> said_;
};

RC_GTEST_PROP(Stability, nothing_arrives_for_a_final_tick_while_absences_are_shorter_than_the_policy, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  Schedule schedule(seed);
  RC_ASSERT(schedule.is_safe(300s, 400s));
  RC_ASSERT(schedule.least_horizon() >= Tick(370 * tick_rate));
}

TEST(Stability, waits_for_who_lost_words_before_a_partition_and_after_it) {
  Schedule schedule(8637131834677);
  EXPECT_TRUE(schedule.is_safe(300s, 400s));
}

}  // namespace
}  // namespace tutti::symmetric
