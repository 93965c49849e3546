// ReduceSum     y = sum x        dL/dx = dL/dy
// ReduceMean    y = sum x / n    dL/dx = dL/dy / n; where a dimension varies, n is read while the graph runs

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads reduce_sum(const ForwardNode& node, Ops& ops) { return {spread(node, ops, node.grad(0)), Value()}; }

static Grads reduce_mean(const ForwardNode& node, Ops& ops) {
  return {spread(node, ops, times(ops, node.grad(0), inverse_count(node, ops))), Value()};
}

void add_reduce_sum(GradientCatalog& catalog) {
  catalog.add({.name = "ReduceSum", .aliases = {}, .help = "dL/dx = dL/dy", .rule = reduce_sum});
  catalog.add({.name = "ReduceMean", .aliases = {}, .help = "dL/dx = dL/dy / n", .rule = reduce_mean});
}

}  // namespace upkeep::gradients
