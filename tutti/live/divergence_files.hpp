// What a peer leaves on its disk when its states and another's differ though their events are the same: for
// whoever looks for the fault of the application.
//
// Two files in one folder: NAME-PEER-TICK.replay, a recording of all that the peer knows, and
// NAME-PEER-TICK.state, the bytes of its state at the first bad tick. Where the other peer's .state differs,
// `cmp -l` says; the recording alone may not lead to the same state again, for that is the fault.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "tutti/live/recording_file.hpp"
#include "tutti/symmetric/comparison.hpp"
#include "tutti/symmetric/playback.hpp"

namespace tutti {

struct DivergenceFiles {
  std::string replay;  ///< empty if it could not be written
  std::string said;    ///< a sentence: which files there are, or why not
};

/// `self` is the peer whose machine it is.
template <typename App>
DivergenceFiles keep_divergence(const symmetric::TimeMachine<App>& machine,
                                const symmetric::Divergence& divergence, PeerId self,
                                const std::filesystem::path& folder, const Log& log) {
  const symmetric::Tick tick = divergence.first_bad_tick;
  const auto name = (folder / fmt::format("{}-{}-{}", App::name, self.brief(), tick.value())).string();
  auto recording = recording_sink(name + ".replay", log);
  if (!recording) return {"", recording.error()};
  auto writer = symmetric::begin_recording(machine, *std::move(recording));
  writer.add(divergence.ours);
  std::string said = fmt::format("'{}.replay' holds all that this peer knows, for `tutti selftest`", name);
  if (tick >= machine.first_tick() && tick <= machine.tick()) {
    const auto state = recording_sink(name + ".state", log);
    if (!state) return {name + ".replay", state.error()};
    const auto image = machine.image_at(tick);
    for (std::size_t page = 0; page < image.pages(); ++page) (*state)(image.page(page));
    said += fmt::format(", '{}.state' its state at that tick, to be compared with the other's", name);
  }
  return {name + ".replay", said};
}

}  // namespace tutti
