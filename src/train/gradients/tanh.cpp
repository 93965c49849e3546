// y = tanh(x)      dL/dx = dL/dy * (1 - y^2)

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads tanh(const ForwardNode& node, Ops& ops) {
  const Value y = node.output(0);
  return {times(ops, node.grad(0), ops.sub(1.0f, ops.mul(y, y)))};
}

void add_tanh(GradientCatalog& catalog) { catalog.add({.name = "Tanh", .aliases = {}, .help = "dL/dx = dL/dy * (1 - y^2)", .rule = tanh}); }

}  // namespace upkeep::gradients
