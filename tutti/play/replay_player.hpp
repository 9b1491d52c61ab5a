// A recording instead of a session: played to a person with the keys and the timeline of a live session,
// verified, or printed. No network has a part in it.
//
// The recording is run while it is watched, a few milliseconds a frame, so that a long one is there at once;
// what has been run is where the person can travel.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tutti/live/recording_file.hpp"
#include "tutti/play/options.hpp"
#include "tutti/play/screen.hpp"
#include "tutti/play/timeline_bar.hpp"
#include "tutti/play/traveller.hpp"
#include "tutti/play/view.hpp"
#include "tutti/runtime/real_runtime.hpp"
#include "tutti/symmetric/divergence_text.hpp"
#include "tutti/symmetric/playback.hpp"

namespace tutti::play {

/// "1234 (24.680 s)"
[[nodiscard]] std::string tick_text(symmetric::Tick tick, std::int64_t ticks_per_second);

/// How far something long has come, on a terminal only: one line that is written over.
class ProgressLine {
 public:
  ProgressLine(std::string what, symmetric::Tick last);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  void show(symmetric::Tick at);

 private:
  std::string what_;
  std::int64_t last_;
  bool on_terminal_;
  bool shown_ = false;
};

/// Says on standard output what verifying found. Returns the exit status.
int report_verification(const symmetric::Verification& found, std::int64_t ticks_per_second);

/// One line for each event up to `to`: time, tick, origin, number, and what it says.
template <typename App>
void print_events(const symmetric::Playback<App>& playback, symmetric::Tick to) {
  for (const auto& entry : playback.machine().timeline().all()) {
    if (entry.id.tick > to) return;
    fmt::print("{}\n", symmetric::event_line<App>(entry));
  }
}

template <typename App, View<App> V>
class ReplayPlayer {
 public:
  ReplayPlayer(const PlayOptions& options, symmetric::Playback<App> playback, std::unique_ptr<Screen> screen)
      : options_(options), playback_(std::move(playback)), screen_(std::move(screen)) {}

  /// To the tick that is asked for, or the end, without a person. Returns the exit status.
  int run_headless() {
    const auto to = options_.replay.to.value_or(playback_.last());
    while (!playback_.run(to, ticks_a_slice)) continue;
    travel().step(real_now(), range(), to - playback_.machine().tick());
    const auto shown = travel().shown(real_now(), range());
    fmt::print("at tick {} of {}: state {:016x}\n", tick_text(shown, tick_rate), playback_.last().value(),
               playback_.machine().fingerprint(shown).state_hash);
    return save_image();
  }

  /// Until the window is closed; the exit status.
  int run() {
    if (options_.replay.to) {
      while (!playback_.run(*options_.replay.to, ticks_a_slice)) continue;
      travel().hold(real_now(), range());
    } else {
      playback_.run(std::min(playback_.first() + 1, playback_.last()), ticks_a_slice);
      travel().step(real_now(), range(), -1);
      travel().go(real_now(), range(), playback_.last(), tick_rate);
    }
    const TimePoint end = options_.run_for ? real_now() + *options_.run_for : TimePoint::max();
    bool open = true;
    while (open && real_now() < end) {
      const TimePoint frame_end = real_now() + frame_time;
      run_ahead(frame_end - frame_time / 2);
      draw();
      for (const auto& input : screen_->poll(std::max(frame_end - real_now(), Duration::zero()))) {
        if (std::holds_alternative<Quit>(input)) open = false;
        if (const auto* press = std::get_if<KeyPress>(&input))
          traveller_.press(press->key, playback_.machine(), real_now());
      }
    }
    return save_image();
  }

 private:
  static constexpr Duration frame_time = std::chrono::milliseconds(16);
  static constexpr std::int64_t ticks_a_slice = 64;
  static constexpr int tick_rate = symmetric::ticks_per_second<App>();

  [[nodiscard]] symmetric::Travel& travel() { return traveller_.travel(); }
  [[nodiscard]] symmetric::Travel::Range range() const { return Traveller<App>::range(playback_.machine()); }

