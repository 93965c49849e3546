// y = sqrt(x)      dL/dx = dL/dy / 2y; infinite at x = 0, as the derivative is

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads sqrt(const ForwardNode& node, Ops& ops) { return {ops.div(times(ops, node.grad(0), 0.5), node.output(0))}; }

void add_sqrt(GradientCatalog& catalog) { catalog.add({.name = "Sqrt", .aliases = {}, .help = "dL/dx = dL/dy / 2y", .rule = sqrt}); }

}  // namespace upkeep::gradients
