// A scenario: what happens to which peers of an experiment, and when. A file of lines
//
//   # set up the churn sequence
//   4 14.3 Peer.start()
//   3 15.1 Peer.stop()
//
//   # inject a failure at 150 s on 10 peers
//   0-9 150.0 Peer.Router.setDropMessages(true)
//
// each with peers, seconds since the experiment's start, and a call: of the peer itself, or of one of its
// peerlets by name. Here a scenario is only read and written; which calls there are is the vocabulary's
// matter (vocabulary.hpp), when they are made the play's (play.hpp).
//
// What generators make (generators.hpp) is a scenario like any other.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "tutti/base/time.hpp"
#include "tutti/lab/mistake.hpp"
#include "tutti/lab/peer_set.hpp"
#include "tutti/peer/command_value.hpp"

namespace tutti::lab {

inline constexpr std::size_t scenario_bytes_max = std::size_t{64} << 20;  ///< of a file
inline constexpr std::size_t scenario_line_bytes_max = 4096;
inline constexpr std::size_t scenario_lines_max = 1'000'000;  ///< of a file, and that a generator makes
inline constexpr std::size_t name_bytes_max = 64;             ///< of a peerlet or a method
inline constexpr Duration scenario_time_max = std::chrono::hours(24 * 365 * 100);

/// `Peer.method(values)` or `Peer.peerlet.method(values)`.
struct Call {
  std::string peerlet;  ///< empty: the peer itself
  std::string method;
  std::vector<CommandValue> values;

  /// Where its parts were written, each in bytes from 1; 1 if nobody wrote it.
  struct Columns {
    std::uint16_t peerlet = 1;
    std::uint16_t method = 1;
    std::vector<std::uint16_t> values;  ///< as many as there are values, or none

    [[nodiscard]] std::uint16_t value(std::size_t index) const {
      return index < values.size() ? values[index] : method;
    }
  };
  Columns columns;

  /// Wherever they were written.
  bool operator==(const Call& other) const {
    return peerlet == other.peerlet && method == other.method && values == other.values;
  }
  /// As parse_call reads it.
  [[nodiscard]] std::string text() const;
};

struct ScenarioLine {
  PeerSet peers;
  Duration time;  ///< since the experiment's start; not negative
  Call call;
  std::uint32_t number = 1;        ///< of the line in its source, from 1
  std::uint16_t peers_column = 1;  ///< where the peers were written
  bool at_random = false;          ///< nobody chose peer and time: who is offline then just does not do it

  bool operator==(const ScenarioLine& other) const {
    return peers == other.peers && time == other.time && call == other.call;
  }
};

struct Scenario {
  std::string source;  ///< the file's name, or the generator's text: for mistakes
  std::vector<ScenarioLine> lines{};

  /// Whatever the sources.
  bool operator==(const Scenario& other) const { return lines == other.lines; }
};

/// Reads a file's text; `source` is its name. All mistakes, one a line, up to mistakes_max.
std::expected<Scenario, Mistakes> parse_scenario(std::string_view text, std::string source);

/// A scenario in the syntax that parse_scenario reads, one line each; comments are lost.
std::string print(const Scenario& scenario);

/// Reads the call that begins at `begin` and ends with `text`, but for blanks and a comment. `text` is at
/// most scenario_line_bytes_max long.
std::expected<Call, Fault> parse_call(std::string_view text, std::size_t begin);

}  // namespace tutti::lab
