// y = a / b      dL/da = dL/dy / b      dL/db = -dL/dy / b * y
// y = 1 / x      dL/dx = -dL/dy * y^2

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads div(const ForwardNode& node, Ops& ops) {
  const Value b = node.input(1);
  const Value grad = node.grad(0);
  if (const auto divisor = constant_number(ops, b); divisor && !node.wants(1))
    return {to_input(node, ops, 0, times(ops, grad, 1 / *divisor)), Value()};
  const Value quotient = ops.div(grad, b);
  return {to_input(node, ops, 0, quotient), times(ops, to_input(node, ops, 1, ops.mul(quotient, node.output(0))), -1)};
}

static Grads reciprocal(const ForwardNode& node, Ops& ops) {
  const Value y = node.output(0);
  return {times(ops, times(ops, node.grad(0), ops.mul(y, y)), -1)};
}

void add_div(GradientCatalog& catalog) {
  catalog.add({.name = "Div", .aliases = {}, .help = "dL/da = dL/dy / b, dL/db = -dL/dy / b * y", .rule = div});
  catalog.add({.name = "Reciprocal", .aliases = {}, .help = "dL/dx = -dL/dy * y^2", .rule = reciprocal});
}

}  // namespace upkeep::gradients
