// y = max(0, min(1, alpha * x + beta))      dL/dx = dL/dy * alpha where 0 < y < 1, else 0

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads hard_sigmoid(const ForwardNode& node, Ops& ops) {
  const Value y = node.output(0);
  const Value inside = ops.node("And", {ops.greater(y, 0.0f), ops.less(y, 1.0f)});
  return {times(ops, node.grad(0), step(ops, inside, node.attribute("alpha", 0.2f), 0, y.dtype()))};
}

void add_hard_sigmoid(GradientCatalog& catalog) {
  catalog.add({.name = "HardSigmoid", .aliases = {}, .help = "dL/dx = dL/dy * alpha where 0 < y < 1", .rule = hard_sigmoid});
}

}  // namespace upkeep::gradients
