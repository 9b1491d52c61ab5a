// How long the screen stands still when the past is folded. A second of this application takes longer than a
// frame, and the image of a foundation is of a tick of which there is no snapshot as a rule.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>

#include <benchmark/benchmark.h>

#include "bench/bars.hpp"
#include "tutti/base/require.hpp"
#include "tutti/runtime/real_runtime.hpp"
#include "tutti/symmetric/replica.hpp"
#include "tutti/symmetric/slice.hpp"

namespace tutti::bench {
namespace {

using namespace std::chrono_literals;
using namespace symmetric;

/// 16 MiB, of which each tick writes 8000 words in as many places: all pages in a few ticks.
struct Heavy {
  static constexpr std::string_view name = "heavy";
  static constexpr std::uint32_t version = 1;
  static constexpr std::size_t words = (std::size_t{16} << 20) / 8;
  struct State {
    std::array<std::uint64_t, words> numbers;
  };
  struct Touch {
    std::uint32_t value = 0;
  };
  using Event = std::variant<Touch>;

  static void start(State&) {}
  static void tick(State& state) {
    const std::uint64_t first = state.numbers[0];
    for (std::uint64_t i = 0; i < 8000; ++i) {
      const std::uint64_t random = (first + i) * 0x9e3779b97f4a7c15u;
      state.numbers[static_cast<std::size_t>(((random >> 32) * words) >> 32)] = random;
    }
    state.numbers[0] = first + 8000;
  }
  static void apply(State& state, PeerId, const Event& event) {
    state.numbers[1] += std::get<Touch>(event).value;
  }
};

/// A minute of a session, frame by frame, and in it four folds: the longest frame of those on the way to an
/// image, and of all others.
void frames_while_the_past_is_folded(benchmark::State& state) {
  constexpr Duration frame = 20ms;
  constexpr Duration budget = 8ms;
  const auto second = ticks_per_second<Heavy>();
  for (auto _ : state) {
    bool made = false;
    Replica<Heavy> replica(
        [&](const ToSession& message) { made |= std::holds_alternative<ImageTaken>(message); });
    replica.receive(PaceChanged{PaceLine{}});
    Slice slice;
    double longest_folding = 0;
    double longest_other = 0;
    std::int64_t frames_folding = 0;
    std::int64_t folds = 0;
    for (std::int64_t i = 0; i < 60 * second; ++i) {
      const TimePoint due(i * frame);
      const auto begin = real_now();
      // As the session asks for it: of a tick some ten seconds ago of which there is no snapshot.
      if (i % (10 * second) == 0 && i > 10 * second)
        replica.receive(FoldWanted{Tick(i - 10 * second - second / 2)});
      const bool folding = replica.folding();
      advance_for(budget, replica, slice, [&] { return due + (real_now() - begin); });
      const auto took = in_seconds(real_now() - begin);
      (folding ? longest_folding : longest_other) = std::max(took, folding ? longest_folding : longest_other);
      frames_folding += folding ? 1 : 0;
      folds += std::exchange(made, false) ? 1 : 0;
    }
    require(folds == 4, "all folds were made within the minute");
    state.counters["longest_folding"] = longest_folding;
    state.counters["longest_other"] = longest_other;
    state.counters["frames_a_fold"] = static_cast<double>(frames_folding) / static_cast<double>(folds);
  }
}
BENCHMARK(frames_while_the_past_is_folded)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace

void fold_bars(Bars& bars) {
  // The image itself is made in one go: some milliseconds beyond the budget.
  bars.add("longest frame while a past of 16 MiB is folded", "ms", at_most(25),
           seconds_of("frames_while_the_past_is_folded", "longest_folding"));
}

}  // namespace tutti::bench
