// y = the product of x      dL/dx = dL/dy * the product of the others

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads reduce_prod(const ForwardNode& node, Ops& ops) {
  const auto product = [&](Value value) { return over_same_axes(node, ops, "ReduceProd", value); };
  const auto sum = [&](Value value) { return over_same_axes(node, ops, "ReduceSum", value); };
  return {times(ops, spread(node, ops, node.grad(0)), product_of_others(ops, node.input(0), product, sum)), Value()};
}

void add_reduce_prod(GradientCatalog& catalog) {
  catalog.add({.name = "ReduceProd", .aliases = {}, .help = "dL/dx = dL/dy * the product of the others", .rule = reduce_prod});
}

}  // namespace upkeep::gradients
