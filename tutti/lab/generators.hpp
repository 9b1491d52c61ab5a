// Scenarios that nobody wants to write by hand: churn, random events, crowds.
//
//   churn online=40s offline=20s peers=0-20 from=10s until=600s
//   poisson rate=25/min peers=* call='Peer.submit("turn")' call='Peer.submit("pause")'
//   flash peers=100-199 at=60s within=5s
//   ramp peers=0-20 from=0s every=500ms
//
// Each is a pure function of a seed and its parameters that gives the lines of a scenario, sorted by time. So
// what a generator made can be printed, read back, changed by hand and played together with a file. Every
// peer of a churn or a crowd has a random stream of its own: adding a peer changes nothing for the others.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tutti/base/time.hpp"
#include "tutti/lab/mistake.hpp"
#include "tutti/lab/peer_set.hpp"
#include "tutti/lab/scenario.hpp"

namespace tutti::lab {

/// Each peer starts and stops for ever, independent of the others; how long it is online and offline is
/// exponentially distributed. Nobody is started or stopped at the end.
struct Churn {
  PeerSet peers = PeerSet::everybody();
  Duration online{};             ///< on average; above zero
  Duration offline{};            ///< on average; above zero
  bool online_at_first = false;  ///< whether the peers are online at `from` already
  Duration from{};
  std::optional<Duration> until{};  ///< excluded; without it the experiment's end
};

/// Calls at random times, independent of each other, each on one of the peers and one of the calls, all
/// equally likely: a Poisson process.
struct Poisson {
  PeerSet peers = PeerSet::everybody();
  double per_minute = 0;      ///< in the whole network, not of each peer; above zero
  std::vector<Call> calls{};  ///< at least one
  Duration from{};
  std::optional<Duration> until{};  ///< excluded; without it the experiment's end
};

/// A flash crowd: the peers start at random times, all within half of `within` before and after `at`.
struct Flash {
  PeerSet peers = PeerSet::everybody();
  Duration at{};  ///< at least half of `within`
  Duration within{};
};

/// The peers start one after the other, the first at `from`, with `every` between them.
struct Ramp {
  PeerSet peers = PeerSet::everybody();
  Duration from{};
  Duration every{};
};

using Generator = std::variant<Churn, Poisson, Flash, Ramp>;

/// The experiment that a scenario is made for.
struct Extent {
  std::uint32_t peers = 0;
  Duration length{};
};

/// The lines of a generator; `source` is what mistakes in its calls are reported under. Two generators of one
/// experiment should have different seeds. The error is that the experiment lacks some of the peers, or that
/// there would be more than scenario_lines_max calls or one after scenario_time_max.
std::expected<Scenario, std::string> generate(const Generator& generator, std::uint64_t seed,
                                              const Extent& extent, std::string source);

/// Reads the one-line form above. A value with blanks stands between single quotes, and a single quote in a
/// call's text is written \x27. All mistakes, in line 1 of `source`.
std::expected<Generator, Mistakes> parse_generator(std::string_view text, const std::string& source);

}  // namespace tutti::lab
