// Means of a function of the error, over all elements:
//
//   mape      100 * |t - y| / max(|t|, 1e-7)                                  (Keras: MeanAbsolutePercentageError)
//   msle      (log(max(y, 1e-7) + 1) - log(max(t, 1e-7) + 1))^2               (MeanSquaredLogarithmicError)
//   logcosh   log(cosh(y - t)) = |e| + log(1 + exp(-2 |e|)) - log(2)          (LogCoshError)

#include <cmath>
#include <numbers>

#include "metrics/mean.hpp"

namespace upkeep::metrics {

namespace {

template <double (*kError)(double prediction, double target)>
struct MeanOfError {
  static constexpr auto pair = same_shape;
  static constexpr bool kProportion = false;
  static double finish(double mean) { return mean; }
  bool operator==(const MeanOfError&) const = default;
  double operator()(std::span<const double> prediction, std::span<const double> target, const Pairs&) const {
    double sum = 0;
    for (std::size_t i = 0; i < prediction.size(); ++i) sum += kError(prediction[i], target[i]);
    return sum / static_cast<double>(prediction.size());
  }
};

constexpr double kSmallest = 1e-7;

double percentage_error(double prediction, double target) {
  return 100 * std::abs(target - prediction) / std::max(std::abs(target), kSmallest);
}

double squared_logarithmic_error(double prediction, double target) {
  const double difference = std::log1p(std::max(prediction, kSmallest)) - std::log1p(std::max(target, kSmallest));
  return difference * difference;
}

double log_cosh_error(double prediction, double target) {
  const double size = std::abs(prediction - target);
  return size + std::log1p(std::exp(-2 * size)) - std::numbers::ln2;
}

}  // namespace

void add_mape(MetricCatalog& catalog) {
  catalog.add(
      mean_entry<MeanOfError<percentage_error>>({.name = "mape",
                                                 .aliases = {"MAPE", "mean_absolute_percentage_error", "MeanAbsolutePercentageError"},
                                                 .help = "mean absolute error, in percent of the target"}));
  catalog.add(mean_entry<MeanOfError<squared_logarithmic_error>>(
      {.name = "msle",
       .aliases = {"MSLE", "mean_squared_logarithmic_error", "MeanSquaredLogarithmicError"},
       .help = "mean squared error of log(1 + x)"}));
  catalog.add(mean_entry<MeanOfError<log_cosh_error>>(
      {.name = "logcosh", .aliases = {"log_cosh", "LogCoshError"}, .help = "mean logarithm of the hyperbolic cosine of the error"}));
}

}  // namespace upkeep::metrics
