// y = min(max(x, low), high)      dL/dx = dL/dy where low <= x <= high, which is where y = x
//                                 dL/dlow = the sum of dL/dy where x < low; high likewise

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Value sum_where(const ForwardNode& node, Ops& ops, Value condition) {
  return ops.reduce_sum(masked(ops, full_grad(node, ops), condition), {});
}

static Grads clip(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  Grads grads = {masked(ops, node.grad(0), ops.equal(node.output(0), x)), Value(), Value()};
  if (node.wants(1)) grads[1] = sum_where(node, ops, ops.less(x, node.input(1)));
  if (node.wants(2)) grads[2] = sum_where(node, ops, ops.greater(x, node.input(2)));
  return grads;
}

void add_clip(GradientCatalog& catalog) { catalog.add({.name = "Clip", .aliases = {}, .help = "dL/dx = dL/dy where y = x", .rule = clip}); }

}  // namespace upkeep::gradients
