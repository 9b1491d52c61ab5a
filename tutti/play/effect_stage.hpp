// Where an application's effects meet the person: tones and notices, as its View says.
#pragma once

#include <chrono>
#include <concepts>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "tutti/base/time.hpp"
#include "tutti/play/canvas.hpp"
#include "tutti/play/speaker.hpp"
#include "tutti/symmetric/effect_log.hpp"
#include "tutti/symmetric/stability.hpp"

namespace tutti::play {

/// A View may say what an effect sounds like: nothing, for one that is silent.
template <typename V, typename App>
concept SoundingView = requires(const symmetric::EffectOf<App>& effect) {
  { V::tone(effect) } -> std::same_as<std::optional<Tone>>;
};
/// And what is written on the screen for a few seconds.
template <typename V, typename App>
concept NoticingView = requires(const symmetric::EffectOf<App>& effect) {
  { V::notice(effect) } -> std::same_as<std::optional<std::string>>;
};

template <typename App, typename V>
class EffectStage {
 public:
  using News = symmetric::EffectNews<symmetric::EffectOf<App>>;

  /// Without a speaker, tones are not heard.
  explicit EffectStage(std::unique_ptr<Speaker> speaker) : speaker_(std::move(speaker)) {}

  /// `age` is how long ago it happened. What came half a second late is not heard, only read; what a newcomer
  /// catches up with is neither. What waited until it was certain may be as old as an absence is long.
  void take(const News& news, Duration age, TimePoint now) {
    const bool waited = symmetric::timing_of(news.effect) == symmetric::EffectTiming::settled;
    if constexpr (SoundingView<V, App>)
      if (speaker_ && news.change == symmetric::EffectChange::fired &&
          age < (waited ? certain_for : audible_for))
        if (const auto tone = V::tone(news.effect)) speaker_->play(*tone);
    if constexpr (NoticingView<V, App>) {
      std::erase_if(notices_, [&](const Notice& notice) { return notice.id == news.id; });
      if (news.change == symmetric::EffectChange::cancelled || age >= (waited ? certain_for : readable_for))
        return;
      if (auto text = V::notice(news.effect))
        notices_.push_back({news.id, *std::move(text), now + shown_for});
      if (notices_.size() > notices_max) notices_.pop_front();
    }
  }

  /// The notices that are not over, one below the other.
  void draw(Canvas& canvas, TimePoint now) {
    std::erase_if(notices_, [&](const Notice& notice) { return notice.until <= now; });
    int y = margin;
    for (const auto& notice : notices_) {
      const int width = canvas.text_width(text_size, notice.text) + 2 * margin;
      const int height = canvas.text_height(text_size) + margin;
      canvas.fill({(canvas.width() - width) / 2, y, width, height}, palette::panel, margin);
      canvas.text(canvas.width() / 2, y + margin / 2, text_size, notice.text, palette::ink, Align::centre);
      y += height + margin / 2;
    }
  }

  [[nodiscard]] std::size_t notice_count() const { return notices_.size(); }

 private:
  static constexpr Duration audible_for = std::chrono::milliseconds(500);
  static constexpr Duration readable_for = std::chrono::seconds(10);
  static constexpr Duration certain_for = symmetric::absence_max_default + readable_for;
  static constexpr Duration shown_for = std::chrono::seconds(4);
  static constexpr std::size_t notices_max = 5;
  static constexpr int margin = 8;
  static constexpr int text_size = 16;

  struct Notice {
    symmetric::EffectId id;
    std::string text;
    TimePoint until;
  };

  std::unique_ptr<Speaker> speaker_;
  std::deque<Notice> notices_;
};

}  // namespace tutti::play
