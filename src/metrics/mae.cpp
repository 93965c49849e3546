// Mean absolute error: the mean of |y - t| over a row's elements, then over the rows (Keras: MeanAbsoluteError).

#include "metrics/errors.hpp"
#include "metrics/mean.hpp"

namespace upkeep::metrics {

namespace {

struct AbsoluteError {
  static constexpr auto pair = same_shape;
  static constexpr bool kProportion = false;
  static double finish(double mean) { return mean; }
  bool operator==(const AbsoluteError&) const = default;
  double operator()(std::span<const double> prediction, std::span<const double> target, const Pairs&) const {
    return mean_error(prediction, target, [](double difference) { return std::abs(difference); });
  }
};

}  // namespace

void add_mae(MetricCatalog& catalog) {
  catalog.add(mean_entry<AbsoluteError>({.name = "mae",
                                         .aliases = {"MAE", "mean_absolute_error", "MeanAbsoluteError"},
                                         .help = "mean absolute error, in the target's unit"}));
}

}  // namespace upkeep::metrics
