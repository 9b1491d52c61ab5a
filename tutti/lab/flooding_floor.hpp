// The share of ticks travelled back that no middleware can avoid: on the experiment's own graph, link delays
// and deadline, with perfect clocks. Monte Carlo, with nothing of the middleware in it: events are drawn,
// each is carried along its quickest way with every link's delay drawn anew, and who gets it after its tick
// goes back by as many ticks as it is late. What comes during one tick costs one journey, the longest.
#pragma once

#include "tutti/lab/catalogue.hpp"

namespace tutti::lab {

/// In per cent of all ticks, at 50 ticks a second. Reads from the plan: topology, network, duration, the
/// option `deadline`, and the rate of the first poisson line of the scenario; nothing if one of them is
/// missing.
std::optional<double> flooding_floor(const Plan& plan, std::uint64_t seed);

}  // namespace tutti::lab
