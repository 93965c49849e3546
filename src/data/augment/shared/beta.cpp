#include "data/augment/shared/beta.hpp"

#include <cmath>

namespace upkeep::augment {

namespace {

// Marsaglia & Tsang, "A simple method for generating gamma variables" (2000), for shapes of 1 and more.
double gamma_from_one(double shape, Random& random) {
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  while (true) {
    const double x = random.normal();
    const double v = std::pow(1.0 + c * x, 3);
    if (v <= 0) continue;
    if (std::log(1.0 - random.uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

// Gamma(a) = Gamma(a + 1) U^(1/a); as a logarithm, because the power underflows for small a.
double log_gamma_variable(double shape, Random& random) {
  const double larger = std::log(gamma_from_one(shape + 1.0, random));
  return larger + std::log(1.0 - random.uniform()) / shape;
}

}  // namespace

double symmetric_beta(double alpha, Random& random) {
  const double x = log_gamma_variable(alpha, random);
  const double y = log_gamma_variable(alpha, random);
  return 1.0 / (1.0 + std::exp(y - x));
}

}  // namespace upkeep::augment
