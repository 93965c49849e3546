// hinge               max(1 - t * p, 0)
// squared_hinge       max(1 - t * p, 0)^2
// categorical_hinge   max(max_k((1 - t) * p) - sum_k(t * p) + 1, 0)
//
// Targets are -1 or 1. When all of a batch's targets are 0 or 1, they are taken for -1 and 1, as in Keras (not in categorical_hinge).

#include "train/losses/formula.hpp"

namespace upkeep::losses {
namespace {

Value zero(Ops& ops, Value like) { return ops.constant(0.0f, like.dtype()); }

// Without a branch: t - binary * (1 - t), where `binary` is 1 when every t * (1 - t) is 0.
Value signs(Ops& ops, Value targets) {
  const Value opposite = ops.sub(1.0f, targets);
  const Value worst = ops.reduce_max(ops.abs(ops.mul(targets, opposite)), {});
  const Value binary = ops.cast(ops.equal(worst, zero(ops, worst)), targets.dtype());
  return ops.sub(targets, ops.mul(binary, opposite));
}

Value hinge(Ops& ops, Value predictions, Value targets, const Json&) {
  return ops.max(ops.sub(1.0f, ops.mul(signs(ops, targets), predictions)), zero(ops, predictions));
}

Value squared_hinge(Ops& ops, Value predictions, Value targets, const Json& values) {
  const Value distance = hinge(ops, predictions, targets, values);
  return ops.mul(distance, distance);
}

Value categorical_hinge(Ops& ops, Value predictions, Value targets, const Json&) {
  const Value right = ops.reduce_sum(ops.mul(targets, predictions), {-1});
  const Value wrong = ops.reduce_max(ops.mul(ops.sub(1.0f, targets), predictions), {-1});
  return ops.max(ops.add(ops.sub(wrong, right), 1.0f), zero(ops, predictions));
}

}  // namespace

void add_hinge(LossCatalog& catalog) {
  catalog.add(plain_loss({.name = "hinge", .aliases = {"Hinge"}, .help = "distance to the right side of a margin", .build = hinge}));
  catalog.add(plain_loss({.name = "squared_hinge",
                          .aliases = {"SquaredHinge"},
                          .help = "squared distance to the right side of a margin",
                          .build = squared_hinge}));
  catalog.add(plain_loss({.name = "categorical_hinge",
                          .aliases = {"CategoricalHinge"},
                          .help = "margin between the right class and the best wrong one",
                          .classes = Classes::kSeveral,
                          .terms = Terms::kRows,
                          .build = categorical_hinge}));
}

}  // namespace upkeep::losses
