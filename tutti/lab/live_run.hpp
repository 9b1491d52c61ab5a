// One repetition of one cell of an experiment, live: a process for each peer on this machine's loopback, real
// sockets that are impaired as the experiment's network model says, and the same scenario in real time. The
// network itself gathers what its peers have measured (aggregation.hpp), and the result is what the first
// peer has heard.
#pragma once

#include "tutti/lab/catalogue.hpp"
#include "tutti/lab/results.hpp"

namespace tutti::lab {

/// Each peer is a process, and may have a link with every other.
inline constexpr std::uint32_t live_peers_max = 250;
/// A process that has not been heard of for so long hangs.
inline constexpr Duration live_silence_max = std::chrono::seconds(30);

/// What of an experiment's cell cannot run live, though it can be simulated.
Mistakes check_live(const Experiment& experiment, const Plan& plan);

/// How long a run takes at least, and hardly longer.
Duration live_length(const Plan& plan);

/// Runs it. The mistakes are those of check_cell() and check_live(); a process that dies or hangs ends the
/// run, and the result says which and what it said last. To be called while there is one thread: it forks. No
/// process outlives the call, nor the thread that makes it.
std::expected<RunResult, Mistakes> run_live(const Experiment& experiment, const Cell& cell,
                                            std::uint32_t repetition, const Catalogue& catalogue);

}  // namespace tutti::lab
