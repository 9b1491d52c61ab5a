#include "tutti/play/effect_stage.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tutti/play/screen.hpp"

namespace tutti::play {
namespace {

using symmetric::EffectChange;
using testing::ElementsAre;

struct Chess {
  struct Click {
    std::int32_t hertz = 0;
  };
  struct Check {
    std::int32_t move = 0;
  };
  struct Mate {
    static constexpr auto timing = symmetric::EffectTiming::settled;
    std::int32_t hertz = 0;
  };
  using Effect = std::variant<Click, Check, Mate>;
};
struct ChessView {
  static std::optional<Tone> tone(const Chess::Effect& effect) {
    if (const auto* mate = std::get_if<Chess::Mate>(&effect))
      return Tone{.hertz = static_cast<double>(mate->hertz)};
    const auto* click = std::get_if<Chess::Click>(&effect);
    return click ? std::optional(Tone{.hertz = static_cast<double>(click->hertz)}) : std::nullopt;
  }
  static std::optional<std::string> notice(const Chess::Effect& effect) {
    if (std::holds_alternative<Chess::Mate>(effect)) return "mate";
    const auto* check = std::get_if<Chess::Check>(&effect);
    return check ? std::optional(fmt::format("check in move {}", check->move)) : std::nullopt;
  }
};

class Ear final : public Speaker {
 public:
  explicit Ear(std::vector<double>& heard) : heard_(heard) {}
  void play(const Tone& tone) override { heard_.push_back(tone.hertz); }

 private:
  std::vector<double>& heard_;
};

using Stage = EffectStage<Chess, ChessView>;

Stage::News news(EffectChange change, Chess::Effect effect, std::uint32_t number = 0) {
  return {change, {{.tick = symmetric::Tick(5), .origin = {}, .sequence = {}}, number}, effect};
}

TEST(EffectStage, plays_what_fires_now_and_nothing_else) {
  std::vector<double> heard;
  Stage stage(std::make_unique<Ear>(heard));
  stage.take(news(EffectChange::fired, Chess::Click{100}), {}, {});
  stage.take(news(EffectChange::changed, Chess::Click{200}), {}, {});
  stage.take(news(EffectChange::cancelled, Chess::Click{200}), {}, {});
  stage.take(news(EffectChange::fired, Chess::Click{300}), std::chrono::seconds(3), {});
  stage.take(news(EffectChange::fired, Chess::Check{1}), {}, {});
  EXPECT_THAT(heard, ElementsAre(100));
}

TEST(EffectStage, plays_and_shows_what_waited_until_it_was_certain_however_long_somebody_was_absent) {
  std::vector<double> heard;
  Stage stage(std::make_unique<Ear>(heard));
  stage.take(news(EffectChange::fired, Chess::Mate{400}), std::chrono::minutes(10), {});
  EXPECT_THAT(heard, ElementsAre(400));
  EXPECT_EQ(stage.notice_count(), 1u);
  stage.take(news(EffectChange::fired, Chess::Mate{400}), std::chrono::minutes(20), {});
  EXPECT_THAT(heard, ElementsAre(400));
}

TEST(EffectStage, takes_a_notice_back_that_is_cancelled_and_replaces_one_that_has_changed) {
  Stage stage(nullptr);
  stage.take(news(EffectChange::fired, Chess::Check{1}, 1), {}, {});
  stage.take(news(EffectChange::fired, Chess::Check{2}, 2), {}, {});
  stage.take(news(EffectChange::changed, Chess::Check{3}, 2), {}, {});
  EXPECT_EQ(stage.notice_count(), 2u);
  stage.take(news(EffectChange::cancelled, Chess::Check{1}, 1), {}, {});
  EXPECT_EQ(stage.notice_count(), 1u);
  stage.take(news(EffectChange::fired, Chess::Check{4}, 4), std::chrono::minutes(1), {});
  EXPECT_EQ(stage.notice_count(), 1u);
}

TEST(EffectStage, draws_notices_until_they_are_over_and_only_the_last_ones) {
  ScreenOptions options;
  options.headless = true;
  const auto screen = Screen::open(options);
  ASSERT_TRUE(screen) << screen.error();
  Stage stage(nullptr);
  for (std::uint32_t i = 0; i < 100; ++i)
    stage.take(news(EffectChange::fired, Chess::Check{static_cast<std::int32_t>(i)}, i), {}, {});
  stage.draw((*screen)->canvas(), {});
  EXPECT_EQ(stage.notice_count(), 5u);
  stage.draw((*screen)->canvas(), TimePoint(std::chrono::seconds(60)));
  EXPECT_EQ(stage.notice_count(), 0u);
}

}  // namespace
}  // namespace tutti::play
