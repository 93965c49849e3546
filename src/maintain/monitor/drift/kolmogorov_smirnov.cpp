// Kolmogorov-Smirnov: the largest gap between two empirical distribution functions.
//
//   D = max_x |F(x) - G(x)|      exact, ties included: both functions step over all equal values before the gap is taken
//   lambda = D sqrt(n m / (n + m))      p ~ 2 sum_{k>=1} (-1)^(k-1) exp(-2 k^2 lambda^2)      (Smirnov 1948)
//
// For small lambda that series hardly converges; there the equal form by Jacobi's theta function is summed:
//   p = 1 - sqrt(2 pi) / lambda * sum_{k>=1} exp(-(2k - 1)^2 pi^2 / (8 lambda^2))
// On tied (integer) data p is too large rather than too small: fewer alarms than alpha, never more.

#include <numbers>

#include "base/format.hpp"
#include "maintain/monitor/drift/drift.hpp"

namespace upkeep::drift {

struct KolmogorovSmirnov {
  double alpha = 0.01;
  double min_effect = 0.1;
  std::int64_t min_rows = 50;
};

}  // namespace upkeep::drift

template <>
inline const upkeep::Settings upkeep::settings<upkeep::drift::KolmogorovSmirnov> = upkeep::describe<upkeep::drift::KolmogorovSmirnov>(
    "kolmogorov-smirnov", "largest gap between the distribution functions, with its p-value",
    upkeep::field("alpha", &upkeep::drift::KolmogorovSmirnov::alpha, "chance of a false alarm", upkeep::range(0, 1, upkeep::Ends::kOpen)),
    upkeep::field("min_effect", &upkeep::drift::KolmogorovSmirnov::min_effect, "smallest gap that counts", upkeep::range(0, 1)),
    upkeep::field("min_rows", &upkeep::drift::KolmogorovSmirnov::min_rows, "values needed on each side to judge", upkeep::range(1, 1e9)));

namespace upkeep::drift {

static double tail(double lambda) {
  if (lambda <= 0) return 1.0;
  double sum = 0;
  if (lambda < 1.0) {
    for (int k = 1; k <= 20; ++k) sum += std::exp(-std::pow((2 * k - 1) * std::numbers::pi / lambda, 2) / 8);
    return std::clamp(1.0 - std::sqrt(2 * std::numbers::pi) / lambda * sum, 0.0, 1.0);
  }
  for (int k = 1; k <= 20; ++k) sum += (k % 2 == 1 ? 2 : -2) * std::exp(-2.0 * k * k * lambda * lambda);
  return std::clamp(sum, 0.0, 1.0);
}

// The lambda whose tail is alpha, by bisection: tail() falls from 1 to 0.
static double critical(double alpha) {
  double low = 0;
  double high = 30;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (tail(middle) > alpha ? low : high) = middle;
  }
  return high;
}

static Comparison kolmogorov_smirnov(const Sample& before, const Sample& after, const Json& values) {
  const KolmogorovSmirnov options = parse<KolmogorovSmirnov>(values);
  if (auto none = too_small(before.size(), after.size(), options.min_rows)) return *none;

  const auto n = static_cast<double>(before.size());
  const auto m = static_cast<double>(after.size());
  const double root = std::sqrt(n * m / (n + m));
  const double chance = critical(options.alpha) / root;

  Comparison result{.score = largest_gap(before, after), .min_effect = options.min_effect, .alpha = options.alpha};
  result.threshold = std::max(chance, options.min_effect);
  result.p_value = tail(result.score * root);
  result.verdict = result.score >= result.threshold ? Verdict::kDrifted : Verdict::kStable;
  result.note = upkeep::format(
      "largest gap D between the distribution functions; {:.0f} reference and {:.0f} current values give {:.3g} by chance once in {:.0f}",
      n, m, chance, 1.0 / options.alpha);
  return result;
}

void add_kolmogorov_smirnov(DriftCatalog& catalog) {
  catalog.add({.name = "kolmogorov-smirnov",
               .aliases = {"kolmogorov_smirnov", "ks"},
               .help = settings<KolmogorovSmirnov>.help(),
               .settings = settings<KolmogorovSmirnov>,
               .compare = kolmogorov_smirnov,
               .compare_categories = {}});
}

}  // namespace upkeep::drift
