// y_i = start + i * delta      dL/dstart = sum of dL/dy      dL/ddelta = sum of i * dL/dy      dL/dlimit = 0: it only says how many there
// are

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads range(const ForwardNode& node, Ops& ops) {
  const Value grad = full_grad(node, ops);
  Grads grads{ops.reduce_sum(grad, {}), Value(), Value()};
  if (node.wants(2)) grads[2] = ops.reduce_sum(ops.mul(grad, ops.cast(count_along(ops, node.output(0), 0), grad.dtype())), {});
  return grads;
}

void add_range(GradientCatalog& catalog) {
  catalog.add({.name = "Range", .aliases = {}, .help = "dL/dstart = sum of dL/dy, dL/ddelta = sum of i * dL/dy", .rule = range});
}

}  // namespace upkeep::gradients
