#include "tutti/symmetric/selftest.hpp"

#include <array>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tutti/base/hash.hpp"
#include "tutti/memory/containers.hpp"
#include "tutti/symmetric/playback.hpp"

namespace tutti::symmetric {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Poke {
  std::uint32_t value = 0;
};

/// What the applications below have in common. Each goes wrong in tick(), unless it says otherwise.
struct Common {
  static constexpr std::string_view name = "poked";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::uint64_t pokes = 0;
    std::uint64_t number = 0;
  };
  using Event = std::variant<Poke>;
  static constexpr std::array<std::string_view, 2> field_names{"pokes", "number"};
  static void start(State&) {}
  static void tick(State&) {}
  static void apply(State& state, PeerId, const Event& event) {
    state.pokes = mix(state.pokes + std::get<Poke>(event).value);
  }
};

constexpr std::int64_t ticks = 500;

template <typename App>
std::optional<SelfTestFault> fault_of() {
  return SelfTest<App>(random_events<App>(1, ticks)).run(Tick(ticks));
}

struct Good : Common {
  static void tick(State& state) { state.number = mix(state.number); }
};
struct GoodArena : Common {
  struct State {
    arena::Map<std::uint32_t, arena::String> notes;
    arena::Vector<std::uint64_t> numbers;
  };
  static constexpr std::array<std::string_view, 2> field_names{"notes", "numbers"};
  static void start(State& state) { state.numbers.push_back(1); }
  // How much room there is, and how much a container has reserved, are the same everywhere.
  static void tick(State& state) {
    if (std::as_const(state.numbers).size() > 50) state.numbers = {};
    state.numbers.push_back(arena::room() + state.numbers.capacity());
  }
  static void apply(State& state, PeerId, const Event& event) {
    const auto value = std::get<Poke>(event).value;
    state.notes[value % 20] = std::string(value % 500, 'n');
    if (value % 3 == 0) state.notes.erase(value % 7);
    state.numbers.push_back(value);
  }
};
struct GoodLarge : Common {
  struct State {
    std::array<std::uint64_t, std::size_t{100} * 512> words{};
  };
  static void start(State&) {}
  static void tick(State&) {}
  static constexpr std::array<std::string_view, 1> field_names{"words"};
  static void apply(State& state, PeerId, const Event& event) {
    const auto value = std::get<Poke>(event).value;
    state.words[value % state.words.size()] += value;
  }
};
struct GoodSaved : Common {
  struct State {
    std::vector<std::uint32_t> pokes;
  };
  static void start(State&) {}
  static void tick(State&) {}
  static void apply(State& state, PeerId, const Event& event) {
    state.pokes.push_back(std::get<Poke>(event).value);
  }
  static void save(const State& state, Bytes& out) { encode(state.pokes, out); }
  static bool load(State& state, ByteView bytes) {
    const auto pokes = decode<std::vector<std::uint32_t>>(bytes);
    if (pokes) state.pokes = *pokes;
    return pokes.has_value();
  }
};

TEST(SelfTest, finds_nothing_in_applications_that_keep_the_rules) {
  EXPECT_FALSE(fault_of<Good>());
  EXPECT_FALSE(fault_of<GoodArena>());
  EXPECT_FALSE(fault_of<GoodLarge>());
  EXPECT_FALSE(fault_of<GoodSaved>());
}

struct Counts : Common {
  static inline std::uint64_t calls = 0;
  static void tick(State& state) {
    ++calls;
    if (state.pokes != 0) state.number = calls;
  }
};
TEST(SelfTest, finds_a_global_and_names_the_tick_the_field_and_the_bytes) {
  const auto fault = fault_of<Counts>();
  ASSERT_TRUE(fault);
  const auto events = random_events<Counts>(1, ticks);
  EXPECT_EQ(fault->tick, events.all()[0].id.tick + 1);
  EXPECT_THAT(fault->what, HasSubstr("tick() gave two different states"));
  EXPECT_THAT(fault->pages, ElementsAre(0u));
  EXPECT_EQ(fault->bytes.at(0).begin, 8u);
  ASSERT_EQ(fault->fields.size(), 1u);
  EXPECT_THAT(fault->fields[0], HasSubstr("number ("));
  EXPECT_THAT(describe(*fault), HasSubstr("\n  fields that differ: number ("));
}

