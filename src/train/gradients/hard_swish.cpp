// y = x * h(x), h(x) = max(0, min(1, x/6 + 1/2))      dL/dx = dL/dy * (h + x * h')
// h' = 1/6 where |x| < 3, and 0 elsewhere, its ends included

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads hard_swish(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const Value h = ops.node("HardSigmoid", {x}, {{"alpha", 1.0f / 6}, {"beta", 0.5f}});
  const Value ramp = ops.mul(x, step(ops, ops.less(ops.abs(x), 3.0f), 1.0 / 6, 0, x.dtype()));
  return {times(ops, node.grad(0), ops.add(h, ramp))};
}

void add_hard_swish(GradientCatalog& catalog) {
  catalog.add({.name = "HardSwish",
               .aliases = {},
               .help = "dL/dx = dL/dy * (h + x/6 where |x| < 3), h = max(0, min(1, x/6 + 1/2))",
               .rule = hard_swish});
}

}  // namespace upkeep::gradients
