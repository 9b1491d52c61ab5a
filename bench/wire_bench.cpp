// What it costs to turn a small message into bytes and back.
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "bench/bars.hpp"
#include "tutti/wire/codec.hpp"

namespace tutti::bench {
namespace {

/// About the size of an overlay's maintenance message: a name, a few numbers, a list of neighbours.
struct Hello {
  PeerId sender;
  std::uint64_t sequence = 0;
  std::string text;
  std::vector<PeerId> neighbours;
};

Hello small_message() {
  return {
      .sender = {}, .sequence = 123'456, .text = "hello, everybody", .neighbours = std::vector<PeerId>(4)};
}

void encode_small_message(benchmark::State& state) {
  const auto message = small_message();
  Bytes bytes;
  for (auto _ : state) {
    bytes.clear();
    encode(message, bytes);
    benchmark::DoNotOptimize(bytes.data());
  }
}
BENCHMARK(encode_small_message);

void decode_small_message(benchmark::State& state) {
  const auto bytes = encode(small_message());
  for (auto _ : state) {
    auto message = decode<Hello>(bytes);
    if (!message) return state.SkipWithError("the message does not decode");
    benchmark::DoNotOptimize(message->sequence);
  }
}
BENCHMARK(decode_small_message);

}  // namespace

void wire_bars(Bars& bars) {
  bars.add("encode a small message", "ns", at_most(500), time_of("encode_small_message"));
  bars.add("decode a small message", "ns", at_most(500), time_of("decode_small_message"));
}

}  // namespace tutti::bench
