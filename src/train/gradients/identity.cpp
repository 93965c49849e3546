// y = x      dL/dx = dL/dy

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads identity(const ForwardNode& node, Ops&) { return {node.grad(0)}; }

void add_identity(GradientCatalog& catalog) {
  catalog.add({.name = "Identity", .aliases = {}, .help = "dL/dx = dL/dy", .rule = identity, .through_integers = true});
}

}  // namespace upkeep::gradients
