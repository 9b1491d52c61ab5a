#include "tutti/symmetric/foundation.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/random.hpp"
#include "tutti/symmetric/download.hpp"
#include "tutti/symmetric/ledger.hpp"
#include "tutti/symmetric/own_events.hpp"
#include "tutti/symmetric/time_machine_test_values.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;

Foundation foundation(std::size_t image_bytes) {
  Foundation some{.tick = Tick(500),
                  .account = {.history = 77, .events = 3},
                  .timeline_history = 78,
                  .folded = {{origin(1), {{Sequence(1), Sequence(3)}}, Tick(480)}},
                  .image = Bytes(image_bytes)};
  for (std::size_t i = 0; i < image_bytes; ++i) some.image[i] = static_cast<std::uint8_t>(i * 31 >> 3);
  return some;
}

// ---- ledger

/// Said for the first time.
Act act(std::uint8_t peer, std::uint64_t first) {
  return {origin(peer), Sequence(first)};
}
Ledger::Addition add(Ledger& ledger, const EventId& id, ByteView event = {}) {
  return ledger.add(id, own_act(id), event);
}

TEST(Ledger, counts_what_is_known_up_to_a_tick_of_the_grid) {
  Ledger ledger(100, 10'000);
  add(ledger, event_id(1, 1, 1));
  add(ledger, event_id(100, 1, 2));
  add(ledger, event_id(101, 2, 1));
  EXPECT_EQ(ledger.up_to(Tick(0)), Account{});
  EXPECT_EQ(ledger.up_to(Tick(100)).events, 2u);
  EXPECT_EQ(ledger.up_to(Tick(200)).events, 3u);
}

TEST(Ledger, a_history_does_not_depend_on_the_order_nor_on_what_is_folded) {
  Ledger one(100, 10'000);
  Ledger other(100, 10'000);
  const std::vector<EventId> events{event_id(10, 1, 1), event_id(120, 1, 2), event_id(150, 2, 1),
                                    event_id(260, 1, 3)};
  for (const auto& event : events) add(one, event, encode(event.sequence));
  one.fold(Tick(200));
  std::ranges::for_each(events.rbegin(), events.rend(),
                        [&](const auto& event) { add(other, event, encode(event.sequence)); });
  for (const std::int64_t tick : {200, 300}) EXPECT_EQ(one.up_to(Tick(tick)), other.up_to(Tick(tick)));
}

TEST(Ledger, folding_returns_the_events_and_remembers_their_names_for_a_while) {
  Ledger ledger(100, 1'000);
  add(ledger, event_id(50, 1, 1));
  add(ledger, event_id(150, 2, 7));
  EXPECT_EQ(ledger.fold(Tick(100)).events, (std::vector{event_id(50, 1, 1)}));
  EXPECT_TRUE(ledger.took(act(1, 1)));
  EXPECT_TRUE(ledger.took(act(2, 7)));
  EXPECT_FALSE(ledger.took(act(2, 8)));
  const auto later = ledger.fold(Tick(1100));
  EXPECT_EQ(later.events, (std::vector{event_id(150, 2, 7)}));
  EXPECT_EQ(later.silenced, (std::vector{origin(1)}));
  EXPECT_FALSE(ledger.knows(origin(1)));
  EXPECT_TRUE(ledger.took(act(2, 7)));
  EXPECT_EQ(ledger.size(), 0u);
}

TEST(Ledger, an_adopted_foundation_replaces_what_is_due_up_to_its_tick) {
  Ledger theirs(100, 10'000);
  add(theirs, event_id(50, 2, 1));
  theirs.fold(Tick(100));
  Ledger ours(100, 10'000);
  add(ours, event_id(60, 1, 1));
  add(ours, event_id(160, 1, 2));
  EXPECT_EQ(ours.adopt(theirs.foundation()).dropped, (std::vector{event_id(60, 1, 1)}));
  EXPECT_EQ(ours.name(), theirs.name());
  EXPECT_FALSE(ours.took(act(1, 1)));
  EXPECT_TRUE(ours.took(act(2, 1)));
  add(theirs, event_id(160, 1, 2));
  EXPECT_EQ(ours.up_to(Tick(200)), theirs.up_to(Tick(200)));
}

TEST(Ledger, an_origin_that_speaks_again_keeps_its_names) {
  Ledger ledger(100, 1'000);
  add(ledger, event_id(50, 1, 1));
  ledger.fold(Tick(100));
  add(ledger, event_id(1190, 1, 2));
  EXPECT_TRUE(ledger.fold(Tick(1100)).silenced.empty());
  EXPECT_TRUE(ledger.took(act(1, 1)));
}

TEST(Ledger, of_what_is_said_again_the_earliest_saying_counts_whichever_comes_first) {
  Ledger ledger(100, 10'000);
  EXPECT_TRUE(ledger.add(event_id(150, 1, 5), act(1, 1), {}).counts);
  EXPECT_FALSE(ledger.add(event_id(170, 1, 7), act(1, 1), {}).counts);
  const auto earlier = add(ledger, event_id(120, 1, 1));
  EXPECT_TRUE(earlier.counts);
  EXPECT_EQ(earlier.withdrawn, event_id(150, 1, 5));
  EXPECT_FALSE(ledger.add(event_id(130, 1, 3), act(1, 1), {}).counts);
  EXPECT_EQ(ledger.up_to(Tick(200)).events, 4u);
}

TEST(Ledger, what_is_removed_leaves_no_trace_and_another_saying_counts) {
  Ledger ledger(100, 10'000);
  const auto first = event_id(120, 1, 1);
  const auto again = event_id(150, 1, 5);
  ledger.add(again, act(1, 1), {});
  const auto before = ledger.up_to(Tick(200));
  const auto event = encode(first.sequence);
  add(ledger, first, event);
  const auto removal = ledger.remove(first, act(1, 1), event);
  EXPECT_TRUE(removal.counted);
  EXPECT_EQ(removal.restored, again);
  EXPECT_EQ(ledger.up_to(Tick(200)), before);
  add(ledger, first, event);
  EXPECT_FALSE(ledger.remove(again, act(1, 1), {}).counted);
  EXPECT_FALSE(ledger.remove(first, act(1, 1), event).restored);
  EXPECT_EQ(ledger.size(), 0u);
  EXPECT_EQ(ledger.up_to(Tick(200)), Account{});
  EXPECT_FALSE(ledger.took(act(1, 1)));
}

TEST(Ledger, what_is_said_again_in_another_life_is_the_same_act) {
  Ledger ledger(100, 1'000);
  const auto in_later_life = event_id(150, 1, 1, 2);
  EXPECT_TRUE(ledger.add(in_later_life, act(1, 1), {}).counts);
  ledger.fold(Tick(200));
  EXPECT_TRUE(ledger.took(act(1, 1)));
  EXPECT_FALSE(add(ledger, event_id(220, 1, 1)).counts);
  Ledger other(100, 1'000);
  other.adopt(ledger.foundation());
  EXPECT_TRUE(other.took(act(1, 1)));
  // Both lives' names are remembered as long.
  EXPECT_TRUE(other.fold(Tick(1100)).silenced.empty());
  EXPECT_EQ(other.fold(Tick(1300)).silenced.size(), 2u);
}

TEST(Ledger, an_origin_is_not_silent_while_it_says_again_what_another_life_did) {
  Ledger ledger(100, 1'000);
  add(ledger, event_id(50, 1, 1, 2));
  ledger.fold(Tick(100));
  ledger.add(event_id(1190, 1, 2, 2), act(1, 1), {});
  EXPECT_TRUE(ledger.fold(Tick(1100)).silenced.empty());
}

TEST(Ledger, what_is_folded_under_any_name_does_not_count_again) {
  Ledger ledger(100, 10'000);
  ledger.add(event_id(50, 1, 5), act(1, 1), {});
  ledger.fold(Tick(100));
  EXPECT_TRUE(ledger.took(act(1, 1)));
  EXPECT_FALSE(add(ledger, event_id(150, 1, 1)).counts);
  EXPECT_FALSE(ledger.add(event_id(160, 1, 7), act(1, 1), {}).counts);
}

TEST(Ledger, adopting_says_what_counts_from_now_on_and_what_does_not) {
  Ledger theirs(100, 10'000);
  add(theirs, event_id(50, 1, 1));
  theirs.fold(Tick(100));
  Ledger ours(100, 10'000);
  add(ours, event_id(60, 2, 1));                 // theirs lacks it
  ours.add(event_id(150, 2, 2), act(2, 1), {});  // and it was said again
  ours.add(event_id(160, 1, 4), act(1, 1), {});  // theirs has taken this one
  const auto changes = ours.adopt(theirs.foundation());
  EXPECT_EQ(changes.dropped, (std::vector{event_id(60, 2, 1)}));
  EXPECT_EQ(changes.restored, (std::vector{event_id(150, 2, 2)}));
  EXPECT_EQ(changes.withdrawn, (std::vector{event_id(160, 1, 4)}));
}

/// The sayings of some acts by two peers in two lives each, each with a tick of its own.
struct Known {
  EventId id;
  Act act;
};
std::vector<Known> some_sayings(Random& random) {
  std::vector<Known> known;
  for (std::uint8_t from = 1; from <= 2; ++from) {
    std::vector<Act> acts;
    std::int64_t tick = 0;
    for (std::uint64_t i = 0; i < 40; ++i) {
      tick += 1 + static_cast<std::int64_t>(random.below(30));
      const auto id = event_id(tick, from, 1 + i % 20, 1 + i / 20);
      const bool again = !acts.empty() && random.chance(0.5);
      const auto act = again ? acts[random.below(static_cast<std::uint32_t>(acts.size()))] : own_act(id);
      if (!again) acts.push_back(act);
      if (random.chance(0.8)) known.push_back({id, act});
    }
  }
  return known;
}

RC_GTEST_PROP(LedgerProperty, each_act_counts_once_by_the_earliest_saying_in_any_order_and_folded_or_not,
              (std::uint64_t seed)) {
  Random random(seed);
  auto known = some_sayings(random);
  std::map<Act, EventId> expected;
  for (const auto& [event, act] : known) {
    const auto [entry, added] = expected.try_emplace(act, event);
    entry->second = std::min(entry->second, event);
  }
  Ledger ledger(100, 100'000);
  std::set<EventId> counting;
  for (std::int64_t part = 1; !known.empty(); ++part) {
    // What is due by then has come by then, in any order, with some of what is due later.
    const Tick until(part * 200);
    while (true) {
      std::vector<std::size_t> due;
      for (std::size_t i = 0; i < known.size(); ++i)
        if (known[i].id.tick <= until || random.chance(0.1)) due.push_back(i);
      if (due.empty()) break;
      const auto next = due[random.below(static_cast<std::uint32_t>(due.size()))];
      const auto [event, act] = known[next];
      known.erase(known.begin() + static_cast<std::ptrdiff_t>(next));
      const auto addition = ledger.add(event, act, {});
      if (addition.withdrawn) RC_ASSERT(counting.erase(*addition.withdrawn) == 1u);
      if (addition.counts) counting.insert(event);
    }
    if (random.chance(0.5)) ledger.fold(until);
  }
  std::set<EventId> all;
  for (const auto& [act, event] : expected) all.insert(event);
  RC_ASSERT(counting == all);
}

// ---- what follows from an offer

FoundationOffer offer(std::int64_t tick, std::uint64_t history, std::uint64_t events) {
  return {.name = {Tick(tick), history}, .events = events, .hash = 1, .bytes = 10};
}
Own own(std::int64_t tick, Account at_tick, std::int64_t now) {
  return {.name = {Tick(tick), 5}, .at_tick = at_tick, .now = Tick(now)};
}

TEST(Meeting, equal_histories_agree) {
  EXPECT_EQ(meet(own(100, {9, 4}, 900), offer(500, 9, 4)), Meeting::agreed);
}
TEST(Meeting, who_is_behind_adopts_even_what_it_agrees_with) {
  EXPECT_EQ(meet(own(0, {0, 0}, 30), offer(500, 0, 0)), Meeting::adopt);
}
TEST(Meeting, the_side_with_fewer_events_gives_way) {
  EXPECT_EQ(meet(own(100, {8, 3}, 900), offer(500, 9, 4)), Meeting::adopt);
  EXPECT_EQ(meet(own(100, {8, 5}, 900), offer(500, 9, 4)), Meeting::insist);
}
TEST(Meeting, of_equally_many_events_one_history_is_the_one_to_stay) {
  EXPECT_EQ(meet(own(500, {8, 4}, 900), offer(500, 9, 4)), Meeting::adopt);
  EXPECT_EQ(meet(own(500, {9, 4}, 900), offer(500, 8, 4)), Meeting::insist);
}
TEST(Meeting, who_has_the_later_foundation_leaves_it_to_the_other_and_does_as_it_is_told) {
  const Own later{.name = {Tick(700), 5}, .at_tick = std::nullopt, .now = Tick(900)};
  auto told = offer(500, 9, 4);
  EXPECT_EQ(meet(later, told), Meeting::undecided);
  told.replaces = FoundationName{Tick(700), 5};
  EXPECT_EQ(meet(later, told), Meeting::adopt);
  told.replaces = FoundationName{Tick(600), 5};
  EXPECT_EQ(meet(later, told), Meeting::undecided);
}

// ---- packing

TEST(PackedFoundation, is_what_was_packed) {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{100'000}}) {
    const auto packed = PackedFoundation::pack(foundation(bytes));
    ASSERT_TRUE(packed);
    Bytes all;
    for (std::uint32_t i = 1; const auto part = packed->part(i); ++i) {
      EXPECT_LE(part->size(), foundation_part_bytes);
      all.insert(all.end(), part->begin(), part->end());
    }
    EXPECT_EQ(all.size(), packed->offer().bytes);
    const auto unpacked = unpack_foundation(packed->offer(), all);
    ASSERT_TRUE(unpacked) << unpacked.error();
    EXPECT_EQ(*unpacked, foundation(bytes));
  }
}
TEST(PackedFoundation, is_refused_if_it_is_too_large_or_not_what_was_offered) {
  EXPECT_FALSE(PackedFoundation::pack(foundation(foundation_bytes_max)));
  auto scattered = foundation(10);
  for (std::uint64_t i = 0; i < foundation_intervals_max; ++i)
    scattered.folded[0].sequences.push_back({Sequence(2 * i + 5), Sequence(2 * i + 5)});
  EXPECT_FALSE(PackedFoundation::pack(scattered));
  const auto packed = PackedFoundation::pack(foundation(10));
  auto wrong = packed->offer();
  ++wrong.events;
  EXPECT_FALSE(unpack_foundation(wrong, *packed->part(1)));
  EXPECT_FALSE(unpack_foundation(packed->offer(), Bytes{0xc1}));
}

// ---- fetching

TEST(Download, fetches_from_all_who_offer_whatever_is_lost_and_whoever_leaves) {
  Random random(7);
  const auto packed = PackedFoundation::pack(foundation(1'000'000));
  Download download(packed->offer(), {});
  for (std::uint8_t i = 1; i <= 4; ++i) download.add_source(peer(i));
  std::set<PeerId> asked;
  TimePoint now{};
  for (int round = 0; round < 500 && !download.complete(); ++round, now += 1s) {
    if (round == 3) download.remove_source(peer(2));
    for (const auto& ask : download.asks(now)) {
      EXPECT_TRUE(round < 3 || ask.source != peer(2));
      asked.insert(ask.source);
      if (random.chance(0.1)) continue;
      EXPECT_TRUE(download.arrived(ask.source, ask.part, *packed->part(ask.part)));
    }
  }
  ASSERT_TRUE(download.complete());
  EXPECT_EQ(asked.size(), 4u);
  EXPECT_EQ(unpack_foundation(packed->offer(), download.bytes()), foundation(1'000'000));
}

TEST(Download, asks_each_source_for_a_few_parts_at_a_time) {
  const auto packed = PackedFoundation::pack(foundation(1'000'000));
  Download download(packed->offer(), {});
  download.add_source(peer(1));
  ASSERT_EQ(download.asks({}).size(), 1u);
  ASSERT_TRUE(download.arrived(peer(1), 0, *packed->part(0)));
  EXPECT_EQ(download.asks({}).size(), Download::asked_at_once_max);
  EXPECT_TRUE(download.asks({}).empty());
  download.add_source(peer(2));
  const auto more = download.asks({});
  EXPECT_EQ(more.size(), Download::asked_at_once_max);
  EXPECT_EQ(more.front().source, peer(2));
}

TEST(Download, who_does_not_deliver_in_time_has_defaulted_silent_or_slow) {
  const auto packed = PackedFoundation::pack(foundation(8'000'000));
  Download silent(packed->offer(), {});
  silent.add_source(peer(1));
  Download slow(packed->offer(), {});
  slow.add_source(peer(2));
  std::vector<Download::Ask> under_way;
  TimePoint now{};
  for (; !slow.failed() && now < TimePoint{} + 10min; now += 4s) {
    static_cast<void>(silent.asks(now));
    // Each answer comes just before it would be asked of somebody else.
    for (const auto& ask : under_way) ASSERT_TRUE(slow.arrived(peer(2), ask.part, *packed->part(ask.part)));
    under_way = slow.asks(now);
  }
  EXPECT_LE(now - TimePoint{}, 200s);
  EXPECT_FALSE(slow.complete());
  EXPECT_TRUE(silent.failed());
  EXPECT_EQ(silent.defaulters(), (std::vector{peer(1)}));
  EXPECT_EQ(slow.defaulters(), (std::vector{peer(2)}));
}

TEST(Download, wrong_parts_are_their_senders_fault_who_is_asked_no_more) {
  const auto packed = PackedFoundation::pack(foundation(100'000));
  Download download(packed->offer(), {});
  for (std::uint8_t i = 1; i <= 5; ++i) download.add_source(peer(i));
  EXPECT_FALSE(download.arrived(peer(1), 0, *packed->part(0))) << "nobody asked";
  ASSERT_EQ(download.asks({}).front().source, peer(2));
  EXPECT_FALSE(download.arrived(peer(2), 0, {1, 2, 3}));
  ASSERT_EQ(download.asks({}).front().source, peer(3));
  EXPECT_TRUE(download.arrived(peer(3), 0, *packed->part(0)));
  const auto asks = download.asks({});
  ASSERT_EQ(asks.size(), 4u);
  ASSERT_EQ(asks[1].source, peer(4));
  auto part = *packed->part(asks[1].part);
  part[5] ^= 1;
  EXPECT_FALSE(download.arrived(peer(4), asks[1].part, part));
  EXPECT_TRUE(download.arrived(peer(4), asks[1].part, part)) << "it was given up";
  ASSERT_EQ(asks[2].source, peer(5));
  part = *packed->part(asks[2].part);
  part.pop_back();
  EXPECT_FALSE(download.arrived(peer(5), asks[2].part, part)) << "too short";
  EXPECT_TRUE(download.arrived(peer(3), asks[0].part, *packed->part(asks[0].part)));
  EXPECT_FALSE(download.arrived(peer(3), asks[0].part, *packed->part(asks[0].part))) << "twice";
  EXPECT_TRUE(download.failed());
}

TEST(Download, comes_to_nothing_when_nobody_is_left_who_answers) {
  const auto packed = PackedFoundation::pack(foundation(100'000));
  Download download(packed->offer(), {});
  download.add_source(peer(1));
  download.add_source(peer(2));
  const auto first = download.asks({});
  ASSERT_EQ(first.size(), 1u);
  EXPECT_TRUE(download.arrived(first[0].source, 0, {}));  // it has it no more
  TimePoint now{};
  for (int i = 0; i < 20; ++i, now += Download::patience) download.asks(now);
  EXPECT_TRUE(download.failed());
}

RC_GTEST_PROP(Download, takes_anything_and_ends_only_with_what_was_offered, ()) {
  const auto packed = PackedFoundation::pack(foundation(150'000));
  Download download(packed->offer(), {});
  download.add_source(peer(1));
  download.add_source(peer(2));
  TimePoint now{};
  for (int i = 0; i < 100 && !download.complete(); ++i) {
    now += 1s;
    for (const auto& ask : download.asks(now)) {
      auto part = *packed->part(ask.part);
      const auto fate = *rc::gen::inRange(0, 10);
      if (fate == 0) part[*rc::gen::inRange<std::size_t>(0, part.size())] ^= 0x10;
      if (fate == 1) part.resize(*rc::gen::inRange<std::size_t>(1, part.size() + 50));
      if (fate == 2) continue;
      const auto taken = download.arrived(ask.source, ask.part, part);
      if (part == *packed->part(ask.part)) RC_ASSERT(taken.has_value());
    }
    const auto foreign = *rc::gen::inRange<std::uint32_t>(0, 20);
    if (*rc::gen::inRange(0, 20) == 0) RC_ASSERT(download.arrived(peer(3), foreign, {1}).has_value());
  }
  if (download.complete())
    RC_ASSERT((unpack_foundation(packed->offer(), download.bytes()) == foundation(150'000)));
}

// ---- what is done again

TEST(OwnEvents, are_bounded) {
  OwnEvents own;
  for (std::uint64_t i = 1; i <= 1000; ++i)
    own.add({event_id(1, 1, i), own_act(event_id(1, 1, i)), Bytes(60'000)});
  EXPECT_LE(own.bytes(), OwnEvents::bytes_max);
  EXPECT_EQ(own.entries().back().id.sequence, Sequence(1000));
  own.forget_before(Tick(2));
  EXPECT_EQ(own.bytes(), 0u);
}

}  // namespace
}  // namespace tutti::symmetric
