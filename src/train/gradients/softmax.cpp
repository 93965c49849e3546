// Softmax       y_i = e^x_i / sum_j e^x_j      dL/dx = y * (dL/dy - sum(dL/dy * y))
// LogSoftmax    y_i = x_i - log sum_j e^x_j    dL/dx = dL/dy - e^y * sum(dL/dy)
//
// Sums run along the axis. e^y are the probabilities: y <= 0, so nothing overflows.

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads softmax(const ForwardNode& node, Ops& ops) {
  const Value y = node.output(0);
  const Value grad = node.grad(0);
  const Value sum = ops.reduce_sum(times(ops, y, grad), {node.attribute<std::int64_t>("axis", -1)}, true);
  return {ops.mul(y, ops.sub(grad, sum))};
}

static Grads log_softmax(const ForwardNode& node, Ops& ops) {
  const Value grad = full_grad(node, ops);
  const Value sum = ops.reduce_sum(grad, {node.attribute<std::int64_t>("axis", -1)}, true);
  return {ops.sub(grad, ops.mul(ops.exp(node.output(0)), sum))};
}

void add_softmax(GradientCatalog& catalog) {
  catalog.add({.name = "Softmax", .aliases = {}, .help = "dL/dx = y * (dL/dy - sum(dL/dy * y))", .rule = softmax});
  catalog.add({.name = "LogSoftmax", .aliases = {}, .help = "dL/dx = dL/dy - e^y * sum(dL/dy)", .rule = log_softmax});
}

}  // namespace upkeep::gradients
