// y = log(x)      dL/dx = dL/dy / x

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads log(const ForwardNode& node, Ops& ops) { return {ops.div(node.grad(0), node.input(0))}; }

void add_log(GradientCatalog& catalog) { catalog.add({.name = "Log", .aliases = {}, .help = "dL/dx = dL/dy / x", .rule = log}); }

}  // namespace upkeep::gradients
