// y = a * b      dL/da = dL/dy * b      dL/db = dL/dy * a
// y = a * a      dL/da = dL/dy * 2a: one product instead of two and a sum

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads mul(const ForwardNode& node, Ops& ops) {
  const Value a = node.input(0);
  const Value b = node.input(1);
  const Value grad = node.grad(0);
  if (a.name() == b.name()) return {times(ops, a, times(ops, grad, 2)), Value()};
  return {to_input(node, ops, 0, times(ops, grad, b)), to_input(node, ops, 1, times(ops, grad, a))};
}

void add_mul(GradientCatalog& catalog) {
  catalog.add({.name = "Mul", .aliases = {}, .help = "dL/da = dL/dy * b, dL/db = dL/dy * a", .rule = mul});
}

}  // namespace upkeep::gradients
