// y = e^x      dL/dx = dL/dy * y

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads exp(const ForwardNode& node, Ops& ops) { return {times(ops, node.grad(0), node.output(0))}; }

void add_exp(GradientCatalog& catalog) { catalog.add({.name = "Exp", .aliases = {}, .help = "dL/dx = dL/dy * y", .rule = exp}); }

}  // namespace upkeep::gradients
