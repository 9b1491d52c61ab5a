#include "tutti/play/timeline_bar.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "tutti/base/require.hpp"

namespace tutti::play {

namespace {

constexpr int margin = 14;
constexpr int track_height = 8;
constexpr int small_text = 10;
constexpr int stats_text = 11;
constexpr int label_count_max = 9;
// The track shows this much of the past, and more when the person has travelled further.
constexpr std::int64_t seconds_shown = 20;

/// Where ticks lie on the track.
class Scale {
 public:
  Scale(const TimelineView& view, Rect track) : track_(track) {
    const std::int64_t rate = view.ticks_per_second;
    const std::int64_t viewed = std::min(view.viewed_tick.value_or(view.now_tick), view.now_tick);
    const std::int64_t past = std::max(seconds_shown * rate, (view.now_tick - viewed) * 5 / 4);
    last_ = view.now_tick + std::max(rate, view.deadline_ticks);
    first_ = view.now_tick - past;
  }

  [[nodiscard]] std::int64_t first() const { return first_; }
  [[nodiscard]] std::int64_t last() const { return last_; }
  [[nodiscard]] bool shows(std::int64_t tick) const { return tick >= first_ && tick <= last_; }
  [[nodiscard]] int x(std::int64_t tick) const {
    const auto share =
        static_cast<double>(std::clamp(tick, first_, last_) - first_) / static_cast<double>(last_ - first_);
    return track_.x + static_cast<int>(share * track_.width);
  }

