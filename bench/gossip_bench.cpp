// How many events a second a simulation of very many peers gets through on one core, and what a peer costs in
// memory: a bare peer with one peerlet, which gossips once a second with another one at random (a request and
// a reply), over delays of 20 to 80 ms.
#include <cstdint>
#include <memory>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/bars.hpp"
#include "bench/heap.hpp"
#include "tutti/lab/averaging.hpp"
#include "tutti/link/direct_carrier.hpp"
#include "tutti/net/model/models.hpp"

namespace tutti::bench {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t seed = 7;

class Gossip final : private lab::PeerSampler {
 public:
  explicit Gossip(std::uint32_t count)
      : heap_before_(heap_bytes()), count_(count), network_(simulator_, uniform_delay(20ms, 80ms)) {
    peers_.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i)
      peers_.push_back(
          Peer::build(simulator_.add_node(), VirtualNetwork::peer_id(seed, i))
              .add<DirectCarrier>(network_, i)
              .add<lab::Averaging>(static_cast<const PeerSampler&>(*this), static_cast<double>(i))
              .start());
    simulator_.run_for(2s);  // until everybody gossips and all queues have found their size
  }

  Simulator& simulator() { return simulator_; }
  [[nodiscard]] double bytes_per_peer() const {
    return static_cast<double>(heap_bytes() - heap_before_) / count_;
  }

 private:
  [[nodiscard]] PeerId sample(Random& random) const override {
    return VirtualNetwork::peer_id(seed, static_cast<std::uint32_t>(random.below(count_)));
  }

  std::size_t heap_before_;
  std::uint32_t count_;
  Simulator simulator_{seed};
  VirtualNetwork network_;
  std::vector<std::unique_ptr<Peer>> peers_;
};

void simulated_gossip(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  Gossip gossip(count);
  const auto before = gossip.simulator().event_count();
  // About a hundred thousand events an iteration, whatever the number of peers.
  const Duration span = from_seconds(33'000.0 / count);
  for (auto _ : state) gossip.simulator().run_for(span);
  state.counters["events"] = benchmark::Counter(
      static_cast<double>(gossip.simulator().event_count() - before), benchmark::Counter::kIsRate);
  state.counters["peer_bytes"] = gossip.bytes_per_peer();
}
BENCHMARK(simulated_gossip)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond)
    ->MinTime(1);

}  // namespace

void gossip_bars(Bars& bars) {
  const auto at = [](const char* peers, const char* counter) {
    return counter_of(std::string("simulated_gossip/") + peers, counter);
  };
  bars.add("simulated events of 10,000 gossiping peers", "1/s", at_least(3e6), at("10000", "events"));
  bars.add("simulated events of 100,000 gossiping peers", "1/s", at_least(3e6), at("100000", "events"));
  bars.add("simulated events of 1,000,000 gossiping peers", "1/s", at_least(1e6), at("1000000", "events"));
  bars.add("memory of a simulated peer with one peerlet", "B", at_most(600), at("1000000", "peer_bytes"));
}

}  // namespace tutti::bench
