// y = scale * n + b,   n = (x - mean) * r,   r = 1 / sqrt(var + epsilon), per channel (axis 1)
//
// dL/dscale = sum(dL/dy * n)      dL/db = sum(dL/dy), over all axes but the channels
// dL/dx = dL/dy * scale * r           dL/dmean = -sum(dL/dx)     dL/dvar = -r / 2 * sum(dL/dx * n)

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

std::vector<std::int64_t> all_but_channels(std::size_t rank) {
  std::vector<std::int64_t> axes{0};
  for (std::size_t i = 2; i < rank; ++i) axes.push_back(static_cast<std::int64_t>(i));
  return axes;
}

// [C] against [N, C, ...].
Value per_channel(Ops& ops, Value value, std::size_t rank) {
  std::vector<std::int64_t> after;
  for (std::size_t i = 2; i < rank; ++i) after.push_back(static_cast<std::int64_t>(i) - 1);
  return after.empty() ? value : ops.unsqueeze(value, std::move(after));
}

Value inverse_deviation(Ops& ops, Value variance, float epsilon) { return ops.reciprocal(ops.sqrt(ops.add(variance, epsilon))); }

Grads with_given_statistics(const ForwardNode& node, Ops& ops, Value grad, const std::vector<std::int64_t>& axes) {
  const Value x = node.input(0);
  const Value r = inverse_deviation(ops, node.input(4), node.attribute("epsilon", 1e-5f));
  const Value n = ops.mul(ops.sub(x, per_channel(ops, node.input(3), x.rank())), per_channel(ops, r, x.rank()));
  const Value dx = ops.mul(grad, per_channel(ops, ops.mul(node.input(1), r), x.rank()));
  const Value variance = ops.mul(ops.reduce_sum(ops.mul(dx, n), axes), ops.mul(r, -0.5f));
  return {dx, ops.reduce_sum(ops.mul(grad, n), axes), ops.reduce_sum(grad, axes), ops.neg(ops.reduce_sum(dx, axes)), variance};
}

Grads batch_normalization(const ForwardNode& node, Ops& ops) {
  if (node.attribute<std::int64_t>("training_mode", 0) != 0)
    throw Error(ErrorCode::kUnsupported, "training_mode=1 has no gradient", "freeze the statistics: training_mode=0");
  const Value grad = full_grad(node, ops);
  const std::vector<std::int64_t> axes = all_but_channels(node.input(0).rank());
  return with_given_statistics(node, ops, grad, axes);
}

}  // namespace

void add_batch_normalization(GradientCatalog& catalog) {
  catalog.add({.name = "BatchNormalization",
               .aliases = {},
               .help = "dL/dx = dL/dy * scale / sqrt(var + epsilon), with given statistics",
               .rule = batch_normalization});
}

}  // namespace upkeep::gradients
