#include "tutti/symmetric/recording.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/hash.hpp"
#include "tutti/memory/containers.hpp"
#include "tutti/symmetric/playback.hpp"
#include "tutti/symmetric/replica.hpp"
#include "tutti/symmetric/time_machine_test_values.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// Remembers everything that was said to it, in order.
struct Diary {
  static constexpr std::string_view name = "diary";
  static constexpr std::uint32_t version = 3;
  struct State {
    arena::Vector<arena::String> entries;
    std::uint64_t mood = 0;
  };
  struct Entry {
    std::string text;
  };
  using Event = std::variant<Entry>;

  static void start(State& state) { state.mood = 1; }
  static void tick(State& state) { state.mood = mix(state.mood); }
  static void apply(State& state, PeerId, const Event& event) {
    state.entries.push_back(arena::String(std::get<Entry>(event).text));
    state.mood ^= std::get<Entry>(event).text.size();
  }
};

EventId event_id(std::int64_t tick, std::uint64_t sequence) {
  return {Tick(tick), {{}, 7}, Sequence(sequence)};
}
Diary::Event entry(std::string text) {
  return Diary::Entry{std::move(text)};
}
RecordingWriter::Sink into(Bytes& bytes) {
  return [&bytes](ByteView chunk) { bytes.insert(bytes.end(), chunk.begin(), chunk.end()); };
}

/// A session of ten seconds with an event a second.
TimeMachine<Diary> ten_seconds() {
  TimeMachine<Diary> machine;
  for (std::int64_t second = 0; second < 10; ++second)
    machine.insert(event_id(50 * second, static_cast<std::uint64_t>(second) + 1),
                   entry(std::string(static_cast<std::size_t>(second), 'x')));
  machine.advance(Tick(500), no_limit);
  return machine;
}
Bytes recording_of(const TimeMachine<Diary>& machine) {
  Bytes bytes;
  auto writer = begin_recording(machine, into(bytes));
  for (Tick tick = machine.first_tick(); tick <= machine.tick(); tick = tick + 50)
    writer.add(machine.fingerprint(tick));
  return bytes;
}

rc::Gen<Recording> any_recording() {
  return rc::gen::exec([] {
    Recording recording;
    recording.application = {*rc::gen::nonEmpty<std::string>(), *rc::gen::arbitrary<std::uint32_t>(),
                             *rc::gen::inRange(1, ticks_per_second_max + 1)};
    const auto any_tick = rc::gen::map(rc::gen::inRange<std::int64_t>(1000, 1'000'000),
                                       [](std::int64_t tick) { return Tick(tick); });
    if (*rc::gen::arbitrary<bool>())
      recording.foundation.emplace(RecordedFoundation{Tick(*rc::gen::inRange<std::int64_t>(0, 1000)),
                                                      *rc::gen::arbitrary<std::uint64_t>(),
                                                      *rc::gen::arbitrary<Bytes>()});
    for (int left = *rc::gen::inRange(0, 20); left > 0; --left)
      recording.events.push_back({{*any_tick,
                                   {{}, *rc::gen::arbitrary<std::uint64_t>()},
                                   Sequence(*rc::gen::arbitrary<std::uint64_t>())},
                                  *rc::gen::arbitrary<Bytes>()});
    for (int left = *rc::gen::inRange(0, 20); left > 0; --left)
      recording.fingerprints.push_back(
          {*any_tick, *rc::gen::arbitrary<std::uint64_t>(), *rc::gen::arbitrary<std::uint64_t>()});
    return recording;
  });
}
Bytes written(const Recording& recording) {
  Bytes bytes;
  RecordingWriter writer(into(bytes), recording.application);
  if (recording.foundation) writer.add(*recording.foundation);
  for (const auto& event : recording.events) writer.add(event);
  for (const auto& fingerprint : recording.fingerprints) writer.add(fingerprint);
  return bytes;
}

RC_GTEST_PROP(Recording, is_read_as_it_was_written, ()) {
  const auto recording = *any_recording();
  const auto bytes = written(recording);
  const auto read = read_recording(bytes);
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == recording);
  RC_ASSERT(*read_recorded_application(bytes) == recording.application);
}

RC_GTEST_PROP(Recording, that_was_cut_off_anywhere_is_read_up_to_its_last_whole_chunk, ()) {
  const auto recording = *any_recording();
  auto bytes = written(recording);
  Bytes first_chunk;
  const RecordingWriter head(into(first_chunk), recording.application);
  bytes.resize(*rc::gen::inRange(first_chunk.size(), bytes.size() + 1));
  const auto read = read_recording(bytes);
  if (!read) {
    RC_ASSERT(recording.foundation.has_value());
    RC_ASSERT(read.error() == "the replay file ends within the state that it begins with");
    return;
  }
  RC_ASSERT(read->events.size() <= recording.events.size());
  RC_ASSERT(std::equal(read->events.begin(), read->events.end(), recording.events.begin()));
  Recording whole = *read;
  whole.cut_off_at.reset();
  RC_ASSERT(written(whole) ==
            Bytes(bytes.begin(),
                  bytes.begin() + static_cast<std::ptrdiff_t>(read->cut_off_at.value_or(bytes.size()))));
}

