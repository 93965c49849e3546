// Losses of a difference, and their means over the last axis.
//
// mse    (p - t)^2
// mae    |p - t|
// mape   100 * |t - p| / max(|t|, 1e-7)
// msle   (log(max(p, 1e-7) + 1) - log(max(t, 1e-7) + 1))^2

#include "train/losses/formula.hpp"

namespace upkeep::losses {
namespace {

Value square(Ops& ops, Value value) { return ops.mul(value, value); }

Value at_least_epsilon(Ops& ops, Value value) { return ops.max(value, ops.constant(kEpsilon, value.dtype())); }

Value squared_error(Ops& ops, Value predictions, Value targets, const Json&) { return square(ops, ops.sub(predictions, targets)); }

Value absolute_error(Ops& ops, Value predictions, Value targets, const Json&) { return ops.abs(ops.sub(predictions, targets)); }

Value percentage_error(Ops& ops, Value predictions, Value targets, const Json&) {
  const Value size = at_least_epsilon(ops, ops.abs(targets));
  return ops.mul(ops.abs(ops.div(ops.sub(targets, predictions), size)), 100.0f);
}

Value squared_logarithmic_error(Ops& ops, Value predictions, Value targets, const Json&) {
  const auto logarithm = [&](Value value) { return ops.log(ops.add(at_least_epsilon(ops, value), 1.0f)); };
  return square(ops, ops.sub(logarithm(predictions), logarithm(targets)));
}

}  // namespace

void add_mse(LossCatalog& catalog) {
  catalog.add(plain_loss(
      {.name = "mse", .aliases = {"mean_squared_error", "MeanSquaredError", "MSE"}, .help = "mean squared error", .build = squared_error}));
  catalog.add(plain_loss({.name = "mae",
                          .aliases = {"mean_absolute_error", "MeanAbsoluteError", "MAE"},
                          .help = "mean absolute error",
                          .build = absolute_error}));
  catalog.add(plain_loss({.name = "mape",
                          .aliases = {"mean_absolute_percentage_error", "MeanAbsolutePercentageError", "MAPE"},
                          .help = "mean absolute percentage error",
                          .build = percentage_error}));
  catalog.add(plain_loss({.name = "msle",
                          .aliases = {"mean_squared_logarithmic_error", "MeanSquaredLogarithmicError", "MSLE"},
                          .help = "mean squared error of log(1 + x)",
                          .build = squared_logarithmic_error}));
}

}  // namespace upkeep::losses
