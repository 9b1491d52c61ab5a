// The strip below an application that makes the session visible: where on the timeline everybody is, which
// events happened, which came late and had to be undone, and what the person is looking at when travelling in
// time. Pure drawing of plain values: it knows no session.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "tutti/base/time.hpp"
#include "tutti/play/canvas.hpp"
#include "tutti/play/key.hpp"

namespace tutti::play {

/// Units of the canvas.
inline constexpr int timeline_bar_height = 64;
/// Of the marks given, only the last so many are drawn.
inline constexpr std::size_t marks_max = 512;
/// Others are waited for this long before it is said.
inline constexpr Duration waiting_said_after = std::chrono::milliseconds(500);
/// How long a pressed key stays visible, fading.
inline constexpr Duration key_shown_for = std::chrono::milliseconds(500);

/// Something that happened on the timeline.
struct TimelineMark {
  enum class Kind : std::uint8_t {
    event,     ///< applied in time, at `tick`
    late,      ///< arrived when `tick` was over already
    rollback,  ///< at `tick` the peer went back `ticks_back` ticks
  };
  Kind kind{};
  std::int64_t tick = 0;
  std::int64_t ticks_back = 0;
  Colour colour = palette::accent;  ///< of an event: its origin's
};

/// A replay that takes several frames: from a tick to another, having reached `at`.
struct ReplayProgress {
  std::int64_t from = 0;
  std::int64_t at = 0;
  std::int64_t to = 0;
};

struct TimelineView {
  int ticks_per_second = 50;                  ///< above 0
  std::int64_t now_tick = 0;                  ///< the newest tick that is shown to all
  std::int64_t first_tick = 0;                ///< the earliest one that is kept
  std::int64_t deadline_ticks = 0;            ///< how far ahead events are stamped
  std::optional<std::int64_t> viewed_tick{};  ///< while the person travels: what is shown instead of now
  std::int64_t pace = 0;                      ///< of travelling, in ticks per second; negative backwards
  std::optional<ReplayProgress> replay{};     ///< while a replay is unfinished
  Duration waiting{};                         ///< how long others have been waited for, in lockstep
  std::span<const TimelineMark> marks{};      ///< oldest first
  std::size_t peers = 1;                      ///< this one included
  bool watching = false;                      ///< the person may not do anything
  std::uint64_t events = 0;
  std::uint64_t late_events = 0;
  std::uint64_t rollbacks = 0;
  std::string_view trouble{};     ///< what keeps the session from going on; nothing does if it is empty
  Colour self = palette::accent;  ///< this peer's colour
  std::optional<Key> pressed{};   ///< the last key pressed here, echoed before the session answers
  Duration pressed_ago{};
};

/// What is left of the canvas for the application.
Rect area_above_timeline(const Canvas& canvas);

/// Draws the bar along the lower edge of the canvas; above it, at the rim of the application's area, the
/// pressed key, while travelling how far from now the person is, how it moves and by which keys, otherwise
/// how long others are waited for, and what trouble there is.
void draw_timeline(Canvas& canvas, const TimelineView& view);

}  // namespace tutti::play