struct PointsApply : Common {
  static void apply(State& state, PeerId, const Event&) {
    state.number = reinterpret_cast<std::uintptr_t>(&state);
  }
};
TEST(SelfTest, finds_an_address_and_names_the_event) {
  const auto fault = fault_of<PointsApply>();
  ASSERT_TRUE(fault);
  const auto events = random_events<PointsApply>(1, ticks);
  EXPECT_EQ(fault->tick, events.all()[0].id.tick);
  EXPECT_THAT(fault->what, HasSubstr("apply() of " + text_form(events.all()[0].payload)));
}

struct PointsToItsPage : Common {
  struct State {
    arena::Vector<std::uint64_t> numbers;
    std::uint64_t number = 0;
  };
  static constexpr std::array<std::string_view, 2> field_names{"numbers", "number"};
  static void start(State&) {}
  static void tick(State& state) { state.number = reinterpret_cast<std::uintptr_t>(&state) >> 12 & 1; }
  static void apply(State&, PeerId, const Event&) {}
};
TEST(SelfTest, finds_what_depends_on_whether_the_page_of_the_state_is_even) {
  EXPECT_TRUE(fault_of<PointsToItsPage>());
}

struct TwoLists : Common {
  struct State {
    arena::Vector<std::uint64_t> numbers;
    arena::Vector<std::uint64_t> others;
    std::uint64_t number = 0;
  };
  static constexpr std::array<std::string_view, 3> field_names{"numbers", "others", "number"};
  static void start(State& state) {
    state.numbers.resize(8);
    state.others.resize(8);
  }
  static void apply(State&, PeerId, const Event&) {}
};
struct ComparesPlaces : TwoLists {
  static void tick(State& state) {
    state.number = std::less<>()(state.numbers.data(), state.others.data()) ? 1 : 2;
  }
};
struct WritesBeyondTheEnd : TwoLists {
  static void tick(State& state) {
    std::uint64_t* const first = state.numbers.data();
    ++first[state.numbers.capacity()];
  }
};
struct WritesOverAContainer : Common {
  struct State {
    arena::Vector<arena::Vector<std::uint64_t>> lists;
  };
  static constexpr std::array<std::string_view, 1> field_names{"lists"};
  static void start(State& state) {
    state.lists.resize(2);
    for (auto& list : state.lists) list.resize(2);
  }
  static void tick(State&) {}
  static void apply(State& state, PeerId, const Event&) {
    std::memset(static_cast<void*>(state.lists.data()), 0x77, 20);
  }
};
TEST(SelfTest, finds_containers_that_were_written_over) {
  EXPECT_THAT(fault_of<WritesOverAContainer>().value().what, HasSubstr("wrote over a container"));
}

TEST(SelfTest, finds_what_depends_on_where_things_lie_in_an_arena) {
  EXPECT_THAT(fault_of<ComparesPlaces>().value().fields, ElementsAre(HasSubstr("number (")));
  EXPECT_TRUE(fault_of<WritesBeyondTheEnd>());
}

template <int bit>
struct PointsToItsStack : Common {
  static void tick(State& state) {
    const volatile int variable = 0;
    state.number = reinterpret_cast<std::uintptr_t>(&variable) >> bit & 1;
  }
};
TEST(SelfTest, finds_what_depends_on_where_its_variables_are) {
  // Sanitizers align them to 32 bytes.
  EXPECT_TRUE(fault_of<PointsToItsStack<5>>());
  EXPECT_TRUE(fault_of<PointsToItsStack<6>>());
  EXPECT_TRUE(fault_of<PointsToItsStack<9>>());
  EXPECT_TRUE(fault_of<PointsToItsStack<12>>());
}

struct PointsToItsHeap : Common {
  static void apply(State& state, PeerId, const Event&) {
    const auto first = std::make_unique<std::uint64_t>();
    state.number = reinterpret_cast<std::uintptr_t>(first.get());
  }
};
TEST(SelfTest, finds_what_depends_on_where_what_it_allocates_is) {
  EXPECT_THAT(fault_of<PointsToItsHeap>().value().what, HasSubstr("apply() of"));
}

