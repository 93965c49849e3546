// y = a - b * trunc(a / b), C's fmod      dL/da = dL/dy      dL/db = -dL/dy * trunc(a / b), where trunc(a / b) = (a - y) / b
//
// (Without fmod = 1 the operands are integers.)

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads mod(const ForwardNode& node, Ops& ops) {
  Grads grads{to_input(node, ops, 0, node.grad(0)), Value()};
  if (!node.wants(1)) return grads;
  const Value whole = ops.node("Round", {ops.div(ops.sub(node.input(0), node.output(0)), node.input(1))});
  grads[1] = times(ops, to_input(node, ops, 1, times(ops, node.grad(0), whole)), -1);
  return grads;
}

void add_mod(GradientCatalog& catalog) {
  catalog.add({.name = "Mod", .aliases = {}, .help = "dL/da = dL/dy, dL/db = -dL/dy * trunc(a / b)", .rule = mod});
}

}  // namespace upkeep::gradients
