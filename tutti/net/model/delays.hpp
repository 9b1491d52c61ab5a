// Delays that are the same between all nodes: one distribution for everybody, or the sum of two models.
//
// Where the plain distribution would reach below zero or beyond a limit, it is cut off there and its
// parameters are shifted beforehand, so that mean and deviation are those that were asked for even so.
#pragma once

#include "tutti/net/model/network_model.hpp"

namespace tutti {

/// Every packet takes `delay`. Here as below delays lie between 0 and network_delay_max.
NetworkModelPtr constant_delay(Duration delay);

/// Uniform between `least` and `greatest`, which is not smaller.
NetworkModelPtr uniform_delay(Duration least, Duration greatest);

/// A normal distribution is cut off this many deviations from its mean, as NetEm's default table is
/// (Hemminger, "Network Emulation with NetEm", 2005).
constexpr int normal_cut_off = 4;
/// Limit of the correlation between a packet's delay and the one before.
constexpr double correlation_max = 0.99;

/// Normal, cut off at zero and at normal_cut_off deviations. `deviation` is at most `mean`: what varies more
/// is not normal but Pareto's.
///
/// `correlation` (0 to correlation_max) is that of a packet's delay with the delay of the packet sent before
/// it on the same path. As in NetEm a delay follows from the one before (an autoregression of first order);
/// here it is computed from the draws of so many packets before that older ones would change less than a
/// hundredth of a deviation, so that any packet can be asked for first. NetEm's own recurrence shrinks the
/// deviation; this one keeps it.
NetworkModelPtr normal_delay(Duration mean, Duration deviation, double correlation = 0);

constexpr double pareto_shape_min = 1.1;
constexpr double pareto_shape_max = 100;
/// A Pareto distribution is cut off at this multiple of its smallest value.
constexpr double pareto_cut_off = 1000;

/// Pareto's own distribution (not NetEm's mixture with the normal one, paretonormal): long delays are rare
/// but not negligible, the less so the smaller `shape` is; measured paths have about 2 to 4. The smallest
/// delay is about (shape - 1) / shape of the mean, the deviation for a shape above 2 about mean / sqrt(shape
/// (shape - 2)), below 2 whatever the cut-off makes it.
NetworkModelPtr pareto_delay(Duration mean, double shape);

/// First one, then the other: delays add up, and what either loses is lost. Two bandwidths make the narrower.
NetworkModelPtr sum_of(NetworkModelPtr first, NetworkModelPtr second);

}  // namespace tutti
