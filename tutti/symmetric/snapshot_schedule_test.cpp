#include "tutti/symmetric/snapshot_schedule.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace tutti::symmetric {
namespace {

constexpr std::int64_t second = 50;

struct Situation {
  Tick tick{*rc::gen::inRange<std::int64_t>(-1, 1'000'000)};
  Tick now{tick.value() + *rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 200),
                                          rc::gen::inRange<std::int64_t>(0, 10'000'000))};
  std::size_t bytes =
      *rc::gen::oneOf(rc::gen::just<std::size_t>(0), rc::gen::inRange<std::size_t>(1, 1 << 24));
};

RC_GTEST_PROP(SnapshotSchedule, the_next_snapshot_is_later_and_by_a_whole_second_at_the_latest_if_recent,
              ()) {
  const SnapshotSchedule schedule(second, {}, 256);
  const Situation at;
  const Tick next = schedule.next_after(at.tick, at.now, at.bytes);
  RC_ASSERT(next > at.tick);
  if (at.now - at.tick > schedule.recent()) {
    RC_ASSERT(next.value() % second == 0);
  } else {
    const auto whole_second = (std::max<std::int64_t>(at.tick.value(), 0) / second + 1) * second;
    RC_ASSERT(next.value() <= whole_second);
  }
}

RC_GTEST_PROP(SnapshotSchedule, where_they_lie_does_not_depend_on_where_one_begins, ()) {
  const SnapshotSchedule schedule(second, {}, 256);
  const Situation at;
  const Tick next = schedule.next_after(at.tick, at.now, at.bytes);
  if (at.now - at.tick > schedule.recent()) return;
  const Tick between(*rc::gen::inRange(at.tick.value(), next.value()));
  RC_ASSERT(schedule.next_after(between, at.now, at.bytes) == next);
}

RC_GTEST_PROP(SnapshotSchedule, a_replay_takes_half_as_many_as_there_may_be_for_each_halving_of_its_way, ()) {
  constexpr std::size_t snapshots_max = 32;
  const SnapshotSchedule schedule(second, {}, snapshots_max);
  const Tick now(*rc::gen::inRange<std::int64_t>(10 * second, 100'000'000));
  std::size_t taken = 0;
  for (Tick tick(0); now - tick > schedule.recent(); tick = schedule.next_after(tick, now, 0)) ++taken;
  const double halvings =
      std::log2(static_cast<double>(now.value()) / static_cast<double>(schedule.recent()));
  RC_ASSERT(static_cast<double>(taken) <= snapshots_max / 2.0 * std::ceil(halvings));
}

RC_GTEST_PROP(SnapshotSchedule, an_interval_that_is_given_is_kept_in_the_recent_past, ()) {
  const auto interval = *rc::gen::inRange<std::int64_t>(1, 60);
  const SnapshotSchedule schedule(second, interval, 256);
  Situation at;
  at.now = Tick(at.tick.value() + *rc::gen::inRange<std::int64_t>(0, schedule.recent() + 1));
  const Tick next = schedule.next_after(at.tick, at.now, at.bytes);
  RC_ASSERT(next.value() % interval == 0);
  RC_ASSERT(next - std::max(at.tick, Tick(0)) <= interval);
}

}  // namespace
}  // namespace tutti::symmetric
