// y = x / (1 + |x|)      dL/dx = dL/dy / (1 + |x|)^2

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads softsign(const ForwardNode& node, Ops& ops) {
  const Value denominator = ops.add(ops.abs(node.input(0)), 1.0f);
  return {ops.div(node.grad(0), ops.mul(denominator, denominator))};
}

void add_softsign(GradientCatalog& catalog) {
  catalog.add({.name = "Softsign", .aliases = {}, .help = "dL/dx = dL/dy / (1 + |x|)^2", .rule = softsign});
}

}  // namespace upkeep::gradients