struct Forgets : Common {
  static void tick(State& state) {
    std::uint64_t never_written;             // NOLINT(cppcoreguidelines-init-variables): that is the point
    asm volatile("" : "=m"(never_written));  // so that the compiler sees nothing wrong
    state.number = never_written;
  }
};
TEST(SelfTest, finds_bytes_that_nobody_wrote) {
  EXPECT_THAT(fault_of<Forgets>().value().what, HasSubstr("tick() gave"));
}

struct Gambles : Common {
  static void tick(State& state) { state.number = static_cast<std::uint64_t>(std::rand()); }
};
TEST(SelfTest, finds_another_source_of_randomness) {
  EXPECT_EQ(fault_of<Gambles>().value().tick, Tick(1));
}

struct LooksAtTheClock : Common {
  static void start(State& state) {
    std::timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    state.number = static_cast<std::uint64_t>(now.tv_nsec);
  }
};
TEST(SelfTest, finds_a_clock_in_start) {
  EXPECT_EQ(fault_of<LooksAtTheClock>().value().what, "start() gave two different states");
}

struct Remembers : Common {
  static inline std::uint64_t greatest = 0;
  static void tick(State& state) {
    ++state.number;
    greatest = std::max(greatest, state.number);
    if (state.number % 10 == 0)
      state.pokes = mix(state.pokes + greatest);  // right, until the past runs again
  }
};
TEST(SelfTest, finds_a_cache_when_the_past_runs_again) {
  const auto fault = fault_of<Remembers>();
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->tick, Tick(10));
  EXPECT_THAT(fault->what, HasSubstr("remembers something outside its state"));
}

struct SavesTooLittle : GoodSaved {
  struct State {
    std::vector<std::uint32_t> pokes;
    bool has_one = false;
  };
  static void start(State&) {}
  static void tick(State&) {}
  static void apply(State& state, PeerId, const Event& event) {
    if (!state.has_one) state.pokes.push_back(std::get<Poke>(event).value);
    state.has_one = true;
  }
  static void save(const State& state, Bytes& out) { encode(state.pokes, out); }
  static bool load(State& state, ByteView bytes) {
    const auto pokes = decode<std::vector<std::uint32_t>>(bytes);
    if (pokes) state.pokes = *pokes;
    return pokes.has_value();
  }
};
TEST(SelfTest, finds_what_save_forgets) {
  EXPECT_THAT(fault_of<SavesTooLittle>().value().what, HasSubstr("apply() of Poke{"));
}

struct Unsorted : Common {
  struct State {
    std::unordered_set<std::uint32_t> values;
  };
  static void start(State&) {}
  static void tick(State&) {}
  static void apply(State& state, PeerId, const Event& event) {
    state.values.insert(std::get<Poke>(event).value % 1000);
  }
  static void save(const State& state, Bytes& out) {
    encode(std::vector<std::uint32_t>(state.values.begin(), state.values.end()), out);
  }
  static bool load(State& state, ByteView bytes) {
    const auto values = decode<std::vector<std::uint32_t>>(bytes);
    if (values) state.values.insert(values->begin(), values->end());
    return values.has_value();
  }
};
TEST(SelfTest, finds_an_unordered_container_that_is_saved_as_it_comes) {
  EXPECT_THAT(fault_of<Unsorted>().value().what, HasSubstr("save() after load()"));
}

TEST(SelfTest, goes_on_from_the_foundation_of_a_recording) {
  TimeMachine<Counts> machine;
  machine.advance(Tick(200), 200);
  machine.fold(Tick(200));
  const auto foundation = foundation_of(machine);
  ASSERT_TRUE(foundation);
  Timeline<Counts::Event> events;
  ASSERT_TRUE(events.insert({Tick(300), {}, Sequence(1)}, Poke{5}));
  SelfTest<Counts> test(std::move(events), foundation);
  EXPECT_FALSE(test.run(Tick(300)));
  EXPECT_EQ(test.run(Tick(400)).value().tick, Tick(301));
}

}  // namespace
}  // namespace tutti::symmetric
