// One repetition of one cell of an experiment, simulated in this process.
#pragma once

#include <vector>

#include "tutti/lab/catalogue.hpp"
#include "tutti/lab/results.hpp"

namespace tutti::lab {

struct RunOptions {
  unsigned shards = 1;
  bool wire = false;
  Log log{};
};

struct RunOutcome {
  RunResult result;
  Topology network;
  std::vector<Change> changes;
};

/// Everything that can be wrong with a cell before it runs: its stack and options, the network, the scenario.
Mistakes check_cell(const Experiment& experiment, const Plan& plan, const Catalogue& catalogue,
                    std::uint64_t seed);

/// Runs it. The mistakes are those of check_cell().
std::expected<RunOutcome, Mistakes> run_simulated(const Experiment& experiment, const Cell& cell,
                                                  std::uint32_t repetition, const Catalogue& catalogue,
                                                  const RunOptions& options);

/// The value of a name in an expression over measures: NAME is a counter's count, a gauge's average over the
/// windows, or a distribution's sum, and
/// NAME.average, .min, .max, .median, .p90, .p99, .count and .sum are those of a gauge or a distribution.
std::optional<double> value_of(const measure::Measures& measures, std::string_view name);

}  // namespace tutti::lab
