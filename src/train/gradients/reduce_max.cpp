// y = max x, or min      dL/dx = dL/dy where x = y; several equal ones share it evenly, as in TensorFlow

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads reduce_extreme(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const Value hits = ops.cast(ops.equal(x, spread(node, ops, node.output(0))), x.dtype());
  const Value share = ops.div(spread(node, ops, node.grad(0)), over_same_axes(node, ops, "ReduceSum", hits));
  return {ops.mul(hits, share), Value()};
}

void add_reduce_max(GradientCatalog& catalog) {
  catalog.add(
      {.name = "ReduceMax", .aliases = {"ReduceMin"}, .help = "dL/dx = dL/dy where x = y, shared by equals", .rule = reduce_extreme});
}

}  // namespace upkeep::gradients
