// y = -x      dL/dx = -dL/dy

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads neg(const ForwardNode& node, Ops& ops) { return {times(ops, node.grad(0), -1)}; }

void add_neg(GradientCatalog& catalog) { catalog.add({.name = "Neg", .aliases = {}, .help = "dL/dx = -dL/dy", .rule = neg}); }

}  // namespace upkeep::gradients
