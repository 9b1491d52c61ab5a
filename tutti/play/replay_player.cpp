#include "tutti/play/replay_player.hpp"

#include <unistd.h>

namespace tutti::play {

std::string tick_text(symmetric::Tick tick, std::int64_t ticks_per_second) {
  return fmt::format("{} ({:.3f} s)", tick.value(),
                     static_cast<double>(tick.value()) / static_cast<double>(ticks_per_second));
}

ProgressLine::ProgressLine(std::string what, symmetric::Tick last)
    : what_(std::move(what)),
      last_(std::max<std::int64_t>(last.value(), 1)),
      on_terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
}

void ProgressLine::show(symmetric::Tick at) {
  if (!on_terminal_) return;
  shown_ = true;
  fmt::print(stderr, "\r\x1b[K{}: tick {} of {}, {:.0f} %", what_, at.value(), last_,
             100.0 * static_cast<double>(at.value()) / static_cast<double>(last_));
  std::fflush(stderr);
}

int report_verification(const symmetric::Verification& found, std::int64_t ticks_per_second) {
  if (found.recorded_and_found) {
    const auto& [recorded, ours] = *found.recorded_and_found;
    fmt::print("differs: first at tick {}, recorded state {:016x}, state of this run {:016x}; {}\n",
               tick_text(recorded.tick, ticks_per_second), recorded.state_hash, ours.state_hash,
               found.equal > 0 ? fmt::format("{} states before agree, the last at tick {}", found.equal,
                                             tick_text(found.last_equal, ticks_per_second))
                               : "no state before was compared");
    return 1;
  }
  const std::string superseded =
      found.superseded > 0
          ? fmt::format("; {} were recorded before a late event changed their past", found.superseded)
          : "";
  if (found.equal == 0) {
    fmt::print("not verified: there is no state to compare{}\n", superseded);
    return 1;
  }
  fmt::print("verified: {} states agree, the last at tick {}{}\n", found.equal,
             tick_text(found.last_equal, ticks_per_second), superseded);
  return 0;
}

}  // namespace tutti::play
