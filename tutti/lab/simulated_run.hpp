// One repetition of one cell of an experiment, simulated in this process.
#pragma once

#include "tutti/lab/catalogue.hpp"
#include "tutti/lab/results.hpp"

namespace tutti::lab {

struct RunOptions {
  unsigned shards = 1;
  bool wire = false;
  Log log{};
};

/// At fidelity "packet": each has sockets, connections and keys.
inline constexpr std::uint32_t packet_peers_max = 2000;

/// What of an experiment's cell cannot be simulated with these options.
Mistakes check_simulated(const Experiment& experiment, const Plan& plan, const RunOptions& options);

/// Runs it. The mistakes are those of check_cell() and check_simulated().
std::expected<RunResult, Mistakes> run_simulated(const Experiment& experiment, const Cell& cell,
                                                 std::uint32_t repetition, const Catalogue& catalogue,
                                                 const RunOptions& options);

}  // namespace tutti::lab
