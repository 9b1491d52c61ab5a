#include "tutti/net/ledbat.hpp"

#include <algorithm>
#include <array>
#include <queue>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/random.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

constexpr Duration target = 5ms;

/// Senders that always have more, through one bottleneck with as much room as they fill.
class Bottleneck {
 public:
  struct Sender {
    Ledbat ledbat{target};
    TimePoint starts{};
    std::uint64_t in_flight = 0;
    std::uint64_t arrived = 0;
  };

  Bottleneck(double bytes_per_second, Duration its_round_trip)
      : round_trip(its_round_trip), rate_(bytes_per_second) {}

  void run_until(TimePoint end) {
    for (;;) {
      for (auto& sender : senders) send(sender);
      TimePoint next = acknowledgements_.empty() ? end : acknowledgements_.top().at;
      for (const auto& sender : senders)
        if (sender.starts > now) next = std::min(next, sender.starts);
      if (next >= end) break;
      now = next;
      if (acknowledgements_.empty() || acknowledgements_.top().at > now) continue;
      const auto [at, sent, index] = acknowledgements_.top();
      acknowledgements_.pop();
      auto& sender = senders[index];
      sender.in_flight -= Ledbat::packet_bytes;
      sender.arrived += Ledbat::packet_bytes;
      sender.ledbat.acknowledged(now, Ledbat::packet_bytes, now - sent, true);
    }
    now = end;
  }
  [[nodiscard]] double bytes_per_second() const { return rate_; }
  [[nodiscard]] Duration queue() const { return std::max(busy_until_ - now, Duration::zero()); }

  TimePoint now{};
  Duration round_trip;
  Duration jitter{};
  std::vector<Sender> senders;

 private:
  struct Acknowledgement {
    TimePoint at;
    TimePoint sent;
    std::size_t sender;
    bool operator>(const Acknowledgement& other) const { return at > other.at; }
  };

  void send(Sender& sender) {
    while (now >= sender.starts && sender.in_flight < sender.ledbat.window_bytes()) {
      sender.in_flight += Ledbat::packet_bytes;
      busy_until_ = std::max(busy_until_, now) + from_seconds(Ledbat::packet_bytes / rate_);
      acknowledgements_.push({busy_until_ + round_trip + from_seconds(in_seconds(jitter) * random_.uniform()),
                              now, static_cast<std::size_t>(&sender - senders.data())});
    }
  }

  double rate_;
  TimePoint busy_until_{};
  std::priority_queue<Acknowledgement, std::vector<Acknowledgement>, std::greater<>> acknowledgements_;
  Random random_{1};
};

double share(const Bottleneck& path, std::size_t sender, std::uint64_t bytes_before, Duration duration) {
  return static_cast<double>(path.senders[sender].arrived - bytes_before) /
         (path.bytes_per_second() * in_seconds(duration));
}

TEST(BaseDelay, is_the_least_of_the_last_while) {
  BaseDelay base;
  EXPECT_EQ(base.least(), Duration::max());
  const TimePoint begin{100s};
  base.add(begin, 30ms);
  base.add(begin + 1s, 20ms);
  base.add(begin + 2s, 40ms);
  EXPECT_EQ(base.least(), 20ms);
  base.add(begin + BaseDelay::interval * BaseDelay::intervals - 1ns, 50ms);
  EXPECT_EQ(base.least(), 20ms);
  base.add(begin + BaseDelay::interval * BaseDelay::intervals, 60ms);
  EXPECT_EQ(base.least(), 50ms);
  base.add(begin + 1000s, 70ms);
  EXPECT_EQ(base.least(), 70ms);
}

TEST(Ledbat, does_not_grow_while_its_window_is_not_what_limits) {
  Ledbat ledbat(target);
  for (int i = 0; i < 100; ++i) ledbat.acknowledged(TimePoint(i * 20ms), 1000, 20ms, false);
  EXPECT_EQ(ledbat.window_bytes(), Ledbat::window_bytes_initial);
}

