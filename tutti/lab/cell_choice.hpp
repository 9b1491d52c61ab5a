// Some cells of an experiment, named by values of its axes: "latency=50,100,rate=25" are those with a latency
// of 50 or 100 and a rate of 25. They keep their numbers and their seeds, so that they are the same runs as
// in the whole table, and the rest of it can be run later.
#pragma once

#include <expected>
#include <set>
#include <string>
#include <vector>

#include "tutti/lab/experiment.hpp"

namespace tutti::lab {

/// The indices of the cells that fit all of `choices`; empty if there are none, which means all. The error
/// names an axis or a value that the experiment does not have.
std::expected<std::set<std::uint32_t>, std::string> cells_meant(const Experiment& experiment,
                                                                const std::vector<std::string>& choices);

}  // namespace tutti::lab
