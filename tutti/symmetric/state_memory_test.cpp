#include "tutti/symmetric/state_memory.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "tutti/base/hash.hpp"
#include "tutti/memory/containers.hpp"
#include "tutti/symmetric/image.hpp"
#include "tutti/symmetric/time_machine.hpp"
#include "tutti/symmetric/time_machine_test_values.hpp"

namespace tutti::symmetric {
namespace {

struct Put {
  std::uint64_t value = 0;
};

/// What the states below have in common: a list of numbers that depends on everything that happened.
template <typename Derived>
struct Lists {
  static constexpr std::string_view name = "lists";
  static constexpr std::uint32_t version = 1;
  using Event = std::variant<Put>;
};

/// A plain struct; with numbers beyond 256 KiB one that lives in pages.
template <std::size_t count>
struct Plain : Lists<Plain<count>> {
  struct State {
    std::uint64_t now = 1;
    std::array<std::uint64_t, count> words{};
  };
  static void start(State& state) { state.now = 2; }
  static void tick(State& state) {
    state.now = mix(state.now);
    state.words[state.now % count] += state.now;
  }
  static void apply(State& state, PeerId, const typename Lists<Plain<count>>::Event& event) {
    state.now ^= std::get<Put>(event).value;
    state.words[std::get<Put>(event).value % count] ^= state.now;
  }
};
using Small = Plain<20>;
using Large = Plain<std::size_t{100} * 512>;
static_assert(std::same_as<StateMemory<Small>, PlainMemory<Small>>);
static_assert(std::same_as<StateMemory<Large>, LargeMemory<Large>>);

/// Containers that grow, shrink and move about.
struct Dynamic : Lists<Dynamic> {
  struct Item {
    arena::String text;
    std::uint64_t born = 0;
  };
  struct State {
    std::uint64_t now = 1;
    arena::Vector<Item> items;
    arena::Map<std::uint64_t, arena::Vector<std::uint32_t>> places;
    arena::FlatMap<arena::String, std::uint64_t> counts;
  };
  static void start(State& state) { state.counts["start"] = 1; }
  static void tick(State& state) {
    state.now = mix(state.now);
    state.places[state.now % 300].push_back(static_cast<std::uint32_t>(state.now));
    if (state.now % 7 == 0) state.places.erase(state.now % 300);
    if (state.now % 5 == 0 && !state.items.empty()) state.items.erase(std::as_const(state.items).begin());
  }
  static void apply(State& state, PeerId, const Event& event) {
    const auto value = std::get<Put>(event).value;
    state.now ^= value;
    state.items.push_back({.text = std::string(value % 100, 'a'), .born = state.now});
    state.counts[std::string(value % 3, 'b')] += value;
    if (value % 11 == 0) state.items.clear();
  }
};
static_assert(std::same_as<StateMemory<Dynamic>, ArenaMemory<Dynamic>>);

/// The standard library's containers, written and read by the application.
struct Saved : Lists<Saved> {
  struct State {
    std::uint64_t now = 1;
    std::vector<std::uint64_t> values;
  };
  static void start(State& state) { state.values = {1}; }
  static void tick(State& state) {
    state.now = mix(state.now);
    if (state.values.size() < 3000)
      state.values.push_back(state.now);
    else
      state.values.resize(1000);
  }
  static void apply(State& state, PeerId, const Event& event) { state.now ^= std::get<Put>(event).value; }

