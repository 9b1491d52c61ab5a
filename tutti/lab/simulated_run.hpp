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

/// Runs it. The mistakes are those of check_cell().
std::expected<RunResult, Mistakes> run_simulated(const Experiment& experiment, const Cell& cell,
                                                 std::uint32_t repetition, const Catalogue& catalogue,
                                                 const RunOptions& options);

}  // namespace tutti::lab
