// y = c ? a : b      dL/da = dL/dy where c, dL/db = dL/dy - dL/da

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads where(const ForwardNode& node, Ops& ops) {
  const Value grad = node.grad(0);
  const Value first = masked(ops, grad, node.input(0));
  return {Value(), to_input(node, ops, 1, first), to_input(node, ops, 2, ops.sub(grad, first))};
}

void add_where(GradientCatalog& catalog) {
  catalog.add({.name = "Where", .aliases = {}, .help = "dL/da = dL/dy where the condition holds, dL/db elsewhere", .rule = where});
}

}  // namespace upkeep::gradients
