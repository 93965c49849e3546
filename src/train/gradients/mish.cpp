// y = x * t, t = tanh(softplus(x))      dL/dx = dL/dy * (t + x * (1 - t^2) * sigmoid(x))

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads mish(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const Value t = ops.tanh(ops.softplus(x));
  const Value slope = ops.mul(ops.mul(x, ops.sigmoid(x)), ops.sub(1.0f, ops.mul(t, t)));
  return {times(ops, node.grad(0), ops.add(t, slope))};
}

void add_mish(GradientCatalog& catalog) {
  catalog.add(
      {.name = "Mish", .aliases = {}, .help = "dL/dx = dL/dy * (t + x * (1 - t^2) * sigmoid(x)), t = tanh(softplus(x))", .rule = mish});
}

}  // namespace upkeep::gradients
