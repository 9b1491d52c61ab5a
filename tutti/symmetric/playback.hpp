// From a time machine to a recording, and back: a run that was recorded is run again, looked at, and
// compared.
//
//   auto playback = Playback<App>::of(*read_recording(bytes));
//   playback->run(playback->last(), no_limit);
//   draw(playback->machine().state_at(tick));
//
// A playback is a time machine that knows all events at once, so whatever was late in the session is in time
// here. Verifying compares the states with the fingerprints in the recording. Those whose history is not the
// recording's are of a past that later events changed: they are counted and say nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tutti/base/require.hpp"
#include "tutti/memory/image.hpp"
#include "tutti/symmetric/application.hpp"
#include "tutti/symmetric/image.hpp"
#include "tutti/symmetric/recording.hpp"
#include "tutti/symmetric/time_machine.hpp"

namespace tutti::symmetric {

template <typename App>
[[nodiscard]] RecordedApplication recorded_application() {
  return {std::string(App::name), App::version, ticks_per_second<App>()};
}

/// What a machine that begins where this one does has to begin with; nothing if that is the start of the
/// session. Costs what image_at() costs.
template <typename App>
[[nodiscard]] std::optional<typename TimeMachine<App>::Foundation> foundation_of(
    const TimeMachine<App>& machine) {
  const Tick first = machine.first_tick();
  const std::uint64_t history = machine.timeline().history_of_first(0);
  if (first == Tick(0) && history == 0) return std::nullopt;
  return typename TimeMachine<App>::Foundation{first, history, machine.image_at(first)};
}

/// A foundation, as TimeMachine<App>::Foundation, for a recording: also when a machine takes over another
/// one while it is recorded.
template <typename Foundation>
[[nodiscard]] RecordedFoundation recorded(const Foundation& foundation) {
  return {foundation.tick, foundation.history, bytes_of(foundation.image)};
}

/// Gives everything that the machine knows to `sink`; the result takes what it learns later.
template <typename App>
[[nodiscard]] RecordingWriter begin_recording(const TimeMachine<App>& machine, RecordingWriter::Sink sink) {
  RecordingWriter writer(std::move(sink), recorded_application<App>());
  if (const auto foundation = foundation_of(machine)) writer.add(recorded(*foundation));
  for (const auto& entry : machine.timeline().all()) {
    auto bytes = encode_event<App>(entry.payload);
    if (bytes) writer.add(RecordedEvent{entry.id, *std::move(bytes)});
  }
  return writer;
}

/// What verifying found.
struct Verification {
  std::uint64_t equal = 0;       ///< fingerprints that agree
  std::uint64_t superseded = 0;  ///< of a past that later events changed
  Tick last_equal;               ///< the last tick that agreed, if `equal` is not 0
  /// The first fingerprint that differs, and this run's own of the same tick.
  std::optional<std::pair<Fingerprint, Fingerprint>> recorded_and_found;

  [[nodiscard]] bool passed() const { return equal > 0 && !recorded_and_found; }
};

template <typename App>
class Playback {
  static_assert(check_application<App>());

 public:
  /// Fails with a sentence if the recording is of another application, or of what is none of its events and
  /// states. Runs nothing yet but the start.
  static std::expected<Playback, std::string> of(const Recording& recording,
                                                 const TimeMachineOptions& options = {}) {
    const auto ours = recorded_application<App>();
    if (recording.application != ours)
      return std::unexpected(fmt::format(
          "the recording is of {} version {} with {} ticks a second; this is {} version {} with {}",
          recording.application.name, recording.application.version, recording.application.ticks_per_second,
          ours.name, ours.version, ours.ticks_per_second));
    auto machine = machine_of(recording, options);
    if (!machine) return std::unexpected(machine.error());
    Playback playback(*std::move(machine), recording);
    for (const auto& recorded : recording.events) {
      auto event = decode_event<App>(recorded.event);
      if (!event)
        return std::unexpected(fmt::format("the event due at tick {} of {} is none of this application: {}",
                                           recorded.id.tick.value(), recorded.id.origin.peer.brief(),
                                           describe(event.error())));
      playback.machine_.insert(recorded.id, *std::move(event));
    }
    return playback;
  }

  [[nodiscard]] Tick first() const { return machine_.first_tick(); }
  /// The last tick that something is known of.
  [[nodiscard]] Tick last() const { return last_; }
  [[nodiscard]] const TimeMachine<App>& machine() const { return machine_; }

  /// Goes on to `tick`, if that is ahead, for at most `budget_ticks`; then every state up to there can be
  /// asked of machine(). Returns whether it got there.
  bool run(Tick tick, std::int64_t budget_ticks) {
    machine_.advance(std::max(tick, machine_.tick()), budget_ticks);
    return machine_.tick() >= tick;
  }

  /// Told how far it is.
  using Progress = std::function<void(Tick)>;

  Verification verify() { return verify(last_); }

  /// Compares the fingerprints up to `to`, or the first that differs, and tells `progress` once a while.
  Verification verify(Tick to, const Progress& progress = {}) {
    Verification found;
    for (const auto& recorded : fingerprints_) {
      if (recorded.tick > to) break;
      if (recorded.tick < first() || recorded.history != machine_.timeline().history(recorded.tick)) {
        ++found.superseded;
        continue;
      }
      // A tick further, where the snapshot of it has been taken already.
      while (!run(recorded.tick + 1, ticks_a_slice))
        if (progress) progress(machine_.tick());
      const auto ours = machine_.fingerprint(recorded.tick);
      if (ours.state_hash != recorded.state_hash) {
        found.recorded_and_found.emplace(recorded, ours);
        break;
      }
      ++found.equal;
      found.last_equal = recorded.tick;
    }
    return found;
  }

 private:
  static constexpr std::int64_t ticks_a_slice = 4096;

  Playback(TimeMachine<App> machine, const Recording& recording)
      : machine_(std::move(machine)), fingerprints_(recording.fingerprints), last_(last_tick(recording)) {
    std::ranges::sort(fingerprints_, {}, [](const auto& fingerprint) {
      return std::tuple(fingerprint.tick, fingerprint.history, fingerprint.state_hash);
    });
  }

  static std::expected<TimeMachine<App>, std::string> machine_of(const Recording& recording,
                                                                 const TimeMachineOptions& options) {
    if (!recording.foundation) return TimeMachine<App>(options);
    const auto& [tick, history, content] = *recording.foundation;
    const auto image = image_of(content);
    if (!StateMemory<App>::fits(image))
      return std::unexpected("the state that the recording begins with is none of this application");
    return TimeMachine<App>(typename TimeMachine<App>::Foundation{tick, history, image}, options);
  }

  TimeMachine<App> machine_;
  std::vector<Fingerprint> fingerprints_;  // by tick
  Tick last_;
};

}  // namespace tutti::symmetric