RC_GTEST_PROP(Recording, with_a_byte_changed_after_its_head_is_never_taken_for_whole, ()) {
  const auto recording = *any_recording();
  auto bytes = written(recording);
  const auto at = *rc::gen::inRange<std::size_t>(12, bytes.size());
  bytes[at] ^= static_cast<std::uint8_t>(*rc::gen::inRange(1, 256));
  const auto read = read_recording(bytes);
  RC_ASSERT(!read.has_value());
  RC_ASSERT(read.error().starts_with("the replay file is damaged at byte "));
}

TEST(Recording, that_is_none_says_so) {
  EXPECT_EQ(read_recording({}).error(), "this is no replay file");
  auto bytes = recording_of(ten_seconds());
  bytes[11] = 2;
  EXPECT_THAT(read_recording(bytes).error(), HasSubstr("its format is 2, this one reads format 1"));
  bytes[0] = 'x';
  EXPECT_EQ(read_recording(bytes).error(), "this is no replay file");
}

TEST(Recording, begins_at_the_last_foundation_in_it) {
  Bytes bytes;
  RecordingWriter writer(into(bytes), {"diary", 3, 50});
  for (std::int64_t tick : {10, 20, 30})
    writer.add(RecordedEvent{event_id(tick, static_cast<std::uint64_t>(tick)), {1}});
  writer.add(RecordedFoundation{Tick(20), 5, Bytes(300'000, 9)});
  writer.add(RecordedEvent{event_id(40, 40), {1}});
  const auto read = read_recording(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->foundation->image.size(), 300'000u);
  ASSERT_EQ(read->events.size(), 2u);
  EXPECT_EQ(read->events[0].id.tick, Tick(30));
  EXPECT_EQ(last_tick(*read), Tick(40));
}

TEST(Recording, lacks_what_was_withdrawn_unless_it_came_again) {
  Bytes bytes;
  RecordingWriter writer(into(bytes), {"diary", 3, 50});
  for (std::int64_t tick : {10, 20}) {
    const auto id = event_id(tick, static_cast<std::uint64_t>(tick));
    writer.add(RecordedEvent{id, {1}});
    writer.add(RecordedWithdrawal{id});
  }
  writer.add(RecordedEvent{event_id(20, 20), {2}});
  const auto read = read_recording(bytes);
  ASSERT_TRUE(read);
  ASSERT_EQ(read->events.size(), 1u);
  EXPECT_EQ(read->events[0].event, Bytes{2});
}

TEST(Recording, of_a_replica_follows_it_to_another_past) {
  const auto other = ten_seconds();
  Bytes bytes;
  Replica<Diary> replica([](const ToSession&) {});
  replica.record(into(bytes));
  const auto event = *encode_event<Diary>(other.timeline().all()[0].payload);
  replica.receive(EventArrived{event_id(5, 1), event});
  replica.receive(EventArrived{event_id(300, 2), event});
  replica.receive(
      FoundationAdopted{Tick(260), other.timeline().history(Tick(260)), bytes_of(other.image_at(Tick(260)))});
  replica.receive(EventArrived{event_id(310, 3), event});
  replica.receive(EventWithdrawn{event_id(300, 2)});
  auto playback = Playback<Diary>::of(*read_recording(bytes));
  ASSERT_TRUE(playback) << playback.error();
  EXPECT_EQ(playback->first(), Tick(260));
  ASSERT_EQ(playback->machine().timeline().size(), 1u);
  EXPECT_EQ(playback->machine().timeline().all()[0].id, event_id(310, 3));
}

TEST(Playback, comes_to_every_state_of_the_session) {
  const auto machine = ten_seconds();
  auto playback = Playback<Diary>::of(*read_recording(recording_of(machine)));
  ASSERT_TRUE(playback);
  EXPECT_EQ(playback->first(), Tick(0));
  EXPECT_EQ(playback->last(), Tick(500));
  EXPECT_TRUE(playback->run(Tick(500), no_limit));
  for (const std::int64_t tick : {0, 1, 77, 300, 499, 500})
    EXPECT_EQ(playback->machine().fingerprint(Tick(tick)), machine.fingerprint(Tick(tick)));
}

TEST(Playback, goes_on_within_its_budget) {
  auto playback = Playback<Diary>::of(*read_recording(recording_of(ten_seconds())));
  EXPECT_FALSE(playback->run(Tick(100), 99));
  EXPECT_TRUE(playback->run(Tick(100), 1));
  EXPECT_EQ(playback->machine().tick(), Tick(100));
}

TEST(Playback, of_a_folded_session_begins_at_its_foundation) {
  auto machine = ten_seconds();
  const Tick first = machine.fold(Tick(260));
  ASSERT_GT(first, Tick(0));
  auto playback = Playback<Diary>::of(*read_recording(recording_of(machine)));
  ASSERT_TRUE(playback) << playback.error();
  EXPECT_EQ(playback->first(), first);
  playback->run(Tick(500), no_limit);
  EXPECT_EQ(playback->machine().fingerprint(Tick(500)), machine.fingerprint(Tick(500)));
  EXPECT_TRUE(playback->verify().passed());
}

TEST(Playback, verifies_all_fingerprints) {
  auto playback = Playback<Diary>::of(*read_recording(recording_of(ten_seconds())));
  const auto found = playback->verify();
  EXPECT_TRUE(found.passed());
  EXPECT_EQ(found.equal, 11u);
  EXPECT_EQ(found.last_equal, Tick(500));
}

TEST(Playback, names_the_first_tick_that_differs) {
  auto recording = *read_recording(recording_of(ten_seconds()));
  recording.fingerprints[6].state_hash ^= 1;
  recording.fingerprints[8].state_hash ^= 1;
  const auto found = Playback<Diary>::of(recording)->verify();
  EXPECT_FALSE(found.passed());
  EXPECT_EQ(found.last_equal, Tick(250));
  EXPECT_EQ(found.recorded_and_found->first, recording.fingerprints[6]);
}

TEST(Playback, knows_that_a_late_event_changed_the_past_of_a_fingerprint) {
  auto recording = *read_recording(recording_of(ten_seconds()));
  recording.events.push_back({event_id(120, 99), *encode_event<Diary>(entry("late"))});
  const auto found = Playback<Diary>::of(recording)->verify();
  EXPECT_EQ(found.equal, 3u);
  EXPECT_EQ(found.superseded, 8u);
  EXPECT_TRUE(found.passed());
}

TEST(Playback, that_could_compare_nothing_has_not_passed) {
  auto recording = *read_recording(recording_of(ten_seconds()));
  recording.fingerprints.clear();
  EXPECT_FALSE(Playback<Diary>::of(recording)->verify().passed());
}

TEST(Playback, refuses_what_is_of_another_application) {
  auto recording = *read_recording(recording_of(ten_seconds()));
  recording.application.version = 4;
  EXPECT_THAT(Playback<Diary>::of(recording).error(), HasSubstr("is of diary version 4"));
  recording.application.version = 3;
  recording.events[2].event = {0xc0};
  EXPECT_THAT(Playback<Diary>::of(recording).error(), HasSubstr("the event due at tick 100"));
  recording.events.clear();
  recording.foundation.emplace(RecordedFoundation{Tick(5), 0, Bytes(5000, 1)});
  EXPECT_THAT(Playback<Diary>::of(recording).error(), HasSubstr("is none of this application"));
}

TEST(ReplicaThatRecords, leaves_a_recording_that_verifies) {
  Bytes bytes;
  Replica<Diary> replica([](const ToSession&) {});
  replica.receive(PaceChanged{PaceLine{}});
  const auto arrives = [&](std::int64_t tick, std::uint64_t sequence) {
    replica.receive(EventArrived{event_id(tick, sequence), *encode_event<Diary>(entry("hello"))});
  };
  arrives(5, 1);
  replica.advance(TimePoint(1s), no_limit);
  replica.record(into(bytes));
  for (auto now = 1s; now < 20s; ++now) {
    arrives(now.count() * 50 + 10, static_cast<std::uint64_t>(now.count()) + 1);
    replica.advance(TimePoint(now), no_limit);
  }
  arrives(700, 50);
  arrives(700, 50);  // known by now
  replica.advance(TimePoint(20s), no_limit);
  replica.end_recording();
  const auto at_end = bytes.size();
  arrives(1001, 51);
  EXPECT_EQ(bytes.size(), at_end);

  const auto recording = read_recording(bytes);
  ASSERT_TRUE(recording);
  EXPECT_EQ(recording->events.size(), 21u);
  auto playback = Playback<Diary>::of(*recording);
  const auto found = playback->verify();
  EXPECT_TRUE(found.passed());
  EXPECT_EQ(found.last_equal, Tick(1000));
  EXPECT_GT(found.superseded, 0u);
}

}  // namespace
}  // namespace tutti::symmetric
