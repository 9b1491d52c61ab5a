#include "tutti/symmetric/pace.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <ranges>
#include <set>
#include <span>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/random.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;

PeerId peer(std::uint8_t number) {
  PeerId id;
  id.bytes[0] = number;
  return id;
}

RC_GTEST_PROP(PaceLine, when_is_the_first_moment_at_which_the_line_reaches_a_time, ()) {
  const PaceLine line{
      .since = TimePoint(Duration(*rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000))),
      .begin = Duration(*rc::gen::inRange<std::int64_t>(-1'000'000'000, 1'000'000'000'000)),
      .correction = Duration(*rc::gen::inRange<std::int64_t>(-90'000'000, 10'000'000'000'000)),
      .spread = 1s};
  const SessionTime wanted = line.begin + Duration(*rc::gen::inRange<std::int64_t>(1, 20'000'000'000'000));
  const TimePoint moment = line.when(wanted);
  RC_ASSERT(line.at(moment) >= wanted);
  RC_ASSERT(line.at(moment - Duration(1)) < wanted);
}

RC_GTEST_PROP(TickRate, ticks_begin_where_they_say, ()) {
  const TickRate rate(*rc::gen::inRange(1, 1001));
  const Tick tick(*rc::gen::inRange<std::int64_t>(-1'000'000, 1'000'000'000));
  RC_ASSERT(rate.tick_at(rate.begin_of(tick)) == tick);
  RC_ASSERT(rate.tick_at(rate.begin_of(tick) - Duration(1)) == tick - 1);
}

TEST(ClockOffset, averages_the_quickest_exchanges_and_ignores_contradictory_stamps) {
  ClockOffset clock;
  Random random(1);
  TimePoint now{};
  for (int i = 0; i < 64; ++i) {
    now += 1s;
    const auto there = from_seconds(0.05 + 0.01 * random.normal());
    const auto back =
        from_seconds(0.05 + 0.01 * random.normal()) + (i % 4 == 0 ? Duration(300ms) : Duration{});
    const TimePoint remote = now + there + 5s;
    EXPECT_TRUE(clock.add({now, remote, remote, now + there + back}));
  }
  EXPECT_NEAR(in_milliseconds(clock.estimate()), 5000, 5);
  EXPECT_FALSE(clock.add({now, now, now - 1s, now + 1s}));
  EXPECT_FALSE(clock.add({now, now, now + 5s, now + 1s}));
}

/// How far the estimate is off with one exchange a second over `span`, on a path of 50 ms whose jitter is
/// `jitter_ms`, by a clock that gains `drift` a second.
Duration error_after(Duration span, double jitter_ms, double drift) {
  ClockOffset clock;
  Random random(1);
  Duration offset = 5s;
  const auto delay = [&] { return from_seconds(std::max(0.0, 0.05 + jitter_ms / 1000 * random.normal())); };
  for (TimePoint now{}; now < TimePoint(span); now += 1s) {
    offset += from_seconds(drift);
    const auto there = delay();
    EXPECT_TRUE(clock.add({now, now + there + offset, now + there + offset, now + there + delay()}));
  }
  return clock.estimate() - offset;
}

TEST(ClockOffset, follows_a_drifting_clock_closely_on_a_quiet_path_and_averages_more_on_a_restless_one) {
  EXPECT_LT(std::abs(in_milliseconds(error_after(600s, 0.1, 100e-6))), 1.5);
  EXPECT_LT(std::abs(in_milliseconds(error_after(600s, 10, 0))), 4);
  EXPECT_LT(std::abs(in_milliseconds(error_after(600s, 100, 0))), 25);
}

TEST(ClockOffset, wants_as_many_exchanges_as_its_path_is_restless) {
  for (const auto& [jitter_ms, wanted] : {std::pair{0.1, 16}, std::pair{2.0, 64}, std::pair{50.0, 256}}) {
    ClockOffset clock;
    Random random(1);
    int given = 0;
    for (TimePoint now{}; clock.wants_more(); now += 1s, ++given) {
      const auto there = from_seconds(1 + jitter_ms / 1000 * random.normal());
      ASSERT_TRUE(clock.add({now, now + there, now + there, now + 2 * there}));
      ASSERT_LE(given, wanted);
    }
    EXPECT_EQ(given, wanted) << jitter_ms;
  }
}

/// What ClockOffset promises, computed from all exchanges anew: theirs minus ours, and whether it wants more.
std::pair<Duration, bool> plain_offset(std::span<const ClockExchange> exchanges) {
  struct Sample {
    Duration round_trip;
    std::size_t age;  // of equals the newer one is the shorter
    Duration offset;
  };
  const auto shortest_of_newest = [&](std::size_t end, std::size_t count) {
    std::vector<Sample> samples;
    for (std::size_t i = end; i-- > 0 && samples.size() < count;) {
      const auto& [sent, remote_received, remote_sent, received] = exchanges[i];
      samples.push_back({(received - sent) - (remote_sent - remote_received), samples.size(),
                         (remote_received - sent) / 2 + (remote_sent - received) / 2});
    }
    std::ranges::sort(samples, {},
                      [](const Sample& sample) { return std::tie(sample.round_trip, sample.age); });
    return samples;
  };
  std::size_t window = ClockOffset::windows.front();
  if (const auto choices = exchanges.size() / 8 * 8; choices > 0) {
    const auto samples = shortest_of_newest(choices, ClockOffset::windows[1]);
    const auto jitter = samples[samples.size() / 2].round_trip - samples.front().round_trip;
    const auto restless =
        std::ranges::count_if(ClockOffset::restless, [&](auto from) { return jitter >= from; });
    window = ClockOffset::windows[static_cast<std::size_t>(restless)];
  }
  const auto samples = shortest_of_newest(exchanges.size(), window);
  const auto used = static_cast<std::int64_t>(samples.size() + 1) / 2;
  Duration sum{};
  for (const auto& sample : samples | std::views::take(used)) sum += sample.offset - samples.front().offset;
  return {samples.front().offset + sum / used, exchanges.size() < window};
}

RC_GTEST_PROP(ClockOffset, estimates_what_the_plain_computation_over_all_exchanges_does, ()) {
  Random random(*rc::gen::arbitrary<std::uint64_t>());
  // Whole milliseconds make equal round trips.
  const auto unit = Duration(*rc::gen::element(1, 1'000, 1'000'000));
  const auto span = *rc::gen::element<std::uint64_t>(1, 10, 3'000, 50'000);
  const auto some = [&] { return unit * static_cast<std::int64_t>(random.below(span)); };
  ClockOffset clock;
  std::vector<ClockExchange> exchanges;
  const auto count = *rc::gen::inRange<std::size_t>(1, 600);
  for (TimePoint now{}; exchanges.size() < count; now += 1s) {
    const auto there = now + some() + 5s + unit * static_cast<std::int64_t>(exchanges.size());
    exchanges.push_back({now, there, there + unit, now + 2 * some() + unit});
    if (!clock.add(exchanges.back())) {
      exchanges.pop_back();
      continue;
    }
    RC_ASSERT(std::pair(clock.estimate(), clock.wants_more()) == plain_offset(exchanges));
  }
}

/// Peers with clocks of their own on a graph, exchanging time stamps over jittery paths every 200 ms.
class Orchestra {
 public:
  Orchestra(std::uint64_t seed, std::size_t count, double jitter_ms) : random_(seed), jitter_ms_(jitter_ms) {
    for (std::size_t i = 0; i < count; ++i) {
      skews_.emplace_back(static_cast<std::int64_t>(random_.below(1'000'000'000'000)));
      paces_.emplace_back(Origin{peer(static_cast<std::uint8_t>(count - i)), 1}, clock(i));
    }
  }
  [[nodiscard]] PeerId id(std::size_t index) const {
    return peer(static_cast<std::uint8_t>(paces_.size() - index));
  }
  void link(std::size_t one, std::size_t other) {
    links_.emplace_back(one, other);
    links_.emplace_back(other, one);
  }
  /// Starts a peer later than the others, or once more.
  void restart(std::size_t index) { paces_[index] = Pace({id(index), ++incarnation_}, clock(index)); }
  /// Ends a peer. Its neighbours either notice at once, or hear nothing any more and wonder.
  void kill(std::size_t index, bool noticed) {
    std::erase_if(links_, [&](const auto& link) {
      if (noticed && link.second == index) paces_[link.first].neighbour_lost(id(index));
      return link.first == index || link.second == index;
    });
    dead_.insert(index);
  }

  void run_for(Duration span) {
    for (const auto end = now_ + span; now_ < end; now_ += 200ms) {
      for (const auto& [from, to] : links_) {
        const auto status = paces_[to].status(clock(to));
        const auto there = delay();
        const auto back = delay();
        const ClockExchange exchange{clock(from) - there - back, clock(to) - back, clock(to) - back,
                                     clock(from)};
        const auto before = paces_[from].at(clock(from));
        outcomes.push_back(paces_[from].exchanged(id(to), exchange, status, clock(from)));
        EXPECT_GE(paces_[from].at(clock(from)), before);
      }
    }
  }
  [[nodiscard]] double spread_ms() const {
    auto least = Duration::max();
    auto most = Duration::min();
    for (std::size_t i = 0; i < paces_.size(); ++i) {
      if (dead_.contains(i)) continue;
      least = std::min(least, paces_[i].at(clock(i)));
      most = std::max(most, paces_[i].at(clock(i)));
    }
    return in_milliseconds(most - least);
  }
  [[nodiscard]] Duration time(std::size_t index) const { return paces_[index].at(clock(index)); }
  [[nodiscard]] TimePoint clock(std::size_t index) const { return TimePoint(now_ + skews_[index]); }
  [[nodiscard]] Pace& pace(std::size_t index) { return paces_[index]; }
  void pass(Duration span) { now_ += span; }
  [[nodiscard]] std::size_t size() const { return paces_.size(); }
  [[nodiscard]] bool alive(std::size_t index) const { return !dead_.contains(index); }
  /// Who all the living follow, if they agree and it is one of them.
  [[nodiscard]] std::optional<std::size_t> common_reference() const {
    std::optional<std::size_t> common;
    for (std::size_t i = 0; i < size(); ++i) {
      if (!alive(i)) continue;
      const auto reference = paces_[i].reference().peer;
      for (std::size_t r = 0; r < size(); ++r)
        if (reference == id(r) && (!alive(r) || common.value_or(r) != r)) return std::nullopt;
      common = size() - reference.bytes[0];
    }
    return common;
  }
  [[nodiscard]] std::uint32_t hops(std::size_t index) const {
    return paces_[index].status(clock(index)).hops;
  }

  std::vector<Pace::Outcome> outcomes;

 private:
  Duration delay() { return from_seconds(std::max(0.0, 0.05 + jitter_ms_ / 1000 * random_.normal())); }

  Random random_;
  double jitter_ms_;
  Duration now_{};
  std::uint64_t incarnation_ = 1;
  std::vector<Duration> skews_;
  std::vector<Pace> paces_;
  std::vector<std::pair<std::size_t, std::size_t>> links_;
  std::set<std::size_t> dead_;
};

TEST(Pace, peers_that_start_at_different_times_agree_with_the_one_furthest_ahead) {
  Orchestra orchestra(1, 5, 0);
  for (std::size_t i = 1; i < 5; ++i) {
    orchestra.pass(2s);
    orchestra.restart(i);
    orchestra.link(i - 1, i);
  }
  const auto furthest = orchestra.time(0);
  orchestra.run_for(6s);
  EXPECT_LT(orchestra.spread_ms(), 0.1);
  EXPECT_NEAR(in_seconds(orchestra.time(0)), in_seconds(furthest + 6s), 1e-6);
  EXPECT_NEAR(in_seconds(orchestra.time(4)), in_seconds(furthest + 6s), 1e-3);
}

TEST(Pace, time_neither_runs_away_nor_drifts_apart_on_a_circle_with_jitter) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Orchestra orchestra(seed, 8, 10);
    for (std::size_t i = 0; i < 8; ++i) orchestra.link(i, (i + 1) % 8);
    orchestra.run_for(30s);
    const auto before = orchestra.time(0);
    orchestra.run_for(600s);
    EXPECT_NEAR(in_seconds(orchestra.time(0) - before), 600, 0.02) << "seed " << seed;
    EXPECT_LT(orchestra.spread_ms(), 20) << "seed " << seed;
  }
}

TEST(Pace, who_has_just_started_is_in_time_after_the_first_exchange) {
  Orchestra orchestra(1, 2, 0);
  orchestra.pass(100s);
  orchestra.restart(1);
  orchestra.link(0, 1);
  orchestra.run_for(200ms);
  EXPECT_LT(orchestra.spread_ms(), 0.1);
}

TEST(Pace, who_was_alone_for_a_while_catches_up_within_a_second) {
  Orchestra orchestra(1, 2, 0);
  orchestra.pass(100s);
  orchestra.restart(1);
  orchestra.pass(10s);
  orchestra.link(0, 1);
  orchestra.run_for(400ms);
  EXPECT_GT(orchestra.spread_ms(), 10'000);
  orchestra.run_for(1s);
  EXPECT_LT(orchestra.spread_ms(), 0.1);
}

TEST(Pace, survives_the_loss_of_the_reference_without_a_jump) {
  Orchestra orchestra(1, 6, 1);
  for (std::size_t i = 1; i < 6; ++i) orchestra.link(i - 1, i);
  orchestra.link(0, 5);
  orchestra.run_for(30s);
  const auto before = orchestra.time(3);
  orchestra.kill(*orchestra.common_reference(), false);
  orchestra.run_for(30s);
  EXPECT_LT(orchestra.spread_ms(), 10);
  EXPECT_NEAR(in_seconds(orchestra.time(3) - before), 30, 0.02);
}

/// A connected graph drawn from a seed: a tree, deep or shallow, with some more links.
Orchestra random_orchestra(std::uint64_t seed) {
  auto random = Random::keyed({seed, 0x9ace});
  const auto jitter_ms = 1 + 5 * random.uniform();
  const auto size = 4 + random.below(20);
  Orchestra orchestra(seed, size, jitter_ms);
  const auto reach = 1 + random.below(4);
  for (std::size_t i = 1; i < orchestra.size(); ++i) {
    orchestra.link(i, i - 1 - random.below(std::min(i, reach)));
    if (const auto other = random.below(i); random.chance(0.3)) orchestra.link(i, other);
  }
  return orchestra;
}

TEST(Pace, followers_of_a_dead_reference_agree_on_a_living_one_and_never_count_hops_in_circles) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    auto orchestra = random_orchestra(seed);
    // Every fifth of a second each link has an exchange: a word crosses the network within this.
    const auto crossing = orchestra.size() * Duration(200ms);
    orchestra.run_for(10s + 2 * crossing);
    for (int deaths = 0; deaths < 2; ++deaths) {
      const auto reference = orchestra.common_reference();
      ASSERT_TRUE(reference) << "seed " << seed;
      const bool noticed = (seed + static_cast<unsigned>(deaths)) % 2 == 0;
      const auto witness = *reference == 0 ? 1u : 0u;
      const auto before = orchestra.time(witness);
      orchestra.kill(*reference, noticed);
      // The death may have cut the network apart: link what is left.
      for (std::size_t i = 1, last = orchestra.alive(0) ? 0 : 1; i < orchestra.size(); ++i)
        if (orchestra.alive(i) && i != last) orchestra.link(std::exchange(last, i), i);
      // The first who notice that they hear nothing do after this; then a few words cross the network.
      const auto patience = noticed ? Duration(1s) : Duration(12s);
      orchestra.run_for(patience + 4 * crossing);
      EXPECT_LT(orchestra.spread_ms(), 50) << "seed " << seed << " death " << deaths;
      // Two who keep the same time to within the errors of measurement may both be followed for a while.
      auto passed = patience + 4 * crossing;
      for (; !orchestra.common_reference() && passed < 3min; passed += 200ms) orchestra.run_for(200ms);
      EXPECT_TRUE(orchestra.common_reference()) << "seed " << seed << " death " << deaths;
      for (std::size_t i = 0; i < orchestra.size(); ++i)
        EXPECT_LT(orchestra.hops(i), orchestra.size()) << "seed " << seed;
      EXPECT_NEAR(in_seconds(orchestra.time(witness) - before), in_seconds(passed), 0.05) << "seed " << seed;
    }
  }
}

/// One peer whose clock shows 100 s, who hears from neighbours with the same clock.
class Listener {
 public:
  Pace::Outcome hears(std::uint8_t from, PaceStatus status) {
    status.offset_ns = Duration(-5s).count();
    return pace.exchanged(peer(from), {now, now, now, now}, status, now);
  }
  [[nodiscard]] static std::int64_t beat(Duration age) { return Duration(95s - age).count(); }

  TimePoint now{100s};
  Origin self{peer(9), 1};
  Origin reference{peer(1), 1};
  Pace pace{self, TimePoint(10s)};
};

TEST(Pace, follows_a_lost_reference_again_only_when_it_has_spoken_since) {
  Listener listener;
  const auto& reference = listener.reference;
  listener.hears(1, {.reference = reference, .hops = 0, .beat_ns = Listener::beat(2s)});
  ASSERT_EQ(listener.pace.reference(), reference);
  const auto told = listener.pace.status(listener.now);
  EXPECT_EQ(told.hops, 1u);
  EXPECT_EQ(told.beat_ns, Listener::beat(2s));
  listener.pace.neighbour_lost(peer(1));
  EXPECT_EQ(listener.pace.reference(), listener.self);
  listener.hears(2, {.reference = reference, .hops = 2, .beat_ns = told.beat_ns});
  EXPECT_EQ(listener.pace.reference(), listener.self);
  listener.hears(2, {.reference = reference, .hops = 2, .beat_ns = Listener::beat(1s)});
  EXPECT_EQ(listener.pace.reference(), reference);
}

TEST(Pace, counts_no_hops_in_a_circle_that_came_about_nevertheless) {
  Listener listener;
  const auto& reference = listener.reference;
  listener.hears(2, {.reference = reference, .hops = 2, .beat_ns = Listener::beat(1s)});
  ASSERT_EQ(listener.pace.status(listener.now).hops, 3u);
  // What it follows follows it in turn.
  for (int i = 0; i < 10; ++i) {
    const auto told = listener.pace.status(listener.now);
    listener.hears(2, {.reference = reference, .hops = told.hops + 1, .beat_ns = told.beat_ns});
  }
  EXPECT_EQ(listener.pace.status(listener.now).hops, 3u);
}

TEST(Pace, gives_up_a_reference_whose_beat_is_old_for_its_distance_and_follows_no_such_one) {
  Listener listener;
  const auto& reference = listener.reference;
  listener.hears(2, {.reference = reference, .hops = 3, .beat_ns = Listener::beat(15s)});
  EXPECT_EQ(listener.pace.reference(), listener.self);
  listener.hears(2, {.reference = reference, .hops = 3, .beat_ns = Listener::beat(-6s)});
  EXPECT_EQ(listener.pace.reference(), listener.self);
  listener.hears(2, {.reference = reference, .hops = 3, .beat_ns = Listener::beat(13s)});
  EXPECT_EQ(listener.pace.reference(), reference);
  listener.pace.give_up_silent_reference(listener.now + 2s);
  EXPECT_EQ(listener.pace.reference(), reference);
  listener.pace.give_up_silent_reference(listener.now + 4s);
  EXPECT_EQ(listener.pace.reference(), listener.self);
}

TEST(Pace, a_reference_that_starts_again_takes_nobody_back_to_its_beginning) {
  Orchestra orchestra(1, 6, 1);
  for (std::size_t i = 0; i < 6; ++i) orchestra.link(i, (i + 1) % 6);
  orchestra.run_for(60s);
  for (std::size_t i = 0; i < 6; ++i) {
    const auto before = orchestra.time(i == 0 ? 1 : 0);
    orchestra.restart(i);
    orchestra.run_for(10s);
    EXPECT_LT(orchestra.spread_ms(), 20) << i;
    EXPECT_NEAR(in_seconds(orchestra.time(0) - before), 10, 0.02) << i;
  }
}

TEST(Pace, a_peer_that_agrees_with_others_does_not_believe_a_clock_hours_ahead) {
  Orchestra orchestra(1, 3, 1);
  orchestra.link(0, 1);
  orchestra.run_for(10s);
  const auto before = orchestra.time(0);
  PaceStatus lie{.reference = {peer(99), 1}};
  lie.offset_ns = (before + 5h).count() - orchestra.clock(0).time_since_epoch().count();
  const auto now = orchestra.clock(0);
  EXPECT_EQ(orchestra.pace(0).exchanged(peer(99), {now, now, now, now}, lie, now),
            Pace::Outcome::implausible);
  EXPECT_EQ(orchestra.time(0), before);
  // Unless there is a reason.
  lie.beat_ns = (before + 5h).count();
  EXPECT_EQ(orchestra.pace(0).exchanged(peer(99), {now, now, now, now}, lie, now, before + 3h),
            Pace::Outcome::implausible);
  EXPECT_EQ(orchestra.pace(0).exchanged(peer(99), {now, now, now, now}, lie, now, before + 4h + 30min),
            Pace::Outcome::corrected);
}

TEST(Pace, who_followed_somebody_hours_ahead_and_lost_him_has_no_clock_that_jumps) {
  Orchestra orchestra(1, 3, 1);
  orchestra.link(0, 1);
  orchestra.run_for(10s);
  const auto now = orchestra.clock(0);
  const auto hears = [&](Duration lead, Duration followed_lead) {
    const auto time = orchestra.time(0);
    PaceStatus status{.reference = {peer(99), 1}};
    status.beat_ns = (time + lead).count();
    status.offset_ns = (time + lead).count() - now.time_since_epoch().count();
    status.followed_ns = (time + followed_lead).count();
    return orchestra.pace(0).exchanged(peer(99), {now, now, now, now}, status, now);
  };
  EXPECT_EQ(hears(0s, -1min), Pace::Outcome::unchanged);
  EXPECT_EQ(hears(5h, -1min), Pace::Outcome::jumped);
  EXPECT_EQ(hears(5h, 5h - 10s), Pace::Outcome::implausible);
}

TEST(Pace, what_was_followed_is_told_after_its_loss) {
  Listener listener;
  EXPECT_EQ(listener.pace.status(listener.now).followed_ns, 0);
  const auto beat = Listener::beat(1s);
  listener.hears(2, {.reference = listener.reference, .hops = 1, .beat_ns = beat});
  EXPECT_EQ(listener.pace.status(listener.now).followed_ns, beat);
  listener.pace.neighbour_lost(peer(2));
  EXPECT_EQ(listener.pace.reference(), listener.self);
  EXPECT_EQ(listener.pace.status(listener.now).followed_ns, beat);
}

}  // namespace
}  // namespace tutti::symmetric
