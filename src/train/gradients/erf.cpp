// y = erf(x)      dL/dx = dL/dy * 2 / sqrt(pi) * e^(-x^2)

#include <numbers>

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads erf(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  return {times(ops, ops.exp(ops.neg(ops.mul(x, x))), times(ops, node.grad(0), 2 * std::numbers::inv_sqrtpi))};
}

void add_erf(GradientCatalog& catalog) {
  catalog.add({.name = "Erf", .aliases = {}, .help = "dL/dx = dL/dy * 2 / sqrt(pi) * e^(-x^2)", .rule = erf});
}

}  // namespace upkeep::gradients
