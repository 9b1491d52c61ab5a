// The self-test of an application (symmetric/selftest.hpp) as a command: of a recording's events, or of
// random ones.
#pragma once

#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "tutti/play/options.hpp"
#include "tutti/play/replay_player.hpp"
#include "tutti/symmetric/playback.hpp"
#include "tutti/symmetric/selftest.hpp"

namespace tutti::play {

/// Says on standard output what it found. Returns the exit status: 1 if the application is not deterministic.
template <typename App>
int self_test(const PlayOptions& options) {
  using Test = symmetric::SelfTest<App>;
  symmetric::Tick last(options.self_test_ticks.value_or(self_test_ticks_default));
  auto test = [&]() -> std::expected<Test, int> {
    if (options.replay.file.empty()) return Test(symmetric::random_events<App>(1, last.value()));
    auto playback = open_playback<App>(options.replay);
    if (!playback) return std::unexpected(playback.error());
    const symmetric::Tick end = options.replay.to.value_or(playback->last());
    last = options.self_test_ticks ? std::min(playback->first() + *options.self_test_ticks, end) : end;
    return Test(playback->machine().timeline(), symmetric::foundation_of(playback->machine()));
  }();
  if (!test) return test.error();
  const auto fault = [&] {
    ProgressLine progress("testing", last);
    return test->run(last, [&](symmetric::Tick at) { progress.show(at); });
  }();
  if (fault) {
    fmt::print("{} is not deterministic: {}\n", App::name, describe(*fault));
    return 1;
  }
  fmt::print("{} is deterministic as far as {} show, up to tick {}\n", App::name,
             options.replay.file.empty() ? "random events" : "the events of the recording", last.value());
  return 0;
}

}  // namespace tutti::play
