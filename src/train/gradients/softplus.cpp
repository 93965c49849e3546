// y = log(1 + e^x)      dL/dx = dL/dy * sigmoid(x), which cannot overflow

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads softplus(const ForwardNode& node, Ops& ops) { return {times(ops, node.grad(0), ops.sigmoid(node.input(0)))}; }

void add_softplus(GradientCatalog& catalog) {
  catalog.add({.name = "Softplus", .aliases = {}, .help = "dL/dx = dL/dy * sigmoid(x)", .rule = softplus});
}

}  // namespace upkeep::gradients
