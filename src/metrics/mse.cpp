// Mean squared error: the mean of (y - t)^2 over a row's elements, then over the rows (Keras: MeanSquaredError).

#include "metrics/errors.hpp"
#include "metrics/mean.hpp"

namespace upkeep::metrics {

namespace {

struct SquaredError {
  static constexpr auto pair = same_shape;
  static constexpr bool kProportion = false;
  static double finish(double mean) { return mean; }
  bool operator==(const SquaredError&) const = default;
  double operator()(std::span<const double> prediction, std::span<const double> target, const Pairs&) const {
    return mean_squared_error(prediction, target);
  }
};

}  // namespace

void add_mse(MetricCatalog& catalog) {
  catalog.add(mean_entry<SquaredError>(
      {.name = "mse", .aliases = {"MSE", "mean_squared_error", "MeanSquaredError"}, .help = "mean squared error"}));
}

}  // namespace upkeep::metrics
