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

/// Everything that can be wrong with a cell before it runs: its stack and options, the network, the scenario.
Mistakes check_cell(const Experiment& experiment, const Plan& plan, const Catalogue& catalogue,
                    std::uint64_t seed);

/// Runs it. The mistakes are those of check_cell().
std::expected<RunResult, Mistakes> run_simulated(const Experiment& experiment, const Cell& cell,
                                                 std::uint32_t repetition, const Catalogue& catalogue,
                                                 const RunOptions& options);

/// Which peers come and go when, as the scenario has it: for the drawing of the network, without running
/// anything. At most changes_max. Nothing if the cell has mistakes.
inline constexpr std::size_t changes_max = 10'000;
std::vector<Change> changes_of(const Experiment& experiment, const Plan& plan, const Catalogue& catalogue,
                               std::uint64_t seed);

/// The value of a name in an expression over measures: NAME is a counter's count, a gauge's average over the
/// windows, or a distribution's sum, and
/// NAME.average, .min, .max, .median, .p90, .p99, .count and .sum are those of a gauge or a distribution.
std::optional<double> value_of(const measure::Measures& measures, std::string_view name);

}  // namespace tutti::lab
