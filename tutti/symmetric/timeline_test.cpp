#include "tutti/symmetric/timeline.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/random.hpp"
#include "tutti/symmetric/time_machine_test_values.hpp"

namespace tutti::symmetric {
namespace {

std::vector<EventId> ids(const Timeline<std::string>& timeline) {
  std::vector<EventId> ids;
  for (const auto& entry : timeline.all()) ids.push_back(entry.id);
  return ids;
}

/// Some events with few different ticks, origins and sequences, so that equal ids are common.
std::vector<EventId> arbitrary_ids() {
  return *rc::gen::container<std::vector<EventId>>(
      rc::gen::map(rc::gen::tuple(rc::gen::inRange(0, 20), rc::gen::inRange(0, 3), rc::gen::inRange(0, 3)),
                   [](const std::tuple<int, int, int>& parts) {
                     return event_id(std::get<0>(parts), static_cast<std::uint8_t>(std::get<1>(parts)),
                                     static_cast<std::uint64_t>(std::get<2>(parts)));
                   }));
}

std::string content_of(const EventId& id) {
  return std::to_string(id.tick.value() * 7) + std::to_string(id.sequence.value());
}

TEST(EventId, orders_by_tick_then_origin_then_sequence) {
  EXPECT_LT(event_id(1, 9, 9), event_id(2, 0, 0));
  EXPECT_LT(event_id(1, 1, 9), event_id(1, 2, 0));
  EXPECT_LT(event_id(1, 1, 9, 1), event_id(1, 1, 0, 2));
  EXPECT_LT(event_id(1, 1, 1), event_id(1, 1, 2));
}

TEST(Timeline, keeps_several_events_of_one_tick_in_their_order) {
  Timeline<std::string> timeline;
  ASSERT_TRUE(timeline.insert(event_id(5, 2, 0), "c"));
  ASSERT_TRUE(timeline.insert(event_id(5, 1, 1), "b"));
  ASSERT_TRUE(timeline.insert(event_id(5, 1, 0), "a"));
  EXPECT_EQ(ids(timeline), (std::vector{event_id(5, 1, 0), event_id(5, 1, 1), event_id(5, 2, 0)}));
  EXPECT_EQ(timeline.all()[1].payload, "b");
}

TEST(Timeline, refuses_an_id_it_knows_whether_merged_or_waiting) {
  Timeline<std::string> timeline;
  ASSERT_TRUE(timeline.insert(event_id(9, 1, 0), "last"));
  ASSERT_TRUE(timeline.insert(event_id(5, 1, 0), "first"));
  EXPECT_FALSE(timeline.insert(event_id(9, 1, 0), "last"));
  EXPECT_FALSE(timeline.insert(event_id(5, 1, 0), "first"));
  ASSERT_EQ(timeline.all().size(), 2u);
  EXPECT_FALSE(timeline.insert(event_id(5, 1, 0), "other"));
  EXPECT_EQ(timeline.all()[0].payload, "first");
  EXPECT_EQ(timeline.size(), 2u);
}

TEST(Timeline, iterates_from_the_first_event_of_a_tick) {
  Timeline<std::string> timeline;
  for (const int tick : {1, 3, 3, 8})
    ASSERT_TRUE(timeline.insert(event_id(tick, 1, timeline.size()), std::to_string(tick)));
  EXPECT_EQ(timeline.from(Tick(0)).size(), 4u);
  EXPECT_EQ(timeline.from(Tick(3)).size(), 3u);
  EXPECT_EQ(timeline.from(Tick(4)).front().payload, "8");
  EXPECT_TRUE(timeline.from(Tick(9)).empty());
}

TEST(Timeline, history_tells_contents_apart) {
  Timeline<std::string> one, other;
  ASSERT_TRUE(one.insert(event_id(1, 1, 0), "a"));
  ASSERT_TRUE(other.insert(event_id(1, 1, 0), "b"));
  EXPECT_NE(one.history(Tick(1)), other.history(Tick(1)));
  EXPECT_EQ(one.history(Tick(0)), other.history(Tick(0)));
}

RC_GTEST_PROP(Timeline, is_sorted_and_complete_for_every_order_of_arrival_and_of_reading, ()) {
  Timeline<std::string> timeline;
  std::map<EventId, std::string> model;
  for (const auto& id : arbitrary_ids()) {
    const bool is_new = model.emplace(id, content_of(id)).second;
    RC_ASSERT(timeline.contains(id) == !is_new);
    RC_ASSERT(timeline.insert(id, content_of(id)) == is_new);
    RC_ASSERT(timeline.size() == model.size());
    if (*rc::gen::inRange(0, 3) == 0) RC_ASSERT(timeline.all().size() == model.size());
  }
  const auto entries = timeline.all();
  RC_ASSERT(std::ranges::equal(entries, model, {}, &Timeline<std::string>::Entry::id,
                               [](const auto& pair) { return pair.first; }));
  RC_ASSERT(std::ranges::equal(entries, model, {}, &Timeline<std::string>::Entry::payload,
                               [](const auto& pair) { return pair.second; }));
}

RC_GTEST_PROP(Timeline, history_depends_on_the_events_up_to_a_tick_and_on_nothing_else, ()) {
  const auto arriving = arbitrary_ids();
  auto sorted = arriving;
  std::ranges::sort(sorted);
  const Tick tick(*rc::gen::inRange(0, 20));
  Timeline<std::string> scattered, in_order, early;
  for (const auto& id : arriving) {
    static_cast<void>(scattered.insert(id, content_of(id)));
    if (*rc::gen::inRange(0, 3) == 0) static_cast<void>(scattered.all());
  }
  for (const auto& id : sorted) static_cast<void>(in_order.insert(id, content_of(id)));
  for (const auto& id : sorted)
    if (id.tick <= tick) static_cast<void>(early.insert(id, content_of(id)));
  RC_ASSERT(scattered.history(tick) == in_order.history(tick));
  RC_ASSERT(scattered.history(tick) == early.history(Tick(1000)));
  const bool more_later = scattered.size() > early.size();
  RC_ASSERT((scattered.history(Tick(1000)) == early.history(Tick(1000))) == !more_later);
}

RC_GTEST_PROP(Timeline, folding_forgets_events_and_changes_no_later_history, ()) {
  Timeline<std::string> whole, folded;
  const Tick tick(*rc::gen::inRange(0, 20));
  for (const auto& id : arbitrary_ids()) {
    static_cast<void>(whole.insert(id, content_of(id)));
    static_cast<void>(folded.insert(id, content_of(id)));
  }
  const auto forgotten = folded.fold(tick);
  RC_ASSERT(forgotten + folded.size() == whole.size());
  RC_ASSERT(folded.size() == whole.from(tick + 1).size());
  for (Tick later = tick; later <= Tick(21); ++later)
    RC_ASSERT(folded.history(later) == whole.history(later));
}

/// A number, to the codec, that counts how often one of its kind is copied.
struct CopyCounter {
  static inline std::uint64_t copies = 0;

