// Hostile event bodies: whatever decodes as an application event is applied, travels back in time and is
// encoded again, and nothing else gets in.
#include <cstddef>
#include <cstdint>

#include "board.hpp"
#include "tutti/base/require.hpp"
#include "tutti/symmetric/time_machine.hpp"

namespace {

using namespace tutti;
using namespace tutti::symmetric;
using fuzz::Board;

EventId event_id(std::int64_t tick) {
  return {Tick(tick), {{}, 1}, Sequence(static_cast<std::uint64_t>(tick))};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto event = decode_event<Board>(ByteView(data, size));
  if (!event) {
    require(!describe(event.error()).empty(), "every error has a sentence");
    return 0;
  }
  const auto bytes = encode_event<Board>(*event);
  if (bytes) {  // what is refused here is longer in its canonical form than it came
    const auto again = decode_event<Board>(*bytes);
    require(again && encode_event<Board>(*again) == bytes, "an event survives its encoding");
  }
  TimeMachine<Board> in_time;
  in_time.insert(event_id(2), *event);
  in_time.advance(Tick(5), 5);
  TimeMachine<Board> late;
  late.advance(Tick(5), 5);
  late.insert(event_id(2), *event);
  late.advance(Tick(5), 5);
  require(in_time.fingerprint(Tick(5)) == late.fingerprint(Tick(5)),
          "late or in time, the state is the same");
  return 0;
}
