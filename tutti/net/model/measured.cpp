#include "tutti/net/model/measured.hpp"

#include <cmath>
#include <utility>

namespace tutti {
namespace {

class Coordinates final : public NetworkModel {
 public:
  Coordinates(std::vector<NetworkCoordinate> coordinates, Placement placement)
      : coordinates_(std::move(coordinates)),
        placement_(std::move(placement)),
        nearest_(coordinates_.size(), network_delay_max) {
    require(coordinates_.size() == placement_.rows(), "nodes are placed on as many rows as there are");
    for (const auto& place : coordinates_)
      require(std::abs(place.x_ms) <= coordinate_ms_max && std::abs(place.y_ms) <= coordinate_ms_max &&
                  place.height_ms >= 0 && place.height_ms <= coordinate_ms_max,
              "a coordinate is within its limits");
    if (nearest_.size() == 1) nearest_[0] = 2 * coordinate_distance({}, {0, 0, coordinates_[0].height_ms});
    for (std::size_t i = 0; i < coordinates_.size(); ++i)
      for (std::size_t j = 0; j < i; ++j) {
        const Duration distance = coordinate_distance(coordinates_[i], coordinates_[j]);
        nearest_[i] = std::min(nearest_[i], distance);
        nearest_[j] = std::min(nearest_[j], distance);
      }
  }
  [[nodiscard]] Arrivals carry(const Passage& passage, Random&) const override {
    const std::size_t source = placement_.row_of(passage.source);
    const std::size_t target = placement_.row_of(passage.target);
    return Arrivals(source == target ? nearest_[source]
                                     : coordinate_distance(coordinates_[source], coordinates_[target]));
  }
  [[nodiscard]] Duration delay_min() const override {
    return *std::min_element(nearest_.begin(), nearest_.end());
  }

 private:
  std::vector<NetworkCoordinate> coordinates_;
  Placement placement_;
  std::vector<Duration> nearest_;  // of each row: the distance to the one nearest to it
};

/// Between `spread.least` and `spread.greatest`, with this mean and deviation: see matrix_delay.
Duration spread_delay(Duration mean, const DelaySpread& spread, Random& draw) {
  const double below = in_seconds(mean - spread.least);
  const double above = in_seconds(spread.greatest - mean);
  if (below <= 0 || above <= 0) return mean;
  const double deviation = in_seconds(spread.deviation);
  const double share = deviation * deviation / (below * above);  // of the greatest variance that is possible
  const double choice = draw.uniform();
  if (choice >= 3 * share) return mean;
  const bool goes_below = draw.chance(above / (below + above));  // so that the mean stays
  const double distance = choice < (3 * share - 1) / 2 ? 1 : draw.uniform();
  return std::clamp(mean + from_seconds(goes_below ? -distance * below : distance * above), spread.least,
                    spread.greatest);
}

class Matrix final : public NetworkModel {
 public:
  Matrix(DelayMatrix matrix, Placement placement)
      : matrix_(std::move(matrix)), placement_(std::move(placement)) {
    const std::size_t rows = matrix_.rows;
    require(rows == placement_.rows(), "nodes are placed on as many rows as there are");
    require(matrix_.mean.size() == rows * rows, "a matrix is square");
    require(matrix_.spread.empty() || matrix_.spread.size() == rows * rows,
            "all delays have a spread, or none");
    for (std::size_t row = 0; row < rows; ++row) fill_diagonal(row);
    least_ = network_delay_max;
    for (std::size_t i = 0; i < matrix_.mean.size(); ++i) {
      const Duration mean = matrix_.mean[i];
      require(mean >= Duration::zero() && mean <= network_delay_max, "a delay is between 0 and its limit");
      least_ = std::min(least_, mean);
      if (matrix_.spread.empty()) continue;
      const auto& spread = matrix_.spread[i];
      require(spread.least >= Duration::zero() && spread.least <= mean && mean <= spread.greatest &&
                  spread.greatest <= network_delay_max && spread.deviation >= Duration::zero(),
              "a delay lies between its extremes");
      least_ = std::min(least_, spread.least);
    }
  }
  [[nodiscard]] Arrivals carry(const Passage& passage, Random& draw) const override {
    const std::size_t place =
        placement_.row_of(passage.source) * matrix_.rows + placement_.row_of(passage.target);
    if (matrix_.spread.empty()) return Arrivals(matrix_.mean[place]);
    return Arrivals(spread_delay(matrix_.mean[place], matrix_.spread[place], draw));
  }
  [[nodiscard]] Duration delay_min() const override { return least_; }

 private:
  /// Puts the nearest other row's delay where nothing was measured.
  void fill_diagonal(std::size_t row) {
    std::size_t nearest = row;
    for (std::size_t other = 0; other < matrix_.rows; ++other)
      if (other != row && (nearest == row || matrix_.at(row, other) < matrix_.at(row, nearest)))
        nearest = other;
    const std::size_t begin = row * matrix_.rows;
    matrix_.mean[begin + row] = matrix_.mean[begin + nearest];
    if (!matrix_.spread.empty()) matrix_.spread[begin + row] = matrix_.spread[begin + nearest];
  }

  DelayMatrix matrix_;
  Placement placement_;
  Duration least_{};
};

class MatrixLoss final : public Effect {
 public:
  MatrixLoss(LossMatrix matrix, Placement placement, NetworkModelPtr inner)
      : Effect(std::move(inner)), matrix_(std::move(matrix)), placement_(std::move(placement)) {
    require(matrix_.rows == placement_.rows(), "nodes are placed on as many rows as there are");
    require(matrix_.probability.size() == matrix_.rows * matrix_.rows, "a matrix is square");
    for (const double probability : matrix_.probability)
      require(probability >= 0 && probability <= 1, "a probability is between 0 and 1");
  }
  [[nodiscard]] Arrivals carry(const Passage& passage, Random& draw) const override {
    const std::size_t source = placement_.row_of(passage.source);
    const std::size_t target = placement_.row_of(passage.target);
    if (draw.chance(matrix_.probability[source * matrix_.rows + target])) return {};
    return inner().carry(passage, draw);
  }

 private:
  LossMatrix matrix_;
  Placement placement_;
};

}  // namespace

Duration coordinate_distance(const NetworkCoordinate& one, const NetworkCoordinate& other) {
  const double x = one.x_ms - other.x_ms;
  const double y = one.y_ms - other.y_ms;
  // Not std::hypot, whose last bit differs between machines.
  return from_seconds((std::sqrt(x * x + y * y) + one.height_ms + other.height_ms) / 1000);
}

NetworkModelPtr coordinate_delay(std::vector<NetworkCoordinate> coordinates, Placement placement) {
  return std::make_shared<Coordinates>(std::move(coordinates), std::move(placement));
}

NetworkModelPtr matrix_delay(DelayMatrix matrix, Placement placement) {
  return std::make_shared<Matrix>(std::move(matrix), std::move(placement));
}

NetworkModelPtr with_loss_matrix(LossMatrix matrix, Placement placement, NetworkModelPtr inner) {
  return std::make_shared<MatrixLoss>(std::move(matrix), std::move(placement), std::move(inner));
}

}  // namespace tutti
