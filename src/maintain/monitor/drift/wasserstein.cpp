// Wasserstein distance (earth mover's), in standard deviations of the reference, so that it has no unit.
//
//   W = integral |F(x) - G(x)| dx / sd(reference)      F, G: exact empirical distribution functions
//
// Where nothing drifted, W / sqrt(1/n + 1/m) is about integral |B(F(x))| dx for a Brownian bridge B (del Barrio, Gine & Matran 1999). Its
// mean and variance follow from the normal moments E|X| and E|X Y|; the p-value is that of the inverse Gaussian distribution with these two
// moments, which is right to a tenth at 0.05 and 0.01 and too large beyond.
// Infinite values have no distance and are left out. A reference that is constant has no unit: any other value is infinitely far.

#include <boost/math/distributions/inverse_gaussian.hpp>

#include "base/format.hpp"
#include "maintain/monitor/drift/drift.hpp"

namespace upkeep::drift {

struct Wasserstein {
  double alpha = 0.01;
  double min_effect = 0.15;
  std::int64_t min_rows = 50;
};

}  // namespace upkeep::drift

template <>
inline const upkeep::Settings upkeep::settings<upkeep::drift::Wasserstein> = upkeep::describe<upkeep::drift::Wasserstein>(
    "wasserstein", "area between the distribution functions, in standard deviations of the reference",
    upkeep::field("alpha", &upkeep::drift::Wasserstein::alpha, "chance of a false alarm", upkeep::range(0, 1, upkeep::Ends::kOpen)),
    upkeep::field("min_effect", &upkeep::drift::Wasserstein::min_effect, "smallest distance that counts, in standard deviations",
                  upkeep::range(0, 1e6)),
    upkeep::field("min_rows", &upkeep::drift::Wasserstein::min_rows, "values needed on each side to judge", upkeep::range(1, 1e9)));

namespace upkeep::drift {

namespace {

constexpr std::size_t kSteps = 128;  // of the pooled distribution function, for the moments

double deviation(std::span<const double> values) {
  const double mean = std::reduce(values.begin(), values.end()) / static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size()));
}

double area_between(std::span<const double> a, std::span<const double> b) {
  double area = 0;
  double last = std::min(a.front(), b.front());
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    const double x = i == a.size() ? b[j] : j == b.size() ? a[i] : std::min(a[i], b[j]);
    const double gap = static_cast<double>(i) / static_cast<double>(a.size()) - static_cast<double>(j) / static_cast<double>(b.size());
    area += std::abs(gap) * (x - last);
    last = x;
    while (i < a.size() && a[i] == x) ++i;
    while (j < b.size() && b[j] == x) ++j;
  }
  return area;
}

struct Moments {
  double mean = 0;
  double variance = 0;
};

// Of integral |B(F(x))| dx over `sorted` values, each of which is a step of F.
Moments bridge_moments(const std::vector<double>& sorted) {
  std::vector<double> level;  // F over the step
  std::vector<double> width;
  const std::size_t steps = std::min(kSteps, sorted.size() - 1);
  for (std::size_t s = 0; s < steps; ++s) {
    const std::size_t from = (sorted.size() - 1) * s / steps;
    const std::size_t to = (sorted.size() - 1) * (s + 1) / steps;
    level.push_back(static_cast<double>(from + to + 1) / 2 / static_cast<double>(sorted.size()));
    width.push_back(sorted[to] - sorted[from]);
  }
  Moments moments;
  for (std::size_t s = 0; s < steps; ++s) {
    const double sd = std::sqrt(level[s] * (1 - level[s]));
    moments.mean += std::sqrt(2 / std::numbers::pi) * sd * width[s];
    for (std::size_t t = 0; t < steps; ++t) {  // E|X Y| = 2/pi (sqrt(sx^2 sy^2 - c^2) + c asin(c / (sx sy)))
      const double product = sd * std::sqrt(level[t] * (1 - level[t]));
      const double covariance = std::min(level[s], level[t]) - level[s] * level[t];
      const double root = std::sqrt(std::max(0.0, product * product - covariance * covariance));
      const double both = root + covariance * std::asin(std::clamp(covariance / product, -1.0, 1.0));
      moments.variance += 2 / std::numbers::pi * (both - product) * width[s] * width[t];
    }
  }
  return moments;
}

}  // namespace

static Comparison wasserstein(const Sample& reference, const Sample& current, const Json& values) {
  const Wasserstein options = parse<Wasserstein>(values);
  const std::span<const double> before = reference.finite();
  const std::span<const double> after = current.finite();
  if (auto none = too_small(std::ssize(before), std::ssize(after), options.min_rows)) return *none;

  const double area = area_between(before, after);
  const double unit = deviation(before);
  std::vector<double> pooled;
  std::ranges::merge(before, after, std::back_inserter(pooled));
  const Moments moments = bridge_moments(pooled);
  const double scale = std::sqrt(1.0 / static_cast<double>(before.size()) + 1.0 / static_cast<double>(after.size()));
  Comparison result{.min_effect = options.min_effect, .alpha = options.alpha};
  result.score = area == 0 ? 0.0 : unit > 0 ? area / unit : std::numeric_limits<double>::infinity();
  if (moments.variance > 0) {
    const boost::math::inverse_gaussian chance(moments.mean, moments.mean * moments.mean * moments.mean / moments.variance);
    result.p_value = area > 0 ? boost::math::cdf(boost::math::complement(chance, area / scale)) : 1.0;
    const double critical = boost::math::quantile(boost::math::complement(chance, options.alpha)) * scale;
    result.threshold = std::max(options.min_effect, unit > 0 ? critical / unit : 0.0);
  } else {
    result.p_value = 1.0;  // all values are the same
    result.threshold = options.min_effect;
  }
  result.verdict = *result.p_value <= options.alpha && result.score >= options.min_effect ? Verdict::kDrifted : Verdict::kStable;
  result.note = upkeep::format("Wasserstein distance in standard deviations of the reference ({:.4g}); {} reference and {} current values",
                               unit, before.size(), after.size());
  return result;
}

void add_wasserstein(DriftCatalog& catalog) {
  catalog.add({.name = "wasserstein",
               .aliases = {"earth_mover", "emd"},
               .help = settings<Wasserstein>.help(),
               .settings = settings<Wasserstein>,
               .compare = wasserstein,
               .compare_categories = {},
               .reads_rows = true});
}

}  // namespace upkeep::drift
