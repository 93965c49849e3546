// ReduceLogSumExp   y = log sum e^x    dL/dx = dL/dy * e^(x - y), a softmax: x <= y, so nothing overflows
// ReduceLogSum      y = log sum x      dL/dx = dL/dy / sum x = dL/dy * e^-y

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads reduce_log_sum_exp(const ForwardNode& node, Ops& ops) {
  const Value weights = ops.exp(ops.sub(node.input(0), spread(node, ops, node.output(0))));
  return {times(ops, spread(node, ops, node.grad(0)), weights), Value()};
}

static Grads reduce_log_sum(const ForwardNode& node, Ops& ops) {
  return {spread(node, ops, times(ops, node.grad(0), ops.exp(ops.neg(node.output(0))))), Value()};
}

void add_reduce_log_sum_exp(GradientCatalog& catalog) {
  catalog.add({.name = "ReduceLogSumExp", .aliases = {}, .help = "dL/dx = dL/dy * e^(x - y)", .rule = reduce_log_sum_exp});
  catalog.add({.name = "ReduceLogSum", .aliases = {}, .help = "dL/dx = dL/dy * e^-y", .rule = reduce_log_sum});
}

}  // namespace upkeep::gradients
