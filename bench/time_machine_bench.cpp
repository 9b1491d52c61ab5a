// What the time machine adds to an application's own functions.
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <variant>

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "bench/bars.hpp"
#include "tutti/memory/containers.hpp"
#include "tutti/symmetric/time_machine.hpp"

namespace tutti::bench {
namespace {

using namespace tutti::symmetric;

/// Does nothing but hold `bytes` of state, so that what is measured is the machine.
template <std::size_t bytes>
struct Idle {
  static constexpr std::string_view name = "idle";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::array<std::uint64_t, bytes / 8> words;
  };
  struct Touch {
    std::uint32_t value = 0;
  };
  using Event = std::variant<Touch>;

  static void start(State&) {}
  static void tick(State& state) { ++state.words[0]; }
  static void apply(State& state, PeerId, const Event& event) {
    state.words[1] += std::get<Touch>(event).value;
  }
};

constexpr std::int64_t no_limit = 1'000'000'000;
constexpr std::int64_t ticks_per_minute = 50 * 60;

EventId event_id(Tick tick, std::uint64_t sequence) {
  return {tick, {{}, 1}, Sequence(sequence)};
}

/// A session of this age with 25 events a minute, all in time.
template <typename App>
void live_through(TimeMachine<App>& machine, std::int64_t minutes) {
  const Tick end(minutes * ticks_per_minute);
  std::uint64_t sequence = 0;
  for (Tick tick; tick < end; tick = tick + ticks_per_minute / 25)
    machine.insert(event_id(tick, sequence++), typename App::Touch{1});
  machine.advance(end, no_limit);
}

// One call a tick, as a live session does it.
template <std::size_t bytes>
void tick_without_events(benchmark::State& state) {
  TimeMachine<Idle<bytes>> machine;
  for (auto _ : state) benchmark::DoNotOptimize(machine.advance(machine.tick() + 1, 8));
}
BENCHMARK(tick_without_events<64>);
BENCHMARK(tick_without_events<4096>);

// The late event, the rollback to a snapshot of its tick and the replay of 50 ticks.
template <std::size_t bytes>
void rollback_of_50_ticks(benchmark::State& state) {
  TimeMachine<Idle<bytes>> machine;
  machine.advance(Tick(100 * 50 + 1), no_limit);
  std::uint64_t sequence = 0;
  for (auto _ : state) {
    // The tick after a snapshot's: nothing before the event is replayed.
    machine.insert(event_id(machine.tick() - 50 + 1, sequence++), typename Idle<bytes>::Touch{1});
    benchmark::DoNotOptimize(machine.advance(machine.tick(), no_limit));
    state.PauseTiming();
    machine.advance(machine.tick() + 50, no_limit);
    state.ResumeTiming();
  }
  state.counters["replayed"] = static_cast<double>(machine.statistics().ticks_replayed) /
                               static_cast<double>(machine.statistics().rollbacks);
}
BENCHMARK(rollback_of_50_ticks<64>);
BENCHMARK(rollback_of_50_ticks<65'536>);

// The same in sessions of one minute and of one hour: the cost of a late event must not depend on the age.
void late_event_at_age(benchmark::State& state) {
  using App = Idle<64>;
  TimeMachine<App> machine;
  live_through(machine, state.range(0));
  std::uint64_t sequence = 1'000'000;
  for (auto _ : state) {
    machine.insert(event_id(machine.tick() - 25, sequence++), App::Touch{1});
    machine.advance(machine.tick() + 1, no_limit);
  }
  state.counters["replayed"] = static_cast<double>(machine.statistics().ticks_replayed) /
                               static_cast<double>(machine.statistics().rollbacks);
}
BENCHMARK(late_event_at_age)->Arg(1)->Arg(60)->Iterations(20'000);

// A partition heals: everything arrives at once, shuffled.
void merge_of_a_batch(benchmark::State& state) {
  const auto count = static_cast<std::uint64_t>(state.range(0));
  for (auto _ : state) {
    Timeline<Idle<64>::Event> timeline;
    for (std::uint64_t i = 0; i < count; ++i) {
      // An odd factor makes a permutation of the ticks below a power of two.
      const auto tick = static_cast<std::int64_t>(i * 0x9e3779b1u % count);
      benchmark::DoNotOptimize(timeline.insert(event_id(Tick(tick), i), Idle<64>::Touch{1}));
    }
    benchmark::DoNotOptimize(timeline.all().data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(merge_of_a_batch)->Arg(1 << 10)->Arg(1 << 17)->Unit(benchmark::kMillisecond);

/// Every tick writes 64 words of 8 bytes at random places of the state.
template <std::size_t bytes>
struct Scatter {
  static constexpr std::string_view name = "scatter";
  static constexpr std::uint32_t version = 1;
  static constexpr std::size_t words = bytes / 8;
  struct State {
    std::array<std::uint64_t, words> numbers;
  };
  struct Touch {
    std::uint32_t value = 0;
  };
  using Event = std::variant<Touch>;

  static void start(State&) {}
  static void tick(State& state) { scatter(state.numbers); }
  static void apply(State& state, PeerId, const Event& event) {
    state.numbers[1] += std::get<Touch>(event).value;
  }

  template <typename Numbers>
  static void scatter(Numbers& numbers) {
    // Drawn from a counter, so that what is measured is not the generator.
    const std::uint64_t first = numbers[0];
    for (std::uint64_t i = 0; i < 64; ++i) {
      std::uint64_t random = (first + i) * 0x9e3779b97f4a7c15u;
      random = (random ^ (random >> 32)) * 0xd6e8feb86659fd93u;
      numbers[static_cast<std::size_t>(((random >> 32) * words) >> 32)] = random;
    }
    numbers[0] = first + 64;
  }
};

/// The same in an arena.
template <std::size_t bytes>
struct ArenaScatter {
  static constexpr std::string_view name = "arena scatter";
  static constexpr std::uint32_t version = 1;
  struct State {
    arena::Vector<std::uint64_t> numbers;
  };
  using Touch = Scatter<bytes>::Touch;
  using Event = std::variant<Touch>;

  static void start(State& state) { state.numbers.resize(bytes / 8); }
  static void tick(State& state) { Scatter<bytes>::scatter(state.numbers); }
  static void apply(State& state, PeerId, const Event& event) {
    state.numbers[1] += std::get<Touch>(event).value;
  }
};

// A tick, and a late event whose tick and the seven after it are simulated again. With hashing, a tick is
// compared with the neighbours' each second, as a replica does it.
template <typename App>
void run_and_resimulate(benchmark::State& state, bool hashing, const TimeMachineOptions& options = {}) {
  TimeMachine<App> machine(options);
  machine.advance(Tick(400), no_limit);
  std::uint64_t sequence = 0;
  const auto step = [&] {
    machine.insert(event_id(machine.tick() - 7, sequence++), typename App::Touch{1});
    machine.advance(machine.tick() + 1, no_limit);
  };
  for (int i = 0; i < 100; ++i) step();  // until it is known how the state is best copied
  for (auto _ : state) {
    step();
    if (hashing && machine.tick().value() % 50 == 0)
      benchmark::DoNotOptimize(machine.fingerprint(machine.tick() - 150));
    if (machine.tick().value() % 3000 == 0) machine.fold(machine.tick() - 3000);
  }
  state.counters["replayed"] = static_cast<double>(machine.statistics().ticks_replayed) /
                               static_cast<double>(machine.statistics().rollbacks);
  state.counters["snapshot_bytes"] = static_cast<double>(machine.snapshot_bytes());
}
template <std::size_t bytes>
void resimulate(benchmark::State& state) {
  run_and_resimulate<Scatter<bytes>>(state, false);
}
template <std::size_t bytes>
void resimulate_hashed(benchmark::State& state) {
  run_and_resimulate<Scatter<bytes>>(state, true);
}
template <std::size_t bytes>
void resimulate_arena(benchmark::State& state) {
  run_and_resimulate<ArenaScatter<bytes>>(state, false);
}
template <std::size_t bytes>
void resimulate_marked_arena(benchmark::State& state) {
  run_and_resimulate<ArenaScatter<bytes>>(state, false, {.memory = {.tracking = memory::Tracking::marks}});
}
/// The same as GGPO and its successors do it: the state is copied into a ring before every tick; to roll
/// back, one is copied back. Nothing but the copies and the application's own functions, so that what is
/// compared with is no worse than any of them.
template <std::size_t bytes>
void copy_every_tick(benchmark::State& state) {
  using App = Scatter<bytes>;
  constexpr std::size_t depth = 8;
  const auto live = std::make_unique<typename App::State>();
  const auto ring = std::make_unique<std::array<typename App::State, depth + 1>>();
  std::size_t tick = 0;
  const auto run = [&] {
    (*ring)[tick++ % ring->size()] = *live;
    App::tick(*live);
  };
  for (std::size_t i = 0; i < depth; ++i) run();
  for (auto _ : state) {
    run();
    tick -= depth;
    *live = (*ring)[tick % ring->size()];
    App::apply(*live, {}, typename App::Touch{1});
    for (std::size_t i = 0; i < depth; ++i) run();
    benchmark::ClobberMemory();
  }
}
constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;
BENCHMARK(resimulate<64>);
BENCHMARK(resimulate<4 * kib>);
BENCHMARK(resimulate<64 * kib>);
BENCHMARK(resimulate<mib>);
BENCHMARK(resimulate<16 * mib>);
BENCHMARK(copy_every_tick<64>);
BENCHMARK(copy_every_tick<4 * kib>);
BENCHMARK(copy_every_tick<64 * kib>);
BENCHMARK(copy_every_tick<mib>);
BENCHMARK(copy_every_tick<16 * mib>);
BENCHMARK(resimulate_hashed<64>);
BENCHMARK(resimulate_hashed<4 * kib>);
BENCHMARK(resimulate_hashed<64 * kib>);
BENCHMARK(resimulate_hashed<mib>);
BENCHMARK(resimulate_hashed<16 * mib>);
BENCHMARK(resimulate_arena<mib>);
BENCHMARK(resimulate_arena<16 * mib>);
BENCHMARK(resimulate_marked_arena<16 * mib>);

}  // namespace

void time_machine_bars(Bars& bars) {
  bars.add("tick without events", "us", at_most(0.2), time_of("tick_without_events<64>"));
  bars.add("rollback of 50 ticks, 64 bytes of state", "us", at_most(5), time_of("rollback_of_50_ticks<64>"));
  bars.add("late event: session of 1 hour over 1 minute", "x", at_most(1.5),
           ratio(time_of("late_event_at_age/60"), time_of("late_event_at_age/1")));
  struct Size {
    std::string_view name;
    std::string_view benchmark;  // its argument
    double us_max;
    double rival_us_max;  // 0 where it is not the copies that count
  };
  for (const auto& size : {Size{"64 bytes", "<64>", 2.0, 0}, Size{"4 KiB", "<4 * kib>", 2.0, 0},
                           Size{"64 KiB", "<64 * kib>", 6, 14.4}, Size{"1 MiB", "<mib>", 60, 432},
                           Size{"16 MiB", "<16 * mib>", 1500, 16'655}}) {
    const auto plain = fmt::format("resimulate{}", size.benchmark);
    const auto hashed = fmt::format("resimulate_hashed{}", size.benchmark);
    bars.add(fmt::format("a tick and 8 again, {} of state", size.name), "us", at_most(size.us_max),
             time_of(plain));
    bars.add(fmt::format("the same with hashing over without, {}", size.name), "x", at_most(1.15),
             ratio(time_of(hashed), time_of(plain)));
    // The bar is how both compare on one machine, whichever it is.
    if (size.rival_us_max > 0)
      bars.add(fmt::format("the same over a copy at every tick, {}", size.name), "x",
               at_most(size.us_max / size.rival_us_max),
               ratio(time_of(plain), time_of(fmt::format("copy_every_tick{}", size.benchmark))));
  }
}

}  // namespace tutti::bench
