// Elu    y = x > 0 ? x : alpha * (e^x - 1)                  dL/dx = dL/dy * (x > 0 ? 1 : y + alpha)
// Selu   y = gamma * (x > 0 ? x : alpha * (e^x - 1))        dL/dx = dL/dy * (x > 0 ? gamma : y + alpha * gamma)
// Celu   y = x > 0 ? x : alpha * (e^(x / alpha) - 1)        dL/dx = dL/dy * (x > 0 ? 1 : y / alpha + 1)
//
// The exponential is read off y, so that nothing can overflow. At 0 Selu takes the side of x > 0 and Elu the other one, as in Keras.

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

// (condition ? 0 : y) + (condition ? above : below). With no negative factor y has the sign of x, and min(y, 0) will do.
static Value piecewise(const ForwardNode& node, Ops& ops, Value condition, double above, double below) {
  const Value y = node.output(0);
  const bool ordered = above >= 0 && below >= 0;
  const Value negative = ordered ? ops.min(y, number(ops, 0, y.dtype())) : ops.mul(y, step(ops, condition, 0, 1, y.dtype()));
  return ops.add(negative, above == below ? number(ops, above, y.dtype()) : step(ops, condition, above, below, y.dtype()));
}

static Grads elu(const ForwardNode& node, Ops& ops) {
  const double alpha = node.attribute("alpha", 1.0f);
  return {times(ops, node.grad(0), piecewise(node, ops, ops.greater(node.input(0), 0.0f), 1, alpha))};
}

static Grads selu(const ForwardNode& node, Ops& ops) {
  const double alpha = node.attribute("alpha", 1.67326319217681884765625f);
  const double gamma = node.attribute("gamma", 1.05070102214813232421875f);
  const Value from_zero = ops.greater_or_equal(node.input(0), number(ops, 0, node.input(0).dtype()));
  return {times(ops, node.grad(0), piecewise(node, ops, from_zero, gamma, alpha * gamma))};
}

static Grads celu(const ForwardNode& node, Ops& ops) {
  const double alpha = node.attribute("alpha", 1.0f);
  const Value below =
      ops.mul(ops.min(node.output(0), number(ops, 0, node.output(0).dtype())), number(ops, 1 / alpha, node.output(0).dtype()));
  return {times(ops, node.grad(0), ops.add(below, 1.0f))};
}

void add_elu(GradientCatalog& catalog) {
  catalog.add({.name = "Elu", .aliases = {}, .help = "dL/dx = dL/dy * (x > 0 ? 1 : y + alpha)", .rule = elu});
  catalog.add({.name = "Selu", .aliases = {}, .help = "dL/dx = dL/dy * (x > 0 ? gamma : y + alpha * gamma)", .rule = selu});
  catalog.add({.name = "Celu", .aliases = {}, .help = "dL/dx = dL/dy * (x > 0 ? 1 : y / alpha + 1)", .rule = celu});
}

}  // namespace upkeep::gradients