  CopyCounter() = default;
  CopyCounter(const CopyCounter&) { ++copies; }
  CopyCounter& operator=(const CopyCounter&) {
    ++copies;
    return *this;
  }
  // NOLINTNEXTLINE(google-explicit-constructor): the codec writes numbers by what they convert to
  operator std::int64_t() const { return 0; }
};
using Counted = std::chrono::duration<CopyCounter>;

TEST(Timeline, events_that_arrive_together_are_merged_in_one_pass) {
  Timeline<Counted> timeline;
  Random random(1);
  constexpr std::uint64_t count = 10'000;
  for (std::uint64_t i = 0; i < count; ++i)
    ASSERT_TRUE(timeline.insert(event_id(static_cast<std::int64_t>(i), 1, i), {}));
  CopyCounter::copies = 0;
  for (std::uint64_t i = 0; i < count; ++i)
    ASSERT_TRUE(timeline.insert(event_id(static_cast<std::int64_t>(random.below(count)), 0, i), {}));
  EXPECT_TRUE(std::ranges::is_sorted(timeline.all(), {}, &Timeline<Counted>::Entry::id));
  EXPECT_EQ(timeline.all().size(), 2 * count);
  EXPECT_LE(CopyCounter::copies, 10 * count);  // a pass for each would be 5000 times the count
}

TEST(Timeline, a_late_event_moves_only_those_after_it) {
  Timeline<Counted> timeline;
  for (std::uint64_t i = 0; i < 10'000; ++i)
    ASSERT_TRUE(timeline.insert(event_id(static_cast<std::int64_t>(i), 1, i), {}));
  ASSERT_TRUE(timeline.insert(event_id(1, 0, 0), {}));
  ASSERT_EQ(timeline.all().size(), 10'001u);  // room is made now, for more than one
  CopyCounter::copies = 0;
  ASSERT_TRUE(timeline.insert(event_id(9'990, 0, 0), {}));
  ASSERT_EQ(timeline.all().size(), 10'002u);
  EXPECT_LE(CopyCounter::copies, 20u);
}

}  // namespace
}  // namespace tutti::symmetric
