// A play: scenarios in the order in which they happen, while they happen.
//
//   auto play = Play::prepare({file, churn}, vocabulary, peers);   // or all mistakes
//   while (const auto time = play->next()) {
//     simulator.run_until(start + *time);
//     for (const auto& failure : play->run_until(*time, stage)) report(failure.text());
//   }
//
// Calls at equal times keep the order in which they stand in their file, and files the order in which they
// were given; the peers of one line go in ascending order. A call that fails does not end the play.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

#include "tutti/lab/mistake.hpp"
#include "tutti/lab/scenario.hpp"
#include "tutti/lab/stage.hpp"
#include "tutti/lab/vocabulary.hpp"

namespace tutti::lab {

/// One call of one peer. Valid as long as its play.
struct Cue {
  Duration time;
  PeerNumber peer;
  const Call* call = nullptr;
  const Scenario* scenario = nullptr;
  const ScenarioLine* line = nullptr;

  /// What went wrong with it, and where it was written.
  [[nodiscard]] Mistake failure(std::string_view why) const;
};

class Play {
 public:
  /// Checks every call of every scenario first, for an experiment of `peers`.
  static std::expected<Play, Mistakes> prepare(std::vector<Scenario> scenarios, const Vocabulary& vocabulary,
                                               std::uint32_t peers);

  /// When the next call is due; nothing after the last.
  [[nodiscard]] std::optional<Duration> next() const;
  /// The next call, if it is due by `now`; the play goes on behind it. For who makes the calls elsewhere, or
  /// only those of some peers.
  std::optional<Cue> due(Duration now);
  /// Makes all calls that are due by `now`. The result says which have failed: not those that fell at random
  /// to peers that are not running.
  Mistakes run_until(Duration now, Stage& stage);

 private:
  struct Entry {
    Duration time;
    std::uint32_t scenario;
    std::uint32_t line;
    auto operator<=>(const Entry&) const = default;
  };

  Play(std::vector<Scenario> scenarios, std::uint32_t peers);
  [[nodiscard]] const ScenarioLine& line_of(const Entry& entry) const {
    return scenarios_[entry.scenario].lines[entry.line];
  }
  /// Goes on to a line that has peers, if the present one has no more.
  void skip_finished();

  std::vector<Scenario> scenarios_;
  std::uint32_t peers_;
  std::vector<Entry> order_;
  std::size_t place_ = 0;         // in the order
  std::uint32_t peer_index_ = 0;  // of the next peer of that line
};

}  // namespace tutti::lab