 private:
  Rect track_;
  std::int64_t first_ = 0;
  std::int64_t last_ = 1;
};

/// "1:05", or "1:05.2" with tenths.
std::string clock(std::int64_t ticks, int ticks_per_second, bool tenths) {
  const std::int64_t all_tenths = ticks * 10 / ticks_per_second;
  const auto minutes = all_tenths / 600;
  const auto seconds = all_tenths / 10 % 60;
  return tenths ? fmt::format("{}:{:02}.{}", minutes, seconds, all_tenths % 10)
                : fmt::format("{}:{:02}", minutes, seconds);
}

/// The distance between two labels that leaves them room.
std::int64_t label_seconds(std::int64_t seconds) {
  constexpr std::array<std::int64_t, 12> steps{1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200};
  for (const auto step : steps)
    if (seconds / step < label_count_max) return step;
  return seconds / label_count_max + 1;
}

void draw_seconds(Canvas& canvas, const TimelineView& view, const Scale& scale, Rect track) {
  const std::int64_t rate = view.ticks_per_second;
  const std::int64_t step = label_seconds((scale.last() - scale.first()) / rate) * rate;
  const std::int64_t first = std::max<std::int64_t>(0, scale.first());
  for (auto tick = (first + step - 1) / step * step; tick <= view.now_tick; tick += step) {
    const int x = scale.x(tick);
    canvas.fill({x, track.y + track.height + 3, 1, 4}, palette::edge);
    const auto label = clock(tick, view.ticks_per_second, false);
    const int half = canvas.text_width(small_text, label) / 2;
    canvas.text(std::clamp(x, track.x + half, track.x + track.width - half), track.y + track.height + 8,
                small_text, label, palette::muted, Align::centre);
  }
}

void draw_track(Canvas& canvas, const TimelineView& view, const Scale& scale, Rect track) {
  const int start = scale.x(std::max<std::int64_t>(0, scale.first()));
  const int now = scale.x(view.now_tick);
  canvas.fill(track, palette::edge.with_alpha(120), track_height / 2);
  canvas.fill({start, track.y, now - start, track.height}, palette::accent.with_alpha(70), track_height / 2);
  if (view.viewed_tick && *view.viewed_tick < view.now_tick) {
    const int viewed = scale.x(*view.viewed_tick);
    canvas.fill({viewed, track.y, now - viewed, track.height}, palette::panel.with_alpha(150));
  }
  draw_seconds(canvas, view, scale, track);
}

void draw_mark(Canvas& canvas, const TimelineMark& mark, const Scale& scale, Rect track) {
  if (!scale.shows(mark.tick)) return;
  const int x = scale.x(mark.tick);
  switch (mark.kind) {
    case TimelineMark::Kind::event:
      canvas.fill({x - 1, track.y - 1, 3, track.height + 2}, mark.colour, 1);
      break;
    case TimelineMark::Kind::late:
      canvas.fill({x - 1, track.y - 1, 3, track.height + 2}, palette::warning, 1);
      canvas.disc(x, track.y - 5, 3, palette::warning);
      break;
    case TimelineMark::Kind::rollback: {
      const int back =
          scale.x(std::max(mark.tick - std::max<std::int64_t>(mark.ticks_back, 0), scale.first()));
      canvas.fill({back, track.y + track.height + 1, std::max(2, x - back), 2}, palette::danger);
      break;
    }
  }
}

void draw_heads(Canvas& canvas, const TimelineView& view, const Scale& scale, Rect track) {
  const int now = scale.x(view.now_tick);
  const bool travelling = view.viewed_tick.has_value();
  const auto colour = travelling ? palette::muted : palette::ink;
  canvas.fill({now - 1, track.y - 4, 2, track.height + 8}, colour);
  if (!travelling) return;
  const int viewed = scale.x(*view.viewed_tick);
  canvas.fill({viewed - 1, track.y - 4, 2, track.height + 8}, palette::ink);
  canvas.disc(viewed, track.y + track.height / 2, 6, palette::ink);
  canvas.disc(viewed, track.y + track.height / 2, 3, palette::accent);
}

void draw_statistics(Canvas& canvas, const TimelineView& view, int y) {
  const int end = canvas.width() - margin;
  const auto when = clock(view.viewed_tick.value_or(view.now_tick), view.ticks_per_second, true);
  const int end_of_numbers = end - canvas.text_width(stats_text, "0:00:00.0") - margin;
  canvas.text(end, y, stats_text, when, view.viewed_tick ? palette::accent : palette::ink, Align::right);

  canvas.disc(margin + 4, y + canvas.text_height(stats_text) / 2, 4, view.self);
  struct Number {
    std::string_view label;
    std::string value;
    Colour colour;
    int width;  // fixed, so that nothing jumps while numbers grow
  };
  const auto rate = static_cast<double>(view.ticks_per_second);
  const std::array<Number, 6> numbers{{
      {view.watching ? "watching, peers" : "peers", fmt::format("{}", view.peers), palette::ink,
       view.watching ? 144 : 72},
      {"tick", fmt::format("{}", view.viewed_tick.value_or(view.now_tick)), palette::ink, 88},
      {"events", fmt::format("{}", view.events), palette::ink, 88},
      {"late", fmt::format("{}", view.late_events), view.late_events ? palette::warning : palette::ink, 68},
      {"rollbacks", fmt::format("{}", view.rollbacks), view.rollbacks ? palette::danger : palette::ink, 98},
      {"deadline", fmt::format("{:.2f} s", static_cast<double>(view.deadline_ticks) / rate), palette::ink,
       100},
  }};
  int x = margin + 16;
  for (const auto& number : numbers) {
    if (x + number.width > end_of_numbers) break;  // a narrow canvas shows fewer
    canvas.text(x, y, stats_text, number.label, palette::muted);
    canvas.text(x + canvas.text_width(stats_text, number.label) + 5, y, stats_text, number.value,
                number.colour);
    x += number.width;
  }
}

void draw_replay(Canvas& canvas, const ReplayProgress& replay) {
  const auto whole = static_cast<double>(std::max<std::int64_t>(1, replay.to - replay.from));
  const double done = std::clamp(static_cast<double>(replay.at - replay.from) / whole, 0.0, 1.0);
  canvas.fill({0, 0, canvas.width(), 3}, palette::edge);
  canvas.fill({0, 0, static_cast<int>(done * canvas.width()), 3}, palette::warning);
}

/// A rounded plate with text in its middle.
void draw_plate(Canvas& canvas, Rect plate, int size, std::string_view text, Colour rim, std::uint8_t alpha) {
  const auto faded = [alpha](Colour colour) { return colour.with_alpha(alpha); };
  canvas.fill(plate, palette::panel.with_alpha(static_cast<std::uint8_t>(alpha * 245 / 255)), 7);
  canvas.outline(plate, faded(rim), 7);
  canvas.text(plate.x + plate.width / 2, plate.y + (plate.height - canvas.text_height(size)) / 2, size, text,
              faded(palette::ink), Align::centre);
}

void draw_pressed(Canvas& canvas, Key key, Duration ago, Colour rim, Rect above) {
  if (ago < Duration{} || ago >= key_shown_for) return;
  const auto left =
      static_cast<double>((key_shown_for - ago).count()) / static_cast<double>(key_shown_for.count());
  const auto name = symbol(key);
  const int width = std::max(38, canvas.text_width(18, name) + 20);
  draw_plate(canvas, {margin, above.y + above.height - 38 - 10, width, 38}, 18, name, rim,
             static_cast<std::uint8_t>(255 * left));
}

int sentence_width(Canvas& canvas, std::string_view text) {
  return canvas.text_width(13, text) + 32;
}

/// A sentence at the rim of the application's area, in a row of its own, counted from below. What is too long
/// for the canvas is cut off.
void draw_sentence(Canvas& canvas, std::string_view text, Colour rim, Rect above, int row) {
  constexpr int height = 32;
  constexpr int gap = 13;
  const int width = std::min(sentence_width(canvas, text), above.width);
  const Rect plate{(above.width - width) / 2, above.y + above.height - (row + 1) * (height + gap), width,
                   height};
  canvas.within(plate,
                [&](Canvas& inside) { draw_plate(inside, {0, 0, width, height}, 13, text, rim, 255); });
}

/// Empty for who stands still in the middle.
std::string movement(const TimelineView& view) {
  const auto times = std::abs(static_cast<double>(view.pace)) / view.ticks_per_second;
  if (view.pace != 0) return fmt::format(", {} {:.0f}×", view.pace < 0 ? "backwards" : "forwards", times);
  if (*view.viewed_tick > view.first_tick) return "";
  return view.first_tick > 0 ? ", the beginning of what is kept" : ", the beginning";
}

void draw_travel(Canvas& canvas, const TimelineView& view, Rect above) {
  const auto behind = static_cast<double>(view.now_tick - *view.viewed_tick) / view.ticks_per_second;
  const auto where = fmt::format("−{:.1f} s{}", behind, movement(view));
  const auto with = [&where](std::string_view keys) { return fmt::format("{}     {}", where, keys); };
  // As many of the keys as there is room for.
  auto text = with("−: backwards   +: forwards   Backspace: stand   Return: back to now");
  if (sentence_width(canvas, text) > above.width) text = with("Return: back to now");
  draw_sentence(canvas, text, palette::accent, above, 0);
}

}  // namespace

Rect area_above_timeline(const Canvas& canvas) {
  return {0, 0, canvas.width(), std::max(0, canvas.height() - timeline_bar_height)};
}

void draw_timeline(Canvas& canvas, const TimelineView& view) {
  require(view.ticks_per_second > 0, "a session has ticks");
  const auto above = area_above_timeline(canvas);
  canvas.within({0, above.height, canvas.width(), timeline_bar_height}, [&view](Canvas& bar) {
    bar.clear(palette::panel);
    bar.fill({0, 0, bar.width(), 1}, palette::edge);
    const Rect track{margin, 14, bar.width() - 2 * margin, track_height};
    const Scale scale(view, track);
    draw_track(bar, view, scale, track);
    for (const auto& mark : view.marks.last(std::min(view.marks.size(), marks_max)))
      draw_mark(bar, mark, scale, track);
    draw_heads(bar, view, scale, track);
    draw_statistics(bar, view, timeline_bar_height - 22);
    if (view.replay) draw_replay(bar, *view.replay);
  });
  if (view.pressed) draw_pressed(canvas, *view.pressed, view.pressed_ago, view.self, above);
  if (view.viewed_tick)
    draw_travel(canvas, view, above);
  else if (view.waiting >= waiting_said_after)
    draw_sentence(canvas, fmt::format("waiting for others: {:.0f} s", in_seconds(view.waiting)),
                  palette::warning, above, 0);
  if (!view.trouble.empty()) draw_sentence(canvas, view.trouble, palette::danger, above, 1);
}

}  // namespace tutti::play
