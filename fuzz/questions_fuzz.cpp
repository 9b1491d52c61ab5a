// Questions and answers from a neighbour that sends anything at all to a peer that answers some and waits for
// others: the first byte picks question or answer, two more the length, and so on to the end of the input.
// Every question that the peer asks must end once, whatever comes.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "tutti/base/require.hpp"
#include "tutti/peer/peer.hpp"
#include "tutti/runtime/simulator.hpp"

namespace {

struct Knock {
  std::uint32_t times = 0;
};
struct Open {
  tutti::Bytes door;
};

}  // namespace

template <>
struct tutti::MessageTraits<Knock> {
  static constexpr MessageId id{0x7001};
};
template <>
struct tutti::MessageTraits<Open> {
  static constexpr MessageId id{0x7002};
};

namespace {

using namespace tutti;
using namespace std::chrono_literals;

class Porter final : public Peerlet {
 public:
  Open knocked(PeerId, const Knock& knock) { return {Bytes(knock.times % 7)}; }
  void opened(Asker<Knock> asker, const Open&) { waiting_.emplace(std::move(asker)); }
  void told(PeerId, const Open&) {
    if (waiting_) std::move(*waiting_).answer({1});
    waiting_.reset();
  }
  static constexpr auto handlers = tutti::handlers<&Porter::knocked, &Porter::opened, &Porter::told>;

 private:
  std::optional<Asker<Knock>> waiting_;
};

class Nowhere final : public Carrier {
 public:
  bool send(PeerId, const Envelope& message, Priority, Duration) override { return !message.body().empty(); }
  bool send_unreliable(PeerId, const Envelope&) override { return true; }
  [[nodiscard]] std::size_t queue_bytes(PeerId, Priority) const override { return 0; }
  [[nodiscard]] bool writable(PeerId, Priority) const override { return true; }
  void disconnect(PeerId, std::string_view) override {}
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Simulator simulator(1);
  Nowhere nowhere;
  const PeerId hostile{.bytes = {1}};
  int asked = 0;
  int ended = 0;
  auto peer = Peer::build(simulator.add_node(), {}).add<Porter>().start();
  peer->set_carrier(nowhere);
  ByteView input(data, size);
  while (input.size() >= 3) {
    if (peer->ask<Open>(*peer->find<Porter>(), hostile, Knock{}, 1s, [&](const auto&) { ++ended; })) ++asked;
    const bool question = input[0] % 2 == 0;
    const auto length = std::min<std::size_t>(std::size_t{input[1]} << 8 | input[2], input.size() - 3);
    const auto kind = question ? MessageTraits<AskQuestion>::id : MessageTraits<AskAnswer>::id;
    const auto delivered = peer->deliver(hostile, Received(kind, input.subspan(3, length)));
    require(delivered || !describe(delivered.error()).empty(), "an error has words");
    input = input.subspan(3 + length);
  }
  simulator.run_for(2s);
  require(asked == ended, "every question ends once");
  return 0;
}
