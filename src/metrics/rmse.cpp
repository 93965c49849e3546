// Root mean squared error: the root is taken once, at the end, not per batch (Keras: RootMeanSquaredError).

#include "metrics/errors.hpp"
#include "metrics/mean.hpp"

namespace upkeep::metrics {

namespace {

struct RootOfSquaredError {
  static constexpr auto pair = same_shape;
  static constexpr bool kProportion = false;
  static double finish(double mean) { return std::sqrt(mean); }
  bool operator==(const RootOfSquaredError&) const = default;
  double operator()(std::span<const double> prediction, std::span<const double> target, const Pairs&) const {
    return mean_squared_error(prediction, target);
  }
};

}  // namespace

void add_rmse(MetricCatalog& catalog) {
  catalog.add(mean_entry<RootOfSquaredError>({.name = "rmse",
                                              .aliases = {"RMSE", "root_mean_squared_error", "RootMeanSquaredError"},
                                              .help = "root of the mean squared error, in the target's unit",
                                              .heeds_masks = false}));
}

}  // namespace upkeep::metrics
