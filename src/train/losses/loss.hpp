// Losses: graphs from targets and predictions to one number per row. Keras's names, defaults and formulas.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "graph/ops.hpp"

namespace upkeep::losses {

struct LossEntry {
  std::string name;                  // "mse"
  std::vector<std::string> aliases;  // "mean_squared_error", "MeanSquaredError"
  std::string help;
  Settings settings;
  bool integer_targets = false;      // class indices instead of a target vector
  // predictions [batch, ..., K], targets of the same shape (or indices [batch, ..., 1]): the loss of each row [batch, ...].
  std::function<Value(Ops& ops, Value predictions, Value targets, const Json& settings)> build;
};
using LossCatalog = Catalog<LossEntry>;
const LossCatalog& catalog();

// Keras's reduction "sum_over_batch_size": the mean of all rows' losses; a scalar.
Value mean_loss(Ops& ops, const NamedSettings& loss, Value predictions, Value targets);

}  // namespace upkeep::losses
