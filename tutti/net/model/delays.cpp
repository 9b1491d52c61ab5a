#include "tutti/net/model/delays.hpp"

#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

namespace tutti {
namespace {

/// Names the draws that correlated packets share.
constexpr std::uint64_t correlation_draws = 0x6e6f726d;

/// A delay that is one expression.
template <typename Rule>
class Delay final : public NetworkModel {
 public:
  Delay(Duration least, Rule rule) : least_(least), rule_(std::move(rule)) {}
  [[nodiscard]] Arrivals carry(const Passage& passage, Random& draw) const override {
    return Arrivals(rule_(passage, draw));
  }
  [[nodiscard]] Duration delay_min() const override { return least_; }

 private:
  Duration least_;
  Rule rule_;
};

template <typename Rule>
NetworkModelPtr delay_of(Duration least, Rule rule) {
  return std::make_shared<Delay<Rule>>(least, std::move(rule));
}

void require_delay(Duration delay) {
  require(delay >= Duration::zero() && delay <= network_delay_max, "a delay is between 0 and its limit");
}

Duration times(double factor, Duration duration) {
  return from_seconds(factor * in_seconds(duration));
}

struct NormalShape {
  Duration mean;
  Duration deviation;
};

/// The normal distribution that has mean and deviation `wanted` once what is below zero has become zero. In
/// units of its own deviation, with its mean at a, such a distribution has the moments
///   E[x] = a P(a) + p(a)    E[x^2] = (a^2 + 1) P(a) + a p(a)
/// for the normal density p and its integral P; the deviation's share of the mean falls as a grows.
NormalShape before_cut(NormalShape wanted) {
  if (wanted.mean >= normal_cut_off * wanted.deviation) return wanted;
  const auto moments = [](double a) {
    const double density = std::exp(-a * a / 2) / std::sqrt(2 * std::numbers::pi);
    const double integral = std::erfc(-a / std::numbers::sqrt2) / 2;
    return std::pair(a * integral + density, (a * a + 1) * integral + a * density);
  };
  const double share = in_seconds(wanted.deviation) / in_seconds(wanted.mean);
  double low = 0;  // where the share is 1.46
  double high = normal_cut_off;
  for (int step = 0; step < 60; ++step) {
    const double a = (low + high) / 2;
    const auto [mean, square] = moments(a);
    (std::sqrt(square - mean * mean) > share * mean ? low : high) = a;
  }
  // Whole nanoseconds, so that the last bit of this machine's exp and erfc does not show in any delay.
  const Duration deviation = times(1 / moments(low).first, wanted.mean);
  return {times(low, deviation), deviation};
}

/// Standard normal values for the packets of a path, each correlated with the one before.
class CorrelatedNormal {
 public:
  explicit CorrelatedNormal(double correlation) {
    double squares = 0;
    for (double weight = 1; weight >= 0.01; weight *= correlation) {
      weights_.push_back(weight);
      squares += weight * weight;
    }
    for (double& weight : weights_) weight /= std::sqrt(squares);
  }
  [[nodiscard]] double value(const Passage& passage) const {
    double sum = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i)
      sum += weights_[i] * path_draw(passage, correlation_draws, passage.sequence - i).normal();
    return sum;
  }

 private:
  std::vector<double> weights_;  // of this packet's draw, of that before, ...; their squares add up to 1
};

class Sum final : public NetworkModel {
 public:
  Sum(NetworkModelPtr first, NetworkModelPtr second) : first_(std::move(first)), second_(std::move(second)) {
    require(first_ != nullptr && second_ != nullptr, "a sum is of two models");
  }
  [[nodiscard]] Arrivals carry(const Passage& passage, Random& draw) const override {
    Arrivals result;
    for (const Duration first : first_->carry(passage, draw))
      for (const Duration second : second_->carry(passage, draw)) result.add(first + second);
    return result;
  }
  [[nodiscard]] Duration delay_min() const override { return first_->delay_min() + second_->delay_min(); }
  [[nodiscard]] std::optional<Bandwidth> bandwidth(const Passage& passage) const override {
    const auto first = first_->bandwidth(passage);
    const auto second = second_->bandwidth(passage);
    if (!first || !second) return first ? first : second;
    return first->bytes_per_second <= second->bytes_per_second ? first : second;
  }

 private:
  NetworkModelPtr first_;
  NetworkModelPtr second_;
};

}  // namespace

NetworkModelPtr constant_delay(Duration delay) {
  require_delay(delay);
  return delay_of(delay, [=](const Passage&, Random&) { return delay; });
}

NetworkModelPtr uniform_delay(Duration least, Duration greatest) {
  require_delay(least);
  require_delay(greatest);
  require(least <= greatest, "a range begins before its end");
  const auto width = static_cast<std::uint64_t>((greatest - least).count()) + 1;
  return delay_of(least, [=](const Passage&, Random& draw) {
    return least + Duration(static_cast<std::int64_t>(draw.below(width)));
  });
}

NetworkModelPtr normal_delay(Duration mean, Duration deviation, double correlation) {
  require_delay(mean);
  require(deviation >= Duration::zero() && deviation <= mean,
          "a normal delay deviates by less than its mean");
  require(correlation >= 0 && correlation <= correlation_max, "a correlation is between 0 and its limit");
  const NormalShape shape = before_cut({mean, deviation});
  const auto delay = [shape](double value) {
    const double limited = std::clamp(value, -1.0 * normal_cut_off, 1.0 * normal_cut_off);
    return std::max(shape.mean + times(limited, shape.deviation), Duration::zero());
  };
  const Duration least = delay(-normal_cut_off);
  if (correlation == 0)
    return delay_of(least, [=](const Passage&, Random& draw) { return delay(draw.normal()); });
  return delay_of(least, [delay, correlated = CorrelatedNormal(correlation)](
                             const Passage& passage, Random&) { return delay(correlated.value(passage)); });
}

NetworkModelPtr pareto_delay(Duration mean, double shape) {
  require_delay(mean);
  require(shape >= pareto_shape_min && shape <= pareto_shape_max, "a Pareto shape is between its limits");
  // The mean of min(X, c) for a Pareto X from 1 is (shape - c^(1 - shape)) / (shape - 1). In whole
  // nanoseconds, so that the last bit of this machine's pow does not show in any delay.
  const Duration least = times((shape - 1) / (shape - std::pow(pareto_cut_off, 1 - shape)), mean);
  return delay_of(least, [=](const Passage&, Random& draw) {
    return times(std::min(draw.pareto(shape), pareto_cut_off), least);
  });
}

NetworkModelPtr sum_of(NetworkModelPtr first, NetworkModelPtr second) {
  return std::make_shared<Sum>(std::move(first), std::move(second));
}

}  // namespace tutti