TEST(Ledbat, leaves_slow_start_when_the_queue_passes_three_quarters_of_the_target) {
  Ledbat ledbat(target);
  TimePoint now{};
  const auto arrive = [&](Duration round_trip) {
    now += 1ms;
    ledbat.acknowledged(now, Ledbat::packet_bytes, round_trip, true);
    return ledbat.window_bytes();
  };
  const auto grown_by = [&](Duration round_trip) {
    const auto before = ledbat.window_bytes();
    return static_cast<std::int64_t>(arrive(round_trip)) - static_cast<std::int64_t>(before);
  };
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(grown_by(20ms), Ledbat::packet_bytes / 2);
  for (int i = 0; i < 2000; ++i) EXPECT_EQ(grown_by(20ms + target * 3 / 4), Ledbat::packet_bytes / 2);
  EXPECT_EQ(ledbat.queueing_delay(), target * 3 / 4);
  int more = 0;
  while (grown_by(21ms + target * 3 / 4) > 0) ++more;
  EXPECT_LT(more, 5000);
}

TEST(Ledbat, keeps_about_its_target_in_the_queue_and_the_path_full) {
  for (const double megabits : {5.0, 10.0, 100.0}) {
    Bottleneck path(megabits * 1e6 / 8, 30ms);
    path.senders.resize(1);
    path.run_until(TimePoint(5s));
    const auto before = path.senders[0].arrived;
    int long_queues = 0;
    for (auto at = 5s; at < 35s; at += 1s) {
      path.run_until(TimePoint(at));
      if (path.queue() > 3 * target) ++long_queues;
    }
    EXPECT_LE(long_queues, 1) << megabits;
    EXPECT_GT(share(path, 0, before, 29s), 0.95) << megabits;
  }
}

TEST(Ledbat, fills_a_path_however_its_round_trips_scatter) {
  for (const auto jitter : {1ms, 5ms, 20ms, 50ms}) {
    Bottleneck path(10e6 / 8, 40ms);
    path.jitter = jitter;
    path.senders.resize(1);
    path.run_until(TimePoint(60s));
    EXPECT_GT(share(path, 0, 0, 60s), 0.85) << in_milliseconds(jitter);
    EXPECT_LT(path.queue(), 3 * target + 2 * jitter) << in_milliseconds(jitter);
  }
}

TEST(Ledbat, believes_a_longer_route_after_a_while) {
  Bottleneck path(10e6 / 8, 40ms);
  path.senders.resize(1);
  path.run_until(TimePoint(20s));
  path.round_trip = 120ms;
  path.run_until(TimePoint(20s) + BaseDelay::interval * (BaseDelay::intervals + 1));
  const auto before = path.senders[0].arrived;
  path.run_until(path.now + 30s);
  EXPECT_GT(share(path, 0, before, 30s), 0.5);
}

TEST(Ledbat, shares_a_path_with_who_came_first) {
  Bottleneck path(10e6 / 8, 40ms);
  path.senders.resize(3);
  path.senders[1].starts = TimePoint(7s);
  path.senders[2].starts = TimePoint(15s);
  path.run_until(TimePoint(30s));
  std::array<std::uint64_t, 3> before{};
  for (std::size_t i = 0; i < before.size(); ++i) before[i] = path.senders[i].arrived;
  path.run_until(TimePoint(90s));
  double sum = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_GT(share(path, i, before[i], 60s), 0.2) << i;
    sum += share(path, i, before[i], 60s);
  }
  EXPECT_GT(sum, 0.9);
}

RC_GTEST_PROP(Ledbat, allows_two_packets_at_least_whatever_it_is_told, ()) {
  Ledbat ledbat(target);
  TimePoint now{};
  const auto steps = *rc::gen::inRange(1, 300);
  for (int i = 0; i < steps; ++i) {
    now += Duration(*rc::gen::inRange<std::int64_t>(0, 10'000'000'000));
    const auto before = ledbat.window_bytes();
    const auto bytes = *rc::gen::element<std::uint64_t>(0, 1, 1400, 1'000'000, std::uint64_t{1} << 40);
    const Duration round_trip(*rc::gen::inRange<std::int64_t>(0, 2'000'000'000));
    const bool limited = *rc::gen::arbitrary<bool>();
    ledbat.acknowledged(now, bytes, round_trip, limited);
    RC_ASSERT(ledbat.window_bytes() >= Ledbat::window_bytes_min);
    RC_ASSERT(ledbat.window_bytes() <= Ledbat::window_bytes_max);
    RC_ASSERT(ledbat.queueing_delay() >= Duration::zero());
    if (!limited) RC_ASSERT(ledbat.window_bytes() <= before);
  }
}

}  // namespace
}  // namespace tutti
