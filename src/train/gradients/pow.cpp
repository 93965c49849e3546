// y = x^p      dL/dx = dL/dy * p * x^(p-1)      dL/dp = dL/dy * y * log(x), 0 where x <= 0 (there y has no derivative in p)
//
// p = 0 is a constant function: its derivative is 0 at x = 0 too, where 0 * x^-1 is not a number.

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

Value with_constant_exponent(const ForwardNode& node, Ops& ops, double p) {
  const Value x = node.input(0);
  const Value grad = node.grad(0);
  if (p == 0) return {};
  if (p == 0.5) return ops.div(times(ops, grad, 0.5), node.output(0));
  if (p == 1) return grad;
  const Value power = p == 2 ? x : p == 3 ? ops.mul(x, x) : ops.pow(x, number(ops, p - 1, x.dtype()));
  return times(ops, power, times(ops, grad, p));
}

Value base_gradient(const ForwardNode& node, Ops& ops) {
  if (const auto constant = constant_number(ops, node.input(1)); constant && !node.wants(1))
    return with_constant_exponent(node, ops, *constant);
  const Value x = node.input(0);
  const Value p = ops.cast(node.input(1), x.dtype());
  const Value zero = number(ops, 0, x.dtype());
  const Value slope = ops.where(ops.equal(p, zero), zero, ops.mul(p, ops.pow(x, ops.sub(p, 1.0f))));
  return to_input(node, ops, 0, times(ops, node.grad(0), slope));
}

Value exponent_gradient(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const Value safe = ops.where(ops.greater(x, 0.0f), x, number(ops, 1, x.dtype()));
  const Value grad = times(ops, node.grad(0), ops.mul(node.output(0), ops.log(safe)));
  return ops.cast(to_input(node, ops, 1, grad), node.input(1).dtype());
}

Grads pow(const ForwardNode& node, Ops& ops) {
  return {node.wants(0) ? base_gradient(node, ops) : Value(), node.wants(1) ? exponent_gradient(node, ops) : Value()};
}

}  // namespace

void add_pow(GradientCatalog& catalog) {
  catalog.add({.name = "Pow", .aliases = {}, .help = "dL/dx = dL/dy * p * x^(p-1), dL/dp = dL/dy * y * log(x)", .rule = pow});
}

}  // namespace upkeep::gradients
