// ReduceSumSquare   y = sum x^2          dL/dx = dL/dy * 2x
// ReduceL2          y = sqrt(sum x^2)    dL/dx = dL/dy * x / y, and 0 where y = 0 (then x is 0 as well)
// ReduceL1          y = sum |x|          dL/dx = dL/dy * sign(x)

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads reduce_sum_square(const ForwardNode& node, Ops& ops) {
  return {times(ops, node.input(0), times(ops, spread(node, ops, node.grad(0)), 2)), Value()};
}

static Grads reduce_l2(const ForwardNode& node, Ops& ops) {
  const Value y = node.output(0);
  const Value positive = ops.add(y, ops.cast(ops.equal(y, number(ops, 0, y.dtype())), y.dtype()));
  return {ops.mul(node.input(0), spread(node, ops, ops.div(node.grad(0), positive))), Value()};
}

static Grads reduce_l1(const ForwardNode& node, Ops& ops) {
  return {times(ops, ops.sign(node.input(0)), spread(node, ops, node.grad(0))), Value()};
}

void add_reduce_l2(GradientCatalog& catalog) {
  catalog.add({.name = "ReduceSumSquare", .aliases = {}, .help = "dL/dx = dL/dy * 2x", .rule = reduce_sum_square});
  catalog.add({.name = "ReduceL2", .aliases = {}, .help = "dL/dx = dL/dy * x / y, 0 where y = 0", .rule = reduce_l2});
  catalog.add({.name = "ReduceL1", .aliases = {}, .help = "dL/dx = dL/dy * sign(x)", .rule = reduce_l1});
}

}  // namespace upkeep::gradients
