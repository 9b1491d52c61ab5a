// Networks between whose nodes delays differ, as they were measured: coordinates, a matrix of delays, a
// matrix of losses. files/ reads them. A Placement says which row a node stands for.
//
// All delays here are one-way. Round trips are what people measure; whoever reads them takes half.
//
// Two nodes on one row are as far apart as that row is from the one nearest to it, since nothing was measured
// between a place and itself, and two machines are never at no distance.
#pragma once

#include <string>
#include <vector>

#include "tutti/net/model/network_model.hpp"
#include "tutti/net/model/placement.hpp"

namespace tutti {

/// Limit of the rows of a measured network: 2500 are in the largest that is public.
constexpr std::size_t measured_rows_max = 4096;

/// A place in a Euclidean plane, and the height of its access link above it (Dabek et al., "Vivaldi: a
/// decentralized network coordinate system", SIGCOMM 2004). In milliseconds; each at most coordinate_ms_max
/// in magnitude, a height not negative.
struct NetworkCoordinate {
  double x_ms = 0;
  double y_ms = 0;
  double height_ms = 0;
};
constexpr double coordinate_ms_max = 600'000;

/// The distance of the places plus both heights, one way.
Duration coordinate_distance(const NetworkCoordinate& one, const NetworkCoordinate& other);
/// Every packet between two nodes takes their distance.
NetworkModelPtr coordinate_delay(std::vector<NetworkCoordinate> coordinates, Placement placement);

/// How much the delay between two nodes varies.
struct DelaySpread {
  Duration least;
  Duration greatest;
  Duration deviation;

  bool operator==(const DelaySpread&) const = default;
};

/// One-way delays from each row (first index) to each other; what stands between a row and itself is not
/// used.
struct DelayMatrix {
  std::size_t rows = 0;
  std::vector<Duration> mean;       ///< rows * rows of them, row by row
  std::vector<DelaySpread> spread;  ///< as many, or none: then every packet takes the mean
  std::vector<std::string> names;   ///< of the rows, or none

  [[nodiscard]] Duration at(std::size_t source, std::size_t target) const {
    return mean[source * rows + target];
  }
};

/// Delays as `matrix` says. Where it has spreads, delays lie between the least and the greatest and have mean
/// and deviation as measured (as far as those are possible between the extremes). Most packets take exactly
/// the mean, since most deviations come from few outliers: of deviation d and mean m between the extremes a
/// and b, a share of 3 d^2 / ((m - a) (b - m)) is spread over the whole range, below and above the mean
/// evenly each; where that is more than all, the rest takes one of the extremes.
NetworkModelPtr matrix_delay(DelayMatrix matrix, Placement placement);

/// Probabilities of loss, 0 to 1, from each row to each other.
struct LossMatrix {
  std::size_t rows = 0;
  std::vector<double> probability;  ///< rows * rows of them, row by row
};
/// Two nodes on one row lose what stands between the row and itself.
NetworkModelPtr with_loss_matrix(LossMatrix matrix, Placement placement, NetworkModelPtr inner);

}  // namespace tutti
