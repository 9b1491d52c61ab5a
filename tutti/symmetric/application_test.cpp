#include "tutti/symmetric/application.hpp"

#include <array>
#include <string>
#include <variant>

#include <gtest/gtest.h>

#include "tutti/symmetric/event.hpp"
#include "tutti/symmetric/state_memory.hpp"

namespace tutti::symmetric {
namespace {

/// An application in which nothing happens.
struct Still {
  static constexpr std::string_view name = "still";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::int32_t x;
  };
  using Event = std::variant<int>;
  static void start(State&) {}
  static void tick(State&) {}
  static void apply(State&, PeerId, const Event&) {}
};
static_assert(Application<Still>, "what the mistakes below are made from is right");

struct TakesItsStateByValue : Still {
  static void tick(State) {}
};
static_assert(!Application<TakesItsStateByValue>);
struct HasPadding : Still {
  struct State {
    char small;
    int large;
  };
  static void start(State&) {}
  static void tick(State&) {}
  static void apply(State&, PeerId, const Event&) {}
};
static_assert(!Application<HasPadding>);
struct HasPointer : HasPadding {
  struct State {
    int* somewhere;
  };
  static void start(State&) {}
  static void tick(State&) {}
  static void apply(State&, PeerId, const Event&) {}
};
static_assert(!Application<HasPointer>);
struct HasFloats : HasPadding {
  struct State {
    float x, y;
  };
  static void start(State&) {}
  static void tick(State&) {}
  static void apply(State&, PeerId, const Event&) {}
};
static_assert(!Application<HasFloats>);
struct PromisesFloatsWithoutPadding : HasFloats {
  static constexpr bool state_has_no_padding = true;
};
static_assert(Application<PromisesFloatsWithoutPadding>);
struct PromisesWhatIsNotSo : HasPadding {
  static constexpr bool state_has_no_padding = true;
};
static_assert(!Application<PromisesWhatIsNotSo>);
struct IsTooFast : Still {
  static constexpr int ticks_per_second = 100'000;
};
static_assert(!Application<IsTooFast>);
static_assert(ticks_per_second<Still>() == 50);

struct ZeroChecker : Still {
  struct State {
    std::array<std::uint8_t, 64> bytes;
    std::uint64_t nonzero_at_start;
  };
  static void start(State& state) {
    for (const auto byte : state.bytes) state.nonzero_at_start += byte != 0;
    state.bytes.fill(0xff);
  }
  static void tick(State&) {}
  static void apply(State&, PeerId, const Event&) {}
};

TEST(Application, states_are_zero_before_start) {
  const auto memory = started_memory<ZeroChecker>();
  EXPECT_EQ(memory.state().nonzero_at_start, 0u);
  EXPECT_EQ(memory.state().bytes[63], 0xff);
}

TEST(ApplicationEvent, comes_back_from_its_bytes) {
  const auto bytes = encode_event<Still>(7);
  ASSERT_TRUE(bytes);
  const auto event = decode_event<Still>(*bytes);
  ASSERT_TRUE(event);
  EXPECT_EQ(*event, Still::Event(7));
}

struct Writer : Still {
  using Event = std::variant<std::string>;
  static void apply(State&, PeerId, const Event&) {}
};

TEST(ApplicationEvent, is_refused_when_too_long_or_malformed) {
  EXPECT_TRUE(encode_event<Writer>(std::string(event_bytes_max - 5, 'x')));
  EXPECT_EQ(encode_event<Writer>(std::string(event_bytes_max, 'x')).error(), EventError::too_long);
  EXPECT_EQ(decode_event<Writer>(Bytes(event_bytes_max + 1)).error(), EventError::too_long);
  EXPECT_EQ(decode_event<Still>(Bytes{0x92, 0x09, 0x90}).error(), EventError::malformed);
}

}  // namespace
}  // namespace tutti::symmetric
