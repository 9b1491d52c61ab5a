// What a run of a cell needs besides its plan, simulated or live: the stack, and the scenario ready to be
// played. All that can be wrong with a cell is found here.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "tutti/lab/catalogue.hpp"
#include "tutti/lab/play.hpp"
#include "tutti/lab/results.hpp"

namespace tutti::lab {

struct Prepared {
  std::unique_ptr<Stack> stack;
  Play play;
};

/// All mistakes in a cell: its stack and options, the network, the scenario. What is drawn follows from
/// `seed` alone.
std::expected<Prepared, Mistakes> prepare(const Experiment& experiment, const Plan& plan,
                                          const Catalogue& catalogue, std::uint64_t seed);
Mistakes check_cell(const Experiment& experiment, const Plan& plan, const Catalogue& catalogue,
                    std::uint64_t seed);

/// Which peers come and go when, as the scenario has it: for the drawing of the network, without running
/// anything. At most changes_max. Nothing if the cell has mistakes.
inline constexpr std::size_t changes_max = 10'000;
std::vector<Change> changes_of(const Experiment& experiment, const Plan& plan, const Catalogue& catalogue,
                               std::uint64_t seed);

/// The value of a name in an expression over measures: NAME is a counter's count, a gauge's average over the
/// windows, or a distribution's sum, and
/// NAME.average, .min, .max, .median, .p90, .p99, .count and .sum are those of a gauge or a distribution.
std::optional<double> value_of(const measure::Measures& measures, std::string_view name);

/// What a measure is if these were counted.
std::optional<double> value_of(const MeasureSpec& measure, const measure::Measures& measures);

/// Adds the last window of a peer to its own series, of all measures that have one of it.
void add_peer(TimeSeries& series, const Experiment& experiment, std::uint32_t peer,
              const measure::Measures& measures);

/// The experiment's measures that could be taken, by name.
std::map<std::string, double> values_in(const Experiment& experiment, const measure::Measures& totals);

}  // namespace tutti::lab
