// y = 1 / (1 + e^-x)      dL/dx = dL/dy * y * (1 - y)
//
// Written with y, not x: the forward value is already there, and y * (1 - y) cannot overflow.

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads sigmoid(const ForwardNode& node, Ops& ops) {
  const Value y = node.output(0);
  return {times(ops, node.grad(0), ops.mul(y, ops.sub(1.0f, y)))};
}

void add_sigmoid(GradientCatalog& catalog) {
  catalog.add({.name = "Sigmoid", .aliases = {}, .help = "dL/dx = dL/dy * y * (1 - y)", .rule = sigmoid});
}

}  // namespace upkeep::gradients
