#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/runtime/block_list.hpp"
#include "tutti/runtime/event_queue.hpp"
#include "tutti/runtime/own_clock_runtime.hpp"
#include "tutti/runtime/real_runtime.hpp"
#include "tutti/runtime/simulator.hpp"

namespace tutti {
namespace {

using namespace std::chrono_literals;

struct Numbered final : Event {
  int number = 0;
  void fire() override {}
};

RC_GTEST_PROP(EventQueue, yields_what_is_left_in_order_whatever_was_moved_and_taken_out,
              (const std::vector<std::uint8_t>& times)) {
  std::vector<std::unique_ptr<Numbered>> events;
  EventQueue queue;
  std::uint64_t sequence = 0;
  for (const auto time : times) {
    events.push_back(std::make_unique<Numbered>());
    queue.schedule(*events.back(), {TimePoint(Duration(time)), 0, 0, sequence++});
  }
  for (auto& event : events) {
    switch (*rc::gen::inRange(0, 4)) {
      case 0:
        event->unschedule();
        break;
      case 1:
        event.reset();
        break;
      case 2:
        queue.schedule(*event, {TimePoint(Duration(*rc::gen::inRange(0, 256))), 1, 0, sequence++});
        break;
      default:
        break;
    }
  }
  std::size_t expected = 0;
  for (const auto& event : events) expected += event && event->scheduled();
  std::optional<EventKey> last;
  std::size_t count = 0;
  while (!queue.empty()) {
    const auto key = queue.next();
    if (last) RC_ASSERT(*last < key);
    last = key;
    RC_ASSERT(!queue.pop().scheduled());
    ++count;
  }
  RC_ASSERT(count == expected);
}

/// Compares a queue with a sorted set while events are scheduled, moved, taken out and popped.
void expect_order(std::uint64_t seed, std::size_t count, const std::function<Duration(Random&)>& delay) {
  Random random(seed);
  std::deque<Numbered> events(count);
  EventQueue queue;
  std::map<EventKey, Numbered*> expected;
  std::vector<EventKey> keys(count);
  std::uint64_t sequence = 0;
  TimePoint now{};
  const auto schedule = [&](std::size_t index) {
    auto& event = events[index];
    if (event.scheduled()) expected.erase(keys[index]);
    keys[index] = {now + delay(random), static_cast<std::uint32_t>(random.below(3)), 0, sequence++};
    queue.schedule(event, keys[index]);
    expected.emplace(keys[index], &event);
  };
  for (std::size_t i = 0; i < count; ++i) {
    events[i].number = static_cast<int>(i);
    schedule(i);
  }
  for (std::size_t step = 0; step < 5 * count && !queue.empty(); ++step) {
    ASSERT_EQ(queue.size(), expected.size()) << "seed " << seed;
    ASSERT_EQ(queue.next(), expected.begin()->first) << "seed " << seed << ", step " << step;
    now = queue.next().at;
    auto& popped = static_cast<Numbered&>(queue.pop());
    ASSERT_EQ(&popped, expected.begin()->second) << "seed " << seed;
    expected.erase(expected.begin());
    if (random.chance(0.9)) schedule(static_cast<std::size_t>(popped.number));
    const auto other = static_cast<std::size_t>(random.below(count));
    if (random.chance(0.3)) schedule(other);
    if (random.chance(0.1) && events[other].scheduled()) {
      events[other].unschedule();
      expected.erase(keys[other]);
    }
  }
}

TEST(EventQueue, keeps_the_order_of_a_sorted_set_whatever_the_times_are_like) {
  const auto below = [](std::uint64_t bound) {
    return [bound](Random& random) { return Duration(static_cast<std::int64_t>(random.below(bound))); };
  };
  for (const std::size_t count : {1u, 3u, 100u, 3'000u, 30'000u}) {
    expect_order(count + 1, count, below(1'000'000'000));
    expect_order(count + 2, count, below(10));  // most at the same moment
    expect_order(count + 3, count, [](Random&) { return Duration(50ms); });
    expect_order(count + 4, count, [](Random& random) {  // some years away
      return random.chance(0.01) ? Duration(std::chrono::hours(200'000))
                                 : Duration(static_cast<std::int64_t>(random.below(1'000'000)));
    });
    expect_order(count + 5, count, [](Random& random) {  // over all magnitudes
      return Duration(static_cast<std::int64_t>(random() >> (2 + random.below(60))));
    });
  }
}

TEST(EventQueue, takes_events_at_the_end_of_time_among_near_ones) {
  std::deque<Numbered> events(3);
  EventQueue queue;
  queue.schedule(events[0], {TimePoint(1s), 0, 0, 0});
  queue.schedule(events[1], {TimePoint::max(), 0, 0, 1});
  queue.schedule(events[2], {TimePoint(2s), 0, 0, 2});
  EXPECT_EQ(&queue.pop(), &events[0]);
  EXPECT_EQ(&queue.pop(), &events[2]);
  queue.schedule(events[0], {TimePoint(3s), 0, 0, 3});
  EXPECT_EQ(&queue.pop(), &events[0]);
  EXPECT_EQ(&queue.pop(), &events[1]);
  EXPECT_TRUE(queue.empty());
}

TEST(EventQueue, takes_what_has_been_due_for_ever_ahead_of_any_number_of_others) {
  constexpr std::uint64_t count = 1'000;
  std::deque<Numbered> events(count);
  EventQueue queue;
  for (std::uint64_t i = 0; i + 1 < count; ++i)
    queue.schedule(events[i], {TimePoint(std::chrono::hours(9) + Duration(i * i)), 0, 0, i});
  queue.pop();
  queue.schedule(events.back(), {TimePoint::min(), 0, 0, count});
  for (std::uint64_t i = 0; i < 100; ++i)
    queue.schedule(events[count - 2 - i],
                   {TimePoint(std::chrono::hours(9) + Duration(i)), 0, 0, count + 1 + i});
  EXPECT_EQ(&queue.pop(), &events.back());
  std::size_t left = 0;
  for (TimePoint last; !queue.empty(); ++left) {
    EXPECT_LE(last, queue.next_at());
    last = queue.next_at();
    queue.pop();
  }
  EXPECT_EQ(left, count - 2);
}

TEST(EventQueue, keeps_the_order_of_a_crowd_that_comes_and_goes_while_its_moment_lasts) {
  constexpr std::uint64_t crowd = 5'000;
  std::deque<Numbered> events(2 * crowd);
  EventQueue queue;
  const auto schedule = [&](std::uint64_t index, std::uint64_t place) {
    queue.schedule(events[index], {TimePoint(1s), static_cast<std::uint32_t>(place), 0, index});
  };
  for (std::uint64_t i = 0; i < crowd; ++i) schedule(i, 2 * i);
  std::vector<EventKey> happened;
  for (std::uint64_t i = 0; !queue.empty(); ++i) {
    happened.push_back(queue.next());
    queue.pop();
    if (i < crowd) schedule(crowd + i, 2 * i + 1 + i % 100);
    if (i < crowd && i % 3 == 0) events[crowd + i].unschedule();
  }
  EXPECT_TRUE(std::ranges::is_sorted(happened));
  EXPECT_EQ(happened.size(), 2 * crowd - (crowd + 2) / 3);
}

TEST(BlockList, never_moves_what_is_in_it_and_destroys_it_at_the_end) {
  int alive = 0;
  struct Counted {
    Counted(int& its_alive, std::size_t its_number) : alive(its_alive), number(its_number) { ++alive; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    ~Counted() { --alive; }
    int& alive;
    std::size_t number;
  };
  {
    BlockList<Counted> list;
    const auto* first = &list.emplace_back(alive, 0u);
    for (std::size_t i = 1; i < 3'000; ++i) list.emplace_back(alive, i);
    EXPECT_EQ(&list[0], first);
    for (std::size_t i = 0; i < list.size(); ++i) EXPECT_EQ(list[i].number, i);
    EXPECT_EQ(alive, 3'000);
  }
  EXPECT_EQ(alive, 0);
}

TEST(Timer, that_is_destroyed_never_fires) {
  Simulator simulator(1);
  auto& node = simulator.add_node();
  int fired = 0;
  {
    Timer timer(node, [&] { ++fired; });
    timer.arm(1s);
  }
  simulator.run_for(2s);
  EXPECT_EQ(fired, 0);
}

TEST(Timer, may_be_rearmed_and_destroyed_by_its_own_callback) {
  Simulator simulator(1);
  auto& node = simulator.add_node();
  std::vector<TimePoint> fired;
  std::optional<Timer> timer;
  timer.emplace(node, [&] {
    fired.push_back(simulator.now());
    if (fired.size() < 3)
      timer->arm(1s);
    else
      timer.reset();
  });
  timer->arm(1s);
  simulator.run_for(10s);
  EXPECT_EQ(fired, (std::vector{TimePoint(1s), TimePoint(2s), TimePoint(3s)}));
}

std::uint64_t trace_of(std::uint64_t seed) {
  Simulator simulator(seed);
  std::vector<std::unique_ptr<Timer>> timers;
  for (int i = 0; i < 10; ++i) {
    auto& node = simulator.add_node();
    timers.push_back(std::make_unique<Timer>(node, [&timers, &node, i] {
      timers[static_cast<std::size_t>(i)]->arm(Duration(node.random().below(1'000'000)));
    }));
    timers.back()->arm({});
  }
  simulator.run_for(100ms);
  return simulator.trace_hash();
}

TEST(Simulator, traces_are_equal_for_equal_seeds_and_differ_for_different_ones) {
  EXPECT_EQ(trace_of(1), trace_of(1));
  EXPECT_NE(trace_of(1), trace_of(2));
}

TEST(Simulator, events_of_one_moment_happen_by_target_then_source_then_sequence) {
  Simulator simulator(1);
  for (int i = 0; i < 3; ++i) simulator.add_node();
  struct Recorded final : Event {
    Recorded(std::vector<int>& its_log, int its_name) : log(its_log), name(its_name) {}
    void fire() override { log.push_back(name); }
    std::vector<int>& log;
    int name;
  };
  std::vector<int> log;
  Recorded a(log, 1), b(log, 2), c(log, 3), d(log, 4);
  simulator.schedule(d, TimePoint(1s), 2, 0);
  simulator.schedule(c, TimePoint(1s), 1, 2);
  simulator.schedule(b, TimePoint(1s), 1, 1);
  simulator.schedule(a, TimePoint(1s), 0, 2);
  simulator.run_for(1s);
  EXPECT_EQ(log, (std::vector{1, 2, 3, 4}));
}

TEST(Simulator, adding_a_node_changes_no_other_nodes_randomness) {
  Simulator small(5);
  Simulator large(5);
  auto& first = small.add_node();
  auto& same = large.add_node();
  large.add_node();
  EXPECT_EQ(first.random()(), same.random()());
  EXPECT_NE(large.node(0).random()(), large.node(1).random()());
}

// Whoever waits until its clock shows a moment looks at the clock, and waits for the same moment again if it
// is not there yet: a timer that is early by a nanosecond would do so for ever.
TEST(SimRuntime, no_timer_is_early_by_its_own_clock_however_that_drifts) {
  for (const double ppm : {-90'000.0, -200.0, -1.0, 1.0, 37.0, 200.0, 90'000.0}) {
    Simulator simulator(1);
    auto& node = simulator.add_node();
    simulator.run_for(1234567ns);
    node.set_drift(ppm);
    int fired = 0;
    TimePoint wanted = node.now();
    std::optional<Timer> timer;
    timer.emplace(node, [&] {
      EXPECT_GE(node.now(), wanted) << ppm;
      EXPECT_LE(node.now() - wanted, 10ns) << ppm;
      if (++fired < 1000) timer->arm_at(wanted += 1234567ns + Duration(fired));
    });
    timer->arm_at(TimePoint::min());
    simulator.run_for(5s);
    EXPECT_EQ(fired, 1000) << ppm;
  }
}

TEST(OwnClockRuntime, shows_the_time_of_a_clock_that_drifts_and_is_stepped) {
  Simulator simulator(1);
  OwnClockRuntime clock(simulator.add_node());
  simulator.run_for(1s);
  EXPECT_EQ(clock.now(), TimePoint(1s));
  clock.set_drift(100'000);
  simulator.run_for(10s);
  EXPECT_EQ(clock.now(), TimePoint(12s));
  EXPECT_EQ(clock.reading(TimePoint(21s)), TimePoint(23s));
  clock.step_clock(5s);
  EXPECT_EQ(clock.now(), TimePoint(17s));
}

TEST(OwnClockRuntime, timers_fire_when_its_clock_says_so_and_those_that_are_armed_keep_their_moments) {
  Simulator simulator(1);
  auto& inner = simulator.add_node();
  OwnClockRuntime clock(inner);
  std::vector<std::pair<int, TimePoint>> fired;
  Timer before(clock, [&] { fired.emplace_back(1, inner.now()); });
  Timer fast(clock, [&] { fired.emplace_back(2, inner.now()); });
  Timer sooner(clock, [&] { fired.emplace_back(3, inner.now()); });
  before.arm(10s);
  clock.set_drift(100'000);
  fast.arm(11s);
  sooner.arm(1100ms);
  fast.arm(22s);
  simulator.run_for(30s);
  EXPECT_EQ(fired, (std::vector<std::pair<int, TimePoint>>{
                       {3, TimePoint(1s)}, {1, TimePoint(10s)}, {2, TimePoint(20s)}}));
}

TEST(OwnClockRuntime, a_timer_that_rearms_itself_at_once_does_not_hold_up_the_others) {
  Simulator simulator(1);
  OwnClockRuntime clock(simulator.add_node());
  int turns = 0;
  Timer eager(clock, [&] {
    if (++turns < 1000) eager.arm({});
  });
  eager.arm(1s);
  simulator.run_for(2s);
  EXPECT_EQ(turns, 1000);
}

TEST(RealRuntime, fires_timers_in_order_and_takes_tasks_from_other_threads) {
  RealRuntime runtime;
  std::vector<int> order;
  Timer second(runtime, [&] {
    order.push_back(2);
    runtime.stop();
  });
  Timer first(runtime, [&] { order.push_back(1); });
  std::thread other([&] {
    runtime.post([&] {
      const auto now = runtime.now();
      second.arm_at(now + 20ms);
      first.arm_at(now + 10ms);
    });
  });
  runtime.run();
  other.join();
  EXPECT_EQ(order, (std::vector{1, 2}));
}

}  // namespace
}  // namespace tutti
