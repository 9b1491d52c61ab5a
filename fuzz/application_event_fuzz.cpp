// Hostile event bodies: whatever decodes as an application event is applied, travels back in time and is
// encoded again, and nothing else gets in.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tutti/base/require.hpp"
#include "tutti/symmetric/time_machine.hpp"

namespace {

using namespace tutti;
using namespace tutti::symmetric;

/// Uses every kind of field the codec knows how to bound.
struct Board {
  static constexpr std::string_view name = "board";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::array<std::uint64_t, 16> cells;
  };
  struct Set {
    std::uint8_t cell = 0;
    std::uint64_t value = 0;
  };
  struct Write {
    std::string text;
    std::optional<std::int32_t> cell;
  };
  struct Paint {
    std::vector<std::array<std::int16_t, 2>> points;
  };
  using Event = std::variant<Set, Write, Paint>;

  static void start(State&) {}
  static void tick(State& state) { ++state.cells[0]; }
  static void apply(State& state, PeerId, const Event& event) {
    const auto cell = [&](std::size_t index) -> std::uint64_t& {
      return state.cells[index % state.cells.size()];
    };
    if (const auto* set = std::get_if<Set>(&event)) cell(set->cell) = set->value;
    if (const auto* write = std::get_if<Write>(&event))
      cell(write->text.size()) += static_cast<std::uint64_t>(write->cell.value_or(1));
    if (const auto* paint = std::get_if<Paint>(&event))
      for (const auto& [x, y] : paint->points) cell(static_cast<std::size_t>(x & y)) ^= 1;
  }
};

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
