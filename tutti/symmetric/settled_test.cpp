// When the audience is told what is to be certain: sessions whose members are there, vanish, leave and come
// back.
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include <gtest/gtest.h>

#include "tutti/symmetric/ensemble.hpp"
#include "tutti/symmetric/session_test_world.hpp"

namespace tutti::symmetric {
namespace {

using namespace std::chrono_literals;

using session_test::line;

/// Proclaims how many have called, whenever somebody calls, once that is certain.
struct Herald {
  static constexpr std::string_view name = "herald";
  static constexpr std::uint32_t version = 1;
  struct State {
    std::int64_t calls = 0;
  };
  struct Call {
    std::uint8_t loudness = 0;
  };
  using Event = std::variant<Call>;
  struct Proclaimed {
    static constexpr auto timing = EffectTiming::settled;
    std::int64_t calls = 0;
  };
  using Effect = std::variant<Proclaimed>;

  static void start(State&) {}
  static void tick(State&) {}
  static void apply(State& state, PeerId, const Event&, Effects<Effect>& effects) {
    effects.emit(Proclaimed{++state.calls});
  }
};

/// Three peers in a line who know each other, and what the first is told.
struct WhatIsSettled : testing::Test {
  WhatIsSettled() {
    ensemble.start_all();
    ensemble.run_for(30s);
    ensemble.set_audience(0, [this](const EffectNews<Herald::Effect>& news) {
      told = std::get<Herald::Proclaimed>(news.effect).calls;
      told_late_by = ensemble.replica(0).tick() - news.id.cause.tick;
    });
  }
  void call(std::uint32_t peer) { ensemble.submit(peer, Herald::Call{}); }

  static constexpr std::int64_t second = ticks_per_second<Herald>();
  Ensemble<Herald> ensemble{3,
                            {.model = *parse_network_model("normal:30ms,5ms+loss:2%"),
                             .links = line(3),
                             .session = {.deadline = FixedDeadline{60ms}, .history = {.absence_max = 60s}}}};
  std::int64_t told = 0;
  std::int64_t told_late_by = 0;
};

TEST_F(WhatIsSettled, what_is_to_be_certain_is_told_within_seconds_while_all_are_there) {
  for (std::int64_t i = 1; i <= 20; ++i) {
    call(static_cast<std::uint32_t>(i % 3));
    ensemble.run_for(2s);
    EXPECT_LT(told, i);
    ensemble.run_for(7s);
    EXPECT_EQ(told, i);
    EXPECT_GE(told_late_by, 3 * second);
  }
}

TEST_F(WhatIsSettled, it_waits_for_who_has_vanished_and_says_what_is_true_when_that_one_is_back) {
  ensemble.cut(2, true);
  ensemble.run_for(1s);
  call(2);
  ensemble.run_for(1s);
  call(0);
  ensemble.run_for(40s);
  EXPECT_EQ(ensemble.replica(0).state().calls, 1);
  EXPECT_EQ(told, 0);
  ensemble.cut(2, false);
  ensemble.run_for(25s);
  EXPECT_EQ(ensemble.replica(0).state().calls, 2);
  EXPECT_EQ(told, 2);
}

TEST_F(WhatIsSettled, it_waits_no_longer_than_the_place_of_who_has_vanished_is_kept) {
  ensemble.kill(2);
  ensemble.run_for(10s);
  call(0);
  ensemble.run_for(40s);
  EXPECT_EQ(told, 0);
  ensemble.run_for(20s);
  EXPECT_EQ(told, 1);
}

TEST_F(WhatIsSettled, it_does_not_wait_for_who_has_said_goodbye) {
  ensemble.stop(2);
  ensemble.run_for(1s);
  call(0);
  ensemble.run_for(10s);
  EXPECT_EQ(told, 1);
}

TEST_F(WhatIsSettled, who_is_alone_is_told_after_three_seconds) {
  ensemble.stop(2);
  ensemble.run_for(1s);
  ensemble.stop(1);
  ensemble.run_for(1s);
  call(0);
  ensemble.run_for(2s);
  EXPECT_EQ(told, 0);
  ensemble.run_for(1200ms);
  EXPECT_EQ(told, 1);
}

TEST_F(WhatIsSettled, a_session_that_is_exchanged_says_no_goodbye) {
  ensemble.peer(2).exchange<Session, Session>(
      SessionOptions{.ticks_per_second = ticks_per_second<Herald>(), .history = {.absence_max = 60s}});
  ensemble.run_for(1s);
  ensemble.cut(2, true);
  call(0);
  ensemble.run_for(30s);
  EXPECT_EQ(told, 0);
}

}  // namespace
}  // namespace tutti::symmetric
