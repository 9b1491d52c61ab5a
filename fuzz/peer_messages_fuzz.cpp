// Messages of every kind that a peer of a session handles, from a neighbour that sends anything at all: the
// first byte picks the kind, two more the length, and so on to the end of the input. Nothing may crash, and
// the peer must go on keeping time.
#include <array>
#include <cstddef>
#include <cstdint>

#include "apps/rectangle/rectangle.hpp"
#include "tutti/base/require.hpp"
#include "tutti/symmetric/ensemble.hpp"

namespace {

using namespace tutti;
using namespace std::chrono_literals;

constexpr std::array kinds{MessageTraits<Hello>::id,
                           MessageTraits<AskQuestion>::id,
                           MessageTraits<AskAnswer>::id,
                           MessageTraits<FloodEvent>::id,
                           MessageTraits<FloodBatch>::id,
                           MessageTraits<FloodDigest>::id,
                           MessageTraits<FloodAnnouncement>::id,
                           MessageTraits<FloodPulse>::id,
                           MessageTraits<symmetric::ClockPing>::id,
                           MessageTraits<symmetric::ClockPong>::id,
                           MessageTraits<symmetric::ComparisonEnvelope>::id,
                           MessageTraits<symmetric::PageEnvelope>::id,
                           MessageTraits<symmetric::FoundationOffer>::id,
                           MessageTraits<symmetric::FoundationRequest>::id,
                           MessageTraits<symmetric::FoundationPart>::id};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  symmetric::Ensemble<Rectangle> ensemble(2, {.links = {{0, 1}}});
  ensemble.start_all();
  ensemble.run_for(1s);
  ByteView input(data, size);
  const PeerId hostile = ensemble.peer(1).id();
  while (input.size() >= 3) {
    const MessageId kind = kinds[input[0] % kinds.size()];
    const auto length = std::min<std::size_t>(std::size_t{input[1]} << 8 | input[2], input.size() - 3);
    const auto delivered = ensemble.peer(0).deliver(hostile, Received(kind, input.subspan(3, length)));
    require(delivered || !describe(delivered.error()).empty(), "an error has words");
    input = input.subspan(3 + length);
    ensemble.run_for(20ms);
  }
  const auto before = ensemble.replica(0).tick();
  ensemble.run_for(2s);
  require(ensemble.replica(0).tick() - before >= 50, "a peer keeps time whatever it is sent");
  return 0;
}
