// Correlation of prediction and target along the last axis of each row, then the mean over the rows, as Keras has it (PearsonCorrelation,
// ConcordanceCorrelation):
//
//   pearson_correlation       cov(t, p) / (std(t) * std(p))
//   concordance_correlation   2 * mean((t - mean(p)) * (p - mean(p))) / (var(t) + var(p) + (mean(t) - mean(p))^2 + 1e-7)
//
// mean((t - mean(p)) (p - mean(p))) is the covariance. Where a row does not vary, the first is undefined (NaN).

#include <cmath>

#include "metrics/positions.hpp"

namespace upkeep::metrics {

namespace {

struct CorrelationMoments {
  double prediction_mean = 0, target_mean = 0;
  double prediction_variance = 0, target_variance = 0;
  double covariance = 0;
};

CorrelationMoments correlation_moments(std::span<const double> prediction, std::span<const double> target) {
  const auto count = static_cast<double>(prediction.size());
  CorrelationMoments moments;
  for (std::size_t i = 0; i < prediction.size(); ++i) {
    moments.prediction_mean += prediction[i] / count;
    moments.target_mean += target[i] / count;
  }
  for (std::size_t i = 0; i < prediction.size(); ++i) {
    const double p = prediction[i] - moments.prediction_mean;
    const double t = target[i] - moments.target_mean;
    moments.prediction_variance += p * p / count;
    moments.target_variance += t * t / count;
    moments.covariance += p * t / count;
  }
  return moments;
}

struct Pearson {
  static constexpr auto pair = same_shape;
  static constexpr bool kProportion = false;
  bool operator==(const Pearson&) const = default;
  std::optional<double> operator()(std::span<const double> prediction, std::span<const double> target, const Pairs&) const {
    const CorrelationMoments m = correlation_moments(prediction, target);
    return m.covariance / std::sqrt(m.prediction_variance * m.target_variance);
  }
};

struct Concordance {
  static constexpr auto pair = same_shape;
  static constexpr bool kProportion = false;
  bool operator==(const Concordance&) const = default;
  std::optional<double> operator()(std::span<const double> prediction, std::span<const double> target, const Pairs&) const {
    const CorrelationMoments m = correlation_moments(prediction, target);
    const double apart = m.target_mean - m.prediction_mean;
    return 2 * m.covariance / (m.target_variance + m.prediction_variance + apart * apart + kEpsilon);
  }
};

}  // namespace

void add_pearson_correlation(MetricCatalog& catalog) {
  catalog.add(position_entry<Pearson>({.name = "pearson_correlation",
                                       .aliases = {"PearsonCorrelation"},
                                       .help = "linear correlation of prediction and target in each row",
                                       .higher_is_better = true}));
  catalog.add(position_entry<Concordance>({.name = "concordance_correlation",
                                           .aliases = {"ConcordanceCorrelation"},
                                           .help = "correlation in each row that also wants equal means and scales",
                                           .higher_is_better = true}));
}

}  // namespace upkeep::metrics
