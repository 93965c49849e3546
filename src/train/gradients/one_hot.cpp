// y = `on` at the index and `off` elsewhere      dL/d(off, on) = the sums of dL/dy over either; the indices carry no gradient

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads one_hot(const ForwardNode& node, Ops& ops) {
  Grads grads(3);
  if (!node.wants(2)) return grads;
  const Value grad = full_grad(node, ops);
  const Value zero_one = ops.constant(Tensor({2}, std::vector<float>{0, 1}).cast(grad.dtype()));
  const Value hot = ops.node("OneHot", {node.input(0), node.input(1), zero_one}, node.node().attributes);
  const Value on = ops.reduce_sum(ops.mul(grad, hot), {});
  const Value off = ops.sub(ops.reduce_sum(grad, {}), on);
  grads[2] = ops.concat({ops.unsqueeze(off, {0}), ops.unsqueeze(on, {0})}, 0);
  return grads;
}

void add_one_hot(GradientCatalog& catalog) {
  catalog.add({.name = "OneHot", .aliases = {}, .help = "dL/dvalues = the sums of dL/dy over either value", .rule = one_hot});
}

}  // namespace upkeep::gradients
