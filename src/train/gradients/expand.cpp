// y = x repeated by broadcasting      dL/dx = dL/dy summed over the repetitions

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads expand(const ForwardNode& node, Ops& ops) { return {to_input(node, ops, 0, node.grad(0)), Value()}; }

void add_expand(GradientCatalog& catalog) {
  catalog.add(
      {.name = "Expand", .aliases = {}, .help = "dL/dx = dL/dy summed over the repetitions", .rule = expand, .through_integers = true});
}

}  // namespace upkeep::gradients
