// What one process of a live run does: it opens its peer's socket, waits for the common start, plays its part
// of the scenario in real time, and takes the windows of its recorder. The first process also observes what
// all show on the board, and asks for everybody's measures in the end.
//
// What the processes say to each other, in lines, all of this machine:
//
//   process -> run   port 50123                    its socket is open
//   run -> process   begin 123456789 50123 50124   the start by the monotone clock, everybody's ports
//   process -> run   beat                          it still turns; about once a second
//   process -> run   complaint TEXT                a call of the scenario has failed
//   process -> run   result LINE                   the first process: the run as a line, see results.hpp
//   process -> run   failed TEXT                   it cannot go on
#pragma once

#include "tutti/lab/peer_processes.hpp"
#include "tutti/lab/preparation.hpp"

namespace tutti::lab {

/// What all processes of a run have in common.
struct LiveRunTerms {
  const Experiment& experiment;
  const Plan& plan;
  std::uint32_t repetition = 0;
  std::uint64_t seed = 0;
};

/// How often a process says that it still turns.
inline constexpr Duration beat_period = std::chrono::seconds(1);
/// For how long the last answers are waited for, if some are missing.
inline constexpr Duration gathering_max = std::chrono::seconds(60);

/// Plays the part of peer `number` until `line` is hung up. The result is the process' status.
int play_live_part(const LiveRunTerms& terms, Prepared& prepared, Board& board, std::uint32_t number,
                   ProcessLine& line);

}  // namespace tutti::lab
