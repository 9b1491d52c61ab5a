// What a peer leaves on its disk when its states and another's differ though their events are the same: for
// whoever looks for the fault of the application.
//
// The files of one folder begin with NAME-PEER-TICK: `.txt` says what is known in words
// (symmetric/divergence_text.hpp), `.replay` is a recording of all that the peer knows, `.state` the bytes of
// its state at the first bad tick, and `-of-OTHER.state` those of the other's, as far as it has shown them.
// `cmp -l` of the two says where they differ. The recording alone may not lead to the same state again, for
// that is the fault.
//
// What is known at once is written at once; the other's part follows when it has come, or is not waited for
// any longer.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "tutti/live/recording_file.hpp"
#include "tutti/symmetric/comparison.hpp"
#include "tutti/symmetric/divergence_text.hpp"
#include "tutti/symmetric/page_exchange.hpp"
#include "tutti/symmetric/playback.hpp"

namespace tutti {

template <typename App>
class DivergenceFiles {
 public:
  /// Writes what is known at once. `state` is that of the first bad tick, if it is known; `self` is the peer
  /// whose machine it is.
  DivergenceFiles(const symmetric::TimeMachine<App>& machine, const symmetric::Divergence& divergence,
                  const std::optional<memory::Image>& state, PeerId self, const std::filesystem::path& folder,
                  Log log)
      : other_(divergence.peer), log_(std::move(log)) {
    const symmetric::Tick tick = divergence.first_bad_tick;
    name_ = (folder / fmt::format("{}-{}-{}", App::name, self.brief(), tick.value())).string();
    auto recording = recording_sink(name_ + ".replay", log_);
    if (!recording) {
      said_ = recording.error();
      return;
    }
    replay_ = name_ + ".replay";
    auto writer = symmetric::begin_recording(machine, *std::move(recording));
    writer.add(divergence.ours);
    said_ = fmt::format("'{}' holds all that this peer knows, for `tutti selftest`", replay_);
    if (state) {
      const auto file = recording_sink(name_ + ".state", log_);
      if (file)
        for (std::size_t page = 0; page < state->pages(); ++page) (*file)(state->page(page));
      said_ += file ? fmt::format(", '{}.state' its state at that tick", name_) : ", " + file.error();
    }
    auto words = recording_sink(name_ + ".txt", log_);
    if (!words) {
      said_ += ", " + words.error();
      return;
    }
    report_ = name_ + ".txt";
    words_ = *std::move(words);
    write(symmetric::divergence_text(divergence, self, machine) + said_ + "\n");
  }

  /// Writes what the other has shown, if it has, and returns it in a sentence. To be called once.
  std::string conclude(const std::optional<symmetric::StateDifference>& difference) {
    concluded_ = true;
    auto text = symmetric::difference_text<App>(difference);
    std::string where = report_.empty() ? "" : fmt::format("; '{}' tells more", report_);
    if (difference && !difference->theirs.empty() && !replay_.empty()) {
      const auto file = fmt::format("{}-of-{}.state", name_, other_.brief());
      const auto state = recording_sink(file, log_);
      if (state) (*state)(difference->their_state());
      const auto said = state ? fmt::format("'{}' is the other's state", file) : state.error();
      text += said + (difference->whole() ? "\n" : ", and this peer's where it is not known\n");
      where += "; " + said;
    }
    write(text);
    return symmetric::difference_line<App>(difference) + where;
  }
  [[nodiscard]] bool concluded() const { return concluded_; }

  /// Empty if it could not be written.
  [[nodiscard]] const std::string& replay() const { return replay_; }
  /// The words; empty if they could not be written.
  [[nodiscard]] const std::string& report() const { return report_; }
  /// A sentence: which files there are at once, or why not.
  [[nodiscard]] const std::string& said() const { return said_; }

 private:
  void write(const std::string& text) {
    if (words_) words_(Bytes(text.begin(), text.end()));
  }

  PeerId other_;
  Log log_;
  std::string name_;
  std::string replay_;
  std::string report_;
  std::string said_;
  symmetric::RecordingWriter::Sink words_;
  bool concluded_ = false;
};

}  // namespace tutti
