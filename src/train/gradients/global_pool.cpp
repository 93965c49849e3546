// GlobalAveragePool   y = the mean over all axes from 2 on       dL/dx = dL/dy / n
// GlobalMaxPool       y = the maximum over all axes from 2 on    dL/dx = dL/dy where x = y, shared evenly by equals
// GlobalLpPool        y = (sum |x|^p)^(1/p) over the same        dL/dx = |x|^(p-1) sign(x) * dL/dy * y^(1-p)

#include "train/gradients/shared/pooling.hpp"

namespace upkeep::gradients {
namespace {

Grads global_average_pool(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const DType dtype = x.dtype();
  std::int64_t count = 1;
  for (std::size_t i = 2; i < x.rank() && count > 0; ++i) count = x.dims()[i].known() ? count * x.dims()[i].value : -1;
  if (count > 0) return {times(ops, node.grad(0), 1 / static_cast<double>(count))};
  const Value share = ops.div(ops.cast(ops.size(node.output(0)), dtype), ops.cast(ops.size(x), dtype));
  return {times(ops, node.grad(0), share)};
}

Grads global_max_pool(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  std::vector<std::int64_t> axes;
  for (std::size_t i = 2; i < x.rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  const Value hits = ops.cast(ops.equal(x, node.output(0)), x.dtype());
  return {ops.mul(hits, ops.div(node.grad(0), ops.reduce_sum(hits, std::move(axes), true)))};
}

Grads global_lp_pool(const ForwardNode& node, Ops& ops) {
  const auto p = node.attribute<std::int64_t>("p", 2);
  return {ops.mul(lp_slope(ops, node.input(0), p), lp_scaled(ops, node.grad(0), node.output(0), p))};
}

}  // namespace

void add_global_pool(GradientCatalog& catalog) {
  catalog.add({.name = "GlobalAveragePool", .aliases = {}, .help = "dL/dx = dL/dy / n", .rule = global_average_pool});
  catalog.add({.name = "GlobalMaxPool", .aliases = {}, .help = "dL/dx = dL/dy where x = y, shared by equals", .rule = global_max_pool});
  catalog.add({.name = "GlobalLpPool", .aliases = {}, .help = "dL/dx = |x|^(p-1) sign(x) * dL/dy * y^(1-p)", .rule = global_lp_pool});
}

}  // namespace upkeep::gradients
