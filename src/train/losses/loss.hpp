// Losses: graphs from targets and predictions to numbers. Keras's names, defaults and formulas.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/catalog.hpp"
#include "graph/ops.hpp"

namespace upkeep::losses {

// What a formula gives. Keras's loss of a row is in most cases the mean over the last axis: then the formula gives the elements.
enum class Terms { kElements, kRows };

struct LossEntry {
  std::string name;                  // "mse"
  std::vector<std::string> aliases;  // "mean_squared_error", "MeanSquaredError"
  std::string help;
  Settings settings;
  bool integer_targets = false;  // class indices instead of a target vector
  Terms terms = Terms::kElements;
  // predictions [batch, ..., K], targets of the same shape and type (or int64 indices [batch, ...]): kElements [batch, ..., K] or kRows
  // [batch, ...].
  std::function<Value(Ops& ops, Value predictions, Value targets, const Json& settings)> build;
};
using LossCatalog = Catalog<LossEntry>;
const LossCatalog& catalog();

// The loss of each row [batch, ...]. Targets may be of another type, and lack the last axis where the predictions' has size 1; class
// indices may have a last axis of size 1. Throws Error{kInvalidArgument}: no such loss or setting, shapes that do not go together.
Value row_losses(Ops& ops, const NamedSettings& loss, Value predictions, Value targets);

// Keras's reduction "sum_over_batch_size": the mean of all rows' losses; a scalar. Throws as row_losses does.
Value mean_loss(Ops& ops, const NamedSettings& loss, Value predictions, Value targets);

}  // namespace upkeep::losses
