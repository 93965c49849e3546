// y = |x|      dL/dx = dL/dy * sign(x); 0 at x = 0

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads abs(const ForwardNode& node, Ops& ops) { return {times(ops, node.grad(0), ops.sign(node.input(0)))}; }

void add_abs(GradientCatalog& catalog) { catalog.add({.name = "Abs", .aliases = {}, .help = "dL/dx = dL/dy * sign(x)", .rule = abs}); }

}  // namespace upkeep::gradients
