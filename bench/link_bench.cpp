// How soon two peers who do not know each other's place are linked: behind NATs of every pair of kinds, in
// virtual time, with 25 ms from anybody to anybody and somebody to introduce them. What is counted is the
// network's time, not the machine's. And what a link of a simulation at message level costs in memory.
#include <algorithm>
#include <memory>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/bars.hpp"
#include "bench/heap.hpp"
#include "tutti/link/packet_test_world.hpp"
#include "tutti/net/virtual/virtual_transport.hpp"

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

/// Who connects when it is told to, and takes whoever comes.
class Speechless final : private TransportHandler {
 public:
  Speechless(VirtualNetwork& network, SimRuntime& node, PeerId id) : transport_(network.attach(node, id)) {
    transport_->start(*this);
  }
  void connect(std::uint32_t node) { transport_->connect(VirtualNetwork::endpoint_of(node), {}); }

 private:
  void channel_opened(Channel&) override {}
  void message_received(Channel&, const Received&) override {}
  void channel_closed(Channel&, const Closing&) override {}

  std::unique_ptr<Transport> transport_;
};

/// Each peer is linked with the four next ones, and so with the four before it.
constexpr std::uint32_t ring = 2000;
constexpr std::uint32_t nearest = 4;

void simulated_link(benchmark::State& state) {
  double channel_bytes = 0;
  double link_bytes = 0;
  for (auto _ : state) {
    Simulator simulator(1);
    VirtualNetwork network(simulator, constant_delay(25ms));
    for (std::uint32_t i = 0; i < ring; ++i) simulator.add_node();
    {
      std::vector<std::unique_ptr<Speechless>> ends;
      for (std::uint32_t i = 0; i < ring; ++i)
        ends.push_back(
            std::make_unique<Speechless>(network, simulator.node(i), VirtualNetwork::peer_id(1, i)));
      const auto before = heap_bytes();
      for (std::uint32_t i = 0; i < ring; ++i) {
        for (std::uint32_t step = 1; step <= nearest; ++step) ends[i]->connect((i + step) % ring);
        simulator.run_for(10ms);  // not all at once: what is on its way is not the links'
      }
      simulator.run_for(1s);
      channel_bytes = static_cast<double>(heap_bytes() - before) / (ring * nearest);
    }
    simulator.run_for(1s);
    std::vector<std::unique_ptr<Peer>> peers;
    std::vector<LinkManager*> links;
    for (std::uint32_t i = 0; i < ring; ++i) {
      const auto id = VirtualNetwork::peer_id(1, i);
      auto builder =
          Peer::build(simulator.node(i), id)
              .add<LinkManager>(network.attach(simulator.node(i), id), LinkOptions{.network = "bench 1"});
      links.push_back(builder.find<LinkManager>());
      peers.push_back(std::move(builder).start());
    }
    simulator.run_for(1s);
    const auto before = heap_bytes();
    for (std::uint32_t i = 0; i < ring; ++i) {
      for (std::uint32_t step = 1; step <= nearest; ++step)
        links[i]->add_target({VirtualNetwork::endpoint_of((i + step) % ring), {}});
      simulator.run_for(10ms);
    }
    simulator.run_for(1s);
    link_bytes = static_cast<double>(heap_bytes() - before) / (ring * nearest);
  }
  state.counters["channel_bytes"] = channel_bytes;
  state.counters["link_bytes"] = link_bytes;
}
BENCHMARK(simulated_link)->Unit(benchmark::kMillisecond)->Iterations(1);

}  // namespace

void link_bars(Bars& bars) {
  bars.add("link between two behind NATs, 25 ms from anybody to anybody, introduced by a third", "ms",
           at_most(200), seconds_of("introduced_link", "linked_seconds"));
  bars.add("pairs of NATs that can be punched, birthday probing included: share of tries that become direct",
           "x", at_least(0.99), counter_of("introduced_link", "direct_share"));
  bars.add("the same, all pairs: tries that end without a link, over a relay or direct", "", at_most(0),
           counter_of("introduced_link", "unlinked"));
  bars.add("memory of both ends of a link's channel, simulated at message level", "B", at_most(512),
           counter_of("simulated_link", "channel_bytes"));
}

}  // namespace tutti::bench
