#include "tutti/base/random.hpp"

#include <cmath>
#include <numbers>

namespace tutti {
namespace {

/// The natural logarithm of a positive normal number. libm's differs in the last bit between processors,
/// which would show in trace hashes; this one is exactly rounded arithmetic throughout: ln(m 2^e) = e ln 2 +
/// 2 artanh((m-1)/(m+1)).
double natural_logarithm(double x) {
  int exponent = 0;
  double mantissa = std::frexp(x, &exponent);  // in [0.5, 1)
  if (mantissa < std::numbers::sqrt2 / 2) {
    mantissa *= 2;
    --exponent;
  }
  const double s = (mantissa - 1) / (mantissa + 1);  // at most 0.172 in magnitude, so 23 powers reach 1e-17
  const double square = s * s;
  double series = 0;
  for (int power = 23; power >= 1; power -= 2) series = series * square + 1.0 / power;
  return exponent * std::numbers::ln2 + 2 * s * series;
}

/// e^x for x from 0 to 64, in the same manner: e^(k ln 2 + r) = 2^k e^r.
double power_of_e(double x) {
  const int exponent = static_cast<int>(std::lround(x / std::numbers::ln2));
  const double rest = x - exponent * std::numbers::ln2;  // at most 0.35 in magnitude, so 14 terms reach 1e-17
  double series = 1;
  for (int term = 14; term >= 1; --term) series = 1 + series * rest / term;
  return std::ldexp(series, exponent);
}

}  // namespace

double Random::normal() {
  for (;;) {
    const double u = 2 * uniform() - 1;
    const double v = 2 * uniform() - 1;
    const double radius = u * u + v * v;
    if (radius > 0 && radius < 1) return u * std::sqrt(-2 * natural_logarithm(radius) / radius);
  }
}

double Random::exponential() {
  return -natural_logarithm(1 - uniform());
}

double Random::pareto(double shape) {
  require(shape >= 1, "a Pareto distribution's shape is at least 1");
  return power_of_e(exponential() / shape);
}

}  // namespace tutti
