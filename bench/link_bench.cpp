// How soon two peers who do not know each other's place are linked: behind NATs of every pair of kinds, in
// virtual time, with 25 ms from anybody to anybody and somebody to introduce them. What is counted is the
// network's time, not the machine's.
#include <algorithm>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/bars.hpp"
#include "tutti/link/packet_test_world.hpp"

namespace tutti::bench {
namespace {

using namespace std::chrono_literals;
using link_test::Four;

constexpr std::uint64_t seeds = 20;

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values.at(values.size() / 2);
}

void introduced_link(benchmark::State& state) {
  std::vector<double> linked;
  std::vector<double> direct;
  double punched = 0;
  double unlinked = 0;
  for (auto _ : state) {
    for (const auto& [one_name, one] : nat_kinds()) {
      for (const auto& [other_name, other] : nat_kinds()) {
        for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
          Four world(one, other, seed);
          const TimePoint begin = world.simulator.now();
          const auto since_begin = [&] { return in_seconds(world.simulator.now() - begin); };
          world.want(Four::ada, Four::bob);
          if (world.run_until([&] { return world.linked(Four::ada, Four::bob); }, 10s))
            linked.push_back(since_begin());
          else
            ++unlinked;
          if (!can_punch(one, other) && !can_punch_by_birthday(one, other)) continue;
          ++punched;
          if (world.run_until([&] { return world.direct(Four::ada, Four::bob); }, 10s))
            direct.push_back(since_begin());
        }
      }
    }
  }
  state.counters["linked_seconds"] = median(linked);
  state.counters["direct_seconds"] = median(direct);
  state.counters["direct_share"] = static_cast<double>(direct.size()) / punched;
  state.counters["unlinked"] = unlinked;
}
BENCHMARK(introduced_link)->Unit(benchmark::kSecond)->Iterations(1)->Repetitions(1);

}  // namespace

void link_bars(Bars& bars) {
  bars.add("link between two behind NATs, 25 ms from anybody to anybody, introduced by a third", "ms",
           at_most(200), seconds_of("introduced_link", "linked_seconds"));
  bars.add("pairs of NATs that can be punched, birthday probing included: share of tries that become direct",
           "x", at_least(0.99), counter_of("introduced_link", "direct_share"));
  bars.add("the same, all pairs: tries that end without a link, over a relay or direct", "", at_most(0),
           counter_of("introduced_link", "unlinked"));
}

}  // namespace tutti::bench
