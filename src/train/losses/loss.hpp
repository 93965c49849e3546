// Losses: graphs from targets and predictions to numbers. Keras's names, defaults and formulas.
//
// All have the setting `reduction`: sum_over_batch_size (also called mean), sum, mean_with_sample_weight, or none.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/catalog.hpp"
#include "graph/ops.hpp"

namespace upkeep::losses {

// What a formula gives. Keras's loss of a sample is in most cases the mean over the last axis (or the setting `axis`): then the formula
// gives the elements.
enum class Terms { kElements, kRows };

// What the predictions say of classes: the probability (or logit) of one of two, a score for each of several, or nothing.
enum class Classes { kNone, kTwo, kSeveral };

// Losses, and 1 where they count; no mask where all do.
struct Masked {
  Masked(Value all) : losses(std::move(all)) {}  // NOLINT(google-explicit-constructor): most formulas give a value
  Masked(Value some, Value where) : losses(std::move(some)), mask(std::move(where)) {}
  Value losses;
  Value mask;
};

struct LossEntry {
  std::string name;                  // "mse"
  std::vector<std::string> aliases;  // "mean_squared_error", "MeanSquaredError"
  std::string help;
  Settings settings;
  bool integer_targets = false;  // class indices instead of a target vector
  bool padded_targets = false;   // of fewer steps than the predictions, with zeros behind
  Classes classes = Classes::kNone;
  Terms terms = Terms::kElements;
  // predictions [batch, ..., K], targets of the same shape and type (or int64 indices [batch, ...]): kElements [batch, ..., K]; kRows
  // [batch, ...], or a scalar where the loss is one of the batch as a whole.
  std::function<Masked(Ops& ops, Value predictions, Value targets, const Json& settings)> build;
};
using LossCatalog = Catalog<LossEntry>;
const LossCatalog& catalog();

// The loss of each sample [batch, ...], before the reduction. Targets may be of another type, and lack the last axis where the predictions'
// has size 1; class indices may have a last axis of size 1. Throws Error{kInvalidArgument}: no such loss or setting, shapes that do not go
// together.
Masked per_sample(Ops& ops, const NamedSettings& loss, Value predictions, Value targets);

// The same without the mask.
inline Value row_losses(Ops& ops, const NamedSettings& loss, Value predictions, Value targets) {
  return per_sample(ops, loss, std::move(predictions), std::move(targets)).losses;
}

// What Keras's Loss.__call__ does with the samples' losses: weights [batch], [batch, 1] or of the losses' shape multiply them (absent: all
// 1), those that do not count are left out of sum and number, and the reduction follows. A scalar, unless the reduction is none.
Value reduce(Ops& ops, const NamedSettings& loss, const Masked& samples, Value weights = {});

// Both without weights; a scalar. Throws as per_sample does, and when the reduction is none.
Value mean_loss(Ops& ops, const NamedSettings& loss, Value predictions, Value targets);

}  // namespace upkeep::losses