  static void save(const State& state, Bytes& out) {
    const auto put = [&](std::uint64_t value) {
      for (int i = 0; i < 8; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
    };
    put(state.now);
    for (const auto value : state.values) put(value);
  }
  static bool load(State& state, ByteView bytes) {
    if (bytes.size() < 8 || bytes.size() % 8 != 0) return false;
    const auto get = [&](std::size_t index) {
      std::uint64_t value = 0;
      for (std::size_t i = 0; i < 8; ++i) value |= std::uint64_t{bytes[index * 8 + i]} << (8 * i);
      return value;
    };
    state.now = get(0);
    for (std::size_t i = 1; i < bytes.size() / 8; ++i) state.values.push_back(get(i));
    return true;
  }
};
static_assert(std::same_as<StateMemory<Saved>, SavedMemory<Saved>>);
static_assert(Application<Small> && Application<Large> && Application<Dynamic> && Application<Saved>);

/// Events early and late, budgets short and long, against a machine that hears everything in time; ends with
/// images that travel.
template <typename App>
void late_or_in_time_is_the_same(const memory::PagedMemoryOptions& options) {
  TimeMachineOptions rough{.memory = options};
  if (*rc::gen::arbitrary<bool>()) rough.snapshot_interval_ticks = *rc::gen::inRange<std::int64_t>(1, 20);
  rough.snapshots_max = *rc::gen::inRange<std::size_t>(3, 60);
  TimeMachine<App> machine(rough);
  std::map<EventId, Put> events;
  const auto steps = *rc::gen::inRange(1, 40);
  for (int i = 0; i < steps; ++i) {
    for (int count = *rc::gen::inRange(0, 3); count > 0; --count) {
      const auto tick =
          std::max<std::int64_t>(machine.tick().value() + *rc::gen::inRange<std::int64_t>(-60, 10), 0);
      const auto id = event_id(tick, 0, *rc::gen::inRange<std::uint64_t>(0, 1000));
      const Put put{*rc::gen::arbitrary<std::uint64_t>()};
      if (events.emplace(id, put).second) RC_ASSERT(machine.insert(id, put) != Arrival::duplicate);
    }
    machine.advance(machine.tick() + *rc::gen::inRange<std::int64_t>(0, 30),
                    *rc::gen::element<std::int64_t>(3, 50, no_limit));
  }
  machine.advance(machine.tick(), no_limit);

  TimeMachine<App> calm;
  for (const auto& [id, put] : events) RC_ASSERT(calm.insert(id, put) == Arrival::timely);
  calm.advance(machine.tick(), no_limit);
  for (Tick tick; tick <= machine.tick(); tick = tick + 17)
    RC_ASSERT(machine.fingerprint(tick) == calm.fingerprint(tick));
  RC_ASSERT(machine.fingerprint(machine.tick()) == calm.fingerprint(machine.tick()));

  // A guest gets the image of some tick, and what came after.
  const Tick middle(*rc::gen::inRange<std::int64_t>(0, machine.tick().value() + 1));
  TimeMachine<App> guest({middle, machine.fingerprint(middle).history, machine.image_at(middle)}, rough);
  for (const auto& [id, put] : events) guest.insert(id, put);
  guest.advance(machine.tick(), no_limit);
  RC_ASSERT(guest.fingerprint(machine.tick()) == calm.fingerprint(machine.tick()));
}

RC_GTEST_PROP(StateMemory, small_structs_end_the_same_however_their_events_arrive, ()) {
  late_or_in_time_is_the_same<Small>({});
}
RC_GTEST_PROP(StateMemory, states_in_arenas_end_the_same_however_their_events_arrive, ()) {
  auto ways = std::vector{memory::Tracking::comparison, memory::Tracking::marks};
  if (memory::kernel_tracks_pages()) ways.push_back(memory::Tracking::kernel);
  late_or_in_time_is_the_same<Dynamic>(
      {.tracking = *rc::gen::elementOf(ways),
       .plain_copy_bytes_max = *rc::gen::element<std::size_t>(0, memory::plain_copy_bytes_max)});
}
RC_GTEST_PROP(StateMemory, saved_states_end_the_same_however_their_events_arrive, ()) {
  late_or_in_time_is_the_same<Saved>({});
}

TEST(StateMemory, large_structs_end_the_same_however_their_pages_are_tracked) {
  auto ways = std::vector{memory::Tracking::comparison};
  if (memory::kernel_tracks_pages()) ways.push_back(memory::Tracking::kernel);
  std::vector<Fingerprint> ends;
  for (const auto way : ways) {
    TimeMachine<Large> machine({.memory = {.tracking = way}});
    for (std::int64_t tick = 1; tick < 300; ++tick) {
      machine.insert(event_id(std::max<std::int64_t>(tick - 20, 0), 0, static_cast<std::uint64_t>(tick)),
                     Put{static_cast<std::uint64_t>(tick) * 977});
      machine.advance(Tick(tick), no_limit);
    }
    ends.push_back(machine.fingerprint(machine.tick()));
    EXPECT_GT(machine.statistics().rollbacks, 200u);
    TimeMachine<Large> guest(
        {Tick(100), machine.fingerprint(Tick(100)).history, machine.image_at(Tick(100))});
    for (const auto& entry : machine.timeline().all()) guest.insert(entry.id, entry.payload);
    guest.advance(machine.tick(), no_limit);
    EXPECT_EQ(guest.fingerprint(machine.tick()), ends.front());
  }
  EXPECT_EQ(ends.front(), ends.back());
}

TEST(StateMemory, snapshots_of_a_large_state_cost_what_differs) {
  TimeMachine<Large> machine({.snapshot_interval_ticks = 5});
  machine.advance(Tick(500), no_limit);
  EXPECT_GT(machine.snapshot_count(), 90u);
  // 5 pages at most are written between two, and the whole state is there once.
  EXPECT_LT(machine.snapshot_bytes(), (101 + machine.snapshot_count() * 7) * memory::page_bytes);
}

TEST(StateMemory, snapshots_keep_within_their_budget_and_the_newest_stay) {
  constexpr std::size_t budget = std::size_t{2} << 20;
  TimeMachine<Large> machine({.snapshot_interval_ticks = 5, .snapshot_bytes_max = budget});
  machine.advance(Tick(5000), no_limit);
  EXPECT_LE(machine.snapshot_bytes(), budget);
  EXPECT_GE(machine.snapshot_count(), 10u);
  const auto replayed = machine.statistics().ticks_replayed;
  machine.insert(event_id(4990, 0, 1), Put{1});
  machine.advance(Tick(5000), no_limit);
  EXPECT_LE(machine.statistics().ticks_replayed - replayed, 15u);
}

/// Counts how often it runs.
struct Counted : Large {
  inline static std::int64_t ticks_run = 0;
  static void tick(State& state) {
    ++ticks_run;
    Large::tick(state);
  }
};

TEST(StateMemory,
     whole_seconds_are_compared_without_running_them_again_even_when_there_is_no_room_for_their_snapshots) {
  TimeMachine<Counted> with_room({.snapshot_bytes_max = std::size_t{1} << 30});
  TimeMachine<Counted> narrow({.snapshot_bytes_max = 1});
  std::uint64_t sequence = 0;
  for (std::int64_t now = 1; now <= 1500; ++now) {
    for (auto* machine : {&with_room, &narrow}) {
      if (now % 7 == 0)
        machine->insert(event_id(std::max<std::int64_t>(now - 120, 0), 0, sequence), Put{sequence});
      machine->advance(Tick(now), no_limit);
    }
    if (now % 7 == 0) ++sequence;
    if (now % 50 != 0 || now <= 150) continue;
    const auto run_before = Counted::ticks_run;
    const auto compared = narrow.fingerprint(Tick(now - 150));
    EXPECT_EQ(Counted::ticks_run, run_before) << "at " << now;
    EXPECT_EQ(compared, with_room.fingerprint(Tick(now - 150)));
  }
  // An event that changes one of them counts before it is worked in.
  for (auto* machine : {&with_room, &narrow}) machine->insert(event_id(1340, 0, sequence), Put{77});
  EXPECT_EQ(narrow.fingerprint(Tick(1350)), with_room.fingerprint(Tick(1350)));
  EXPECT_LE(narrow.snapshot_count(), snapshots_min);
}

TEST(StateMemory, images_of_other_states_do_not_fit) {
  const auto small = started_memory<Small>().image();
  const auto dynamic = started_memory<Dynamic>().image();
  const auto saved = started_memory<Saved>().image();
  EXPECT_TRUE(StateMemory<Small>::fits(small));
  EXPECT_TRUE(StateMemory<Dynamic>::fits(dynamic));
  EXPECT_TRUE(StateMemory<Saved>::fits(saved));
  EXPECT_FALSE(StateMemory<Small>::fits(dynamic));
  EXPECT_FALSE(StateMemory<Large>::fits(small));
  EXPECT_FALSE(StateMemory<Dynamic>::fits(saved));
  EXPECT_FALSE(StateMemory<Saved>::fits({}));
}

TEST(StateMemory, an_image_whose_containers_point_elsewhere_is_none) {
  const auto right = bytes_of(started_memory<Dynamic>().image());
  ASSERT_TRUE(is_image_of<Dynamic>(right));
  const std::size_t keys_of_counts = StateMemory<Dynamic>::state_offset + offsetof(Dynamic::State, counts);
  for (std::size_t byte = 0; byte < 16; ++byte) {
    auto wrong = right;
    wrong[keys_of_counts + byte] ^= 0x40;
    EXPECT_FALSE(is_image_of<Dynamic>(wrong)) << byte;
  }
}

TEST(StateMemory, a_long_replay_takes_no_more_snapshots_than_it_needs) {
  TimeMachine<Small> machine;
  machine.advance(Tick(24 * 3600 * 50), no_limit);
  EXPECT_LE(machine.snapshot_count(), snapshots_max_default);
  // The last two seconds are dense, and whole seconds are there to be compared.
  const auto replayed = machine.statistics().ticks_replayed;
  machine.insert(event_id(machine.tick().value() - 60, 0, 1), Put{1});
  machine.advance(machine.tick(), no_limit);
  EXPECT_LE(machine.statistics().ticks_replayed - replayed, 60u + 10u);
}

}  // namespace
}  // namespace tutti::symmetric
