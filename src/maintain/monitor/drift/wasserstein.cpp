// Wasserstein distance (earth mover's), in standard deviations of the reference, so that it has no unit.
//
//   W = integral |F(x) - G(x)| dx / sd(reference)      F, G: exact empirical distribution functions
//
// Where nothing drifted, W / sqrt(1/n + 1/m) is about integral |B(F(x))| dx for a Brownian bridge B (del Barrio, Gine & Matran 1999). Its
// mean and variance follow from the normal moments E|X| and E|X Y|; the p-value is that of the inverse Gaussian distribution with these two
// moments, which is right to a tenth at 0.05 and 0.01 and too large beyond.
// Infinite values have no distance and are left out; of numbers that are counted in cells, they count as the outermost. A reference that is
// constant has no unit: any other value is infinitely far.

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

// Values, ascending, with how many there are of each.
struct Counted {
  std::vector<double> values;
  std::vector<double> counts;
  double total = 0;
};

Counted finite_of(const Sample& sample) {
  Counted counted;
  sample.for_each_distinct([&](double value, std::int64_t count) {
    if (!std::isfinite(value)) return true;
    counted.values.push_back(value);
    counted.counts.push_back(static_cast<double>(count));
    counted.total += counted.counts.back();
    return true;
  });
  return counted;
}

double deviation(const Counted& counted) {
  double mean = 0, squares = 0;
  for (std::size_t i = 0; i < counted.values.size(); ++i) mean += counted.values[i] * counted.counts[i] / counted.total;
  for (std::size_t i = 0; i < counted.values.size(); ++i)
    squares += (counted.values[i] - mean) * (counted.values[i] - mean) * counted.counts[i];
  return std::sqrt(squares / counted.total);
}

double area_between(const Counted& a, const Counted& b) {
  double area = 0, below_a = 0, below_b = 0;
  double last = std::min(a.values.front(), b.values.front());
  for (std::size_t i = 0, j = 0; i < a.values.size() || j < b.values.size();) {
    const double x = i == a.values.size() ? b.values[j] : j == b.values.size() ? a.values[i] : std::min(a.values[i], b.values[j]);
    area += std::abs(below_a / a.total - below_b / b.total) * (x - last);
    last = x;
    if (i < a.values.size() && a.values[i] == x) below_a += a.counts[i++];
    if (j < b.values.size() && b.values[j] == x) below_b += b.counts[j++];
  }
  return area;
}

Counted pooled_of(const Counted& a, const Counted& b) {
  Counted pooled{.values = {}, .counts = {}, .total = a.total + b.total};
  for (std::size_t i = 0, j = 0; i < a.values.size() || j < b.values.size();) {
    const bool first = j == b.values.size() || (i < a.values.size() && a.values[i] <= b.values[j]);
    pooled.values.push_back(first ? a.values[i] : b.values[j]);
    pooled.counts.push_back(first ? a.counts[i++] : b.counts[j++]);
  }
  return pooled;
}

struct Moments {
  double mean = 0;
  double variance = 0;
};

// Of integral |B(F(x))| dx over values, each of which is a step of F.
Moments bridge_moments(const Counted& pooled) {
  std::vector<double> level;  // F over the step
  std::vector<double> width;
  const auto size = static_cast<std::size_t>(pooled.total);
  const std::size_t steps = std::min(kSteps, size - 1);
  std::size_t at = 0;
  double up_to = pooled.counts[0];
  const auto value_at = [&](std::size_t rank) {  // ranks ascend
    while (static_cast<double>(rank) >= up_to) up_to += pooled.counts[++at];
    return pooled.values[at];
  };
  double begin = pooled.values.front();
  for (std::size_t s = 0; s < steps; ++s) {
    const std::size_t from = (size - 1) * s / steps, to = (size - 1) * (s + 1) / steps;
    const double end = value_at(to);
    level.push_back(static_cast<double>(from + to + 1) / 2 / pooled.total);
    width.push_back(end - begin);
    begin = end;
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

// Cells do not say how far out the values beyond the reference lie; the means do, and no distance is below theirs.
double distance(const Counted& before, const Counted& after, const Sample& reference, const Sample& current) {
  const double area = area_between(before, after);
  const double apart = std::abs(reference.counted_mean() - current.counted_mean());
  return apart > area ? apart : area;
}

}  // namespace

static Comparison wasserstein(const Sample& reference, const Sample& current, const Json& values) {
  const Wasserstein options = parse<Wasserstein>(values);
  const Counted before = finite_of(reference), after = finite_of(current);
  if (auto none = too_small(static_cast<std::int64_t>(before.total), static_cast<std::int64_t>(after.total), options.min_rows))
    return *none;

  const double area = distance(before, after, reference, current);
  const double unit = deviation(before);
  const Moments moments = bridge_moments(pooled_of(before, after));
  const double scale = std::sqrt(1.0 / before.total + 1.0 / after.total);
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
  result.note =
      upkeep::format("Wasserstein distance in standard deviations of the reference ({:.4g}); {:.0f} reference and {:.0f} current values",
                     unit, before.total, after.total);
  return result;
}

void add_wasserstein(DriftCatalog& catalog) {
  catalog.add({.name = "wasserstein",
               .aliases = {"earth_mover", "emd"},
               .help = settings<Wasserstein>.help(),
               .settings = settings<Wasserstein>,
               .compare = wasserstein,
               .compare_categories = {}});
}

}  // namespace upkeep::drift