  void run_ahead(TimePoint until) {
    while (real_now() < until && !playback_.run(playback_.last(), ticks_a_slice)) continue;
  }

  void draw() {
    traveller_.follow(playback_.machine(), real_now());
    present();
  }

  void present() {
    screen_->canvas().within(area_above_timeline(screen_->canvas()), [&](Canvas& canvas) {
      draw_view<App, V>(canvas, traveller_.state(playback_.machine()), {});
    });
    const auto events = playback_.machine().timeline().all();
    // Some of many, so that they are spread over the whole recording.
    const std::size_t step = events.size() / marks_max + 1;
    std::vector<TimelineMark> marks;
    for (std::size_t i = 0; i < events.size(); i += step)
      marks.push_back({.kind = TimelineMark::Kind::event,
                       .tick = events[i].id.tick.value(),
                       .colour = peer_colour(events[i].id.origin.peer)});
    TimelineView view{.ticks_per_second = tick_rate,
                      .now_tick = playback_.machine().tick().value(),
                      .marks = marks,
                      .events = events.size()};
    traveller_.describe(playback_.machine(), view);
    draw_timeline(screen_->canvas(), view);
    if (const auto presented = screen_->present(); !presented)
      options_.live.log(LogLevel::warning, "the screen could not be shown: {}", presented.error());
  }

  int save_image() {
    if (options_.image.empty()) return 0;
    traveller_.arrive(playback_.machine(), real_now());
    present();
    const auto saved = screen_->canvas().save_png(options_.image);
    if (!saved) options_.live.log(LogLevel::error, "{}", saved.error());
    return saved ? 0 : 1;
  }

  const PlayOptions& options_;
  symmetric::Playback<App> playback_;
  std::unique_ptr<Screen> screen_;
  Traveller<App> traveller_;
};

/// Reads the recording that the options name. The other outcome is the exit status: what is wrong has been
/// said on standard error.
template <typename App>
std::expected<symmetric::Playback<App>, int> open_playback(const ReplayOptions& options) {
  const auto fail = [](const std::string& why, int status) {
    fmt::print(stderr, "{}: {}\n", App::name, why);
    return std::unexpected(status);
  };
  const auto bytes = read_recording_bytes(options.file);
  if (!bytes) return fail(bytes.error(), 2);
  const auto recording = symmetric::read_recording(*bytes);
  if (!recording) return fail(fmt::format("'{}': {}", options.file.string(), recording.error()), 1);
  if (recording->cut_off_at)
    fmt::print(stderr, "{}: '{}' was cut off: of {} bytes, the first {} are whole\n", App::name,
               options.file.string(), bytes->size(), *recording->cut_off_at);
  auto playback = symmetric::Playback<App>::of(*recording);
  if (!playback) return fail(fmt::format("'{}': {}", options.file.string(), playback.error()), 1);
  if (options.to && (*options.to < playback->first() || *options.to > playback->last()))
    return fail(fmt::format("'{}' goes from tick {} to {}, tick {} is none of it", options.file.string(),
                            playback->first().value(), playback->last().value(), options.to->value()),
                2);
  return *std::move(playback);
}

/// Does with a recording what the options say. Returns the exit status: 0; 1 for one that is damaged or was
/// not confirmed; 2 for what cannot be.
template <typename App, View<App> V>
int replay(const PlayOptions& options) {
  auto playback = open_playback<App>(options.replay);
  if (!playback) return playback.error();
  const auto to = options.replay.to.value_or(playback->last());
  if (options.replay.print) print_events(*playback, to);
  if (options.replay.verify) {
    ProgressLine progress("verifying", to);
    const auto found = playback->verify(to, [&](symmetric::Tick at) { progress.show(at); });
    return report_verification(found, symmetric::ticks_per_second<App>());
  }
  if (options.replay.print) return 0;
  auto screen = Screen::open(options.screen);
  if (!screen) {
    fmt::print(stderr, "{}: {}\n", App::name, screen.error());
    return 1;
  }
  ReplayPlayer<App, V> player(options, *std::move(playback), *std::move(screen));
  return options.screen.headless ? player.run_headless() : player.run();
}

}  // namespace tutti::play
