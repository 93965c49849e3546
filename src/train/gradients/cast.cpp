// y = x in another float type      dL/dx = dL/dy in the type of x. On the way through an integer or boolean no gradient flows.

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads cast(const ForwardNode& node, Ops& ops) { return {ops.cast(node.grad(0), node.input(0).dtype()), Value()}; }

void add_cast(GradientCatalog& catalog) {
  catalog.add({.name = "Cast", .aliases = {"CastLike"}, .help = "dL/dx = dL/dy in the type of x", .rule = cast});
}

}  // namespace upkeep::gradients
