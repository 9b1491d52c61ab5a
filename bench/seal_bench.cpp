// What signatures cost: of each event alone, and shared by the events of one batch.
#include <cstdint>
#include <vector>

#include <benchmark/benchmark.h>

#include "tutti/base/require.hpp"
#include "tutti/overlay/seal.hpp"

namespace tutti {
namespace {

constexpr std::size_t payload_bytes = 40;

struct Batch {
  Signing signing{.identity = Identity::from_seed({1}), .network = "a session"};
  std::vector<Bytes> payloads;
  std::vector<Statement> statements;

  explicit Batch(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i)
      payloads.emplace_back(payload_bytes, static_cast<std::uint8_t>(i));
    for (std::size_t i = 0; i < count; ++i)
      statements.push_back(
          {Utterance::broadcast, {signing.identity.peer(), 1}, Sequence(i + 1), payloads[i]});
  }
};

/// Of so many events with one signature; a turn is all of them.
void seal_events(benchmark::State& state) {
  const Batch batch(static_cast<std::size_t>(state.range(0)));
  const Sealer sealer(batch.signing);
  std::size_t bytes = 0;
  for (auto _ : state) bytes = sealer.seal(batch.statements).back().size();
  state.SetItemsProcessed(state.iterations() * state.range(0));
  state.counters["seal_bytes"] = static_cast<double>(bytes);
}
BENCHMARK(seal_events)->Arg(1)->Arg(8)->Arg(64)->Unit(benchmark::kMicrosecond);

void check_seals(benchmark::State& state) {
  const Batch batch(static_cast<std::size_t>(state.range(0)));
  const auto seals = Sealer(batch.signing).seal(batch.statements);
  for (auto _ : state) {
    Sealer sealer(batch.signing);  // one that has checked nothing yet
    for (std::size_t i = 0; i < seals.size(); ++i)
      require(sealer.check(batch.statements[i], seals[i]).has_value(), "what was sealed is in order");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(check_seals)->Arg(1)->Arg(8)->Arg(64)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tutti
