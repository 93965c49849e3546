// y = scale * n + b,   n = (x - mean) * r,   r = 1 / sqrt(var + epsilon), per channel (axis 1)
//
// dL/dscale = sum(dL/dy * n)      dL/db = sum(dL/dy), over all axes but the channels
// With given statistics     dL/dx = scale * r * dL/dy      dL/dmean = -sum(dL/dx)     dL/dvar = -r / 2 * sum(dL/dx * n)
// With those of the batch   dL/dx = scale * r * (dL/dy - dL/db / m - n * dL/dscale / m), of m elements per channel (Ioffe & Szegedy 2015)
//
// The running statistics that training updates are no part of what is minimised: no gradient passes them.

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

// 1 / m
Value inverse_channel_size(Ops& ops, const Value& x, const Value& scale) {
  std::int64_t size = 1;
  for (const std::int64_t axis : all_but_channels(x.rank())) {
    const Dim& dim = x.dims()[static_cast<std::size_t>(axis)];
    size = size > 0 && dim.known() ? size * dim.value : -1;
  }
  if (size > 0) return number(ops, 1 / static_cast<double>(size), x.dtype());
  return ops.div(ops.cast(ops.size(scale), x.dtype()), ops.cast(ops.size(x), x.dtype()));
}

Grads with_given_statistics(const ForwardNode& node, Ops& ops, Value grad, const std::vector<std::int64_t>& axes) {
  const Value x = node.input(0);
  const auto wide = [&](std::size_t i) { return ops.cast(node.input(i), x.dtype()); };
  const Value r = inverse_deviation(ops, wide(4), node.attribute("epsilon", 1e-5f));
  const Value n = ops.mul(ops.sub(x, per_channel(ops, wide(3), x.rank())), per_channel(ops, r, x.rank()));
  const Value dx = ops.mul(grad, per_channel(ops, ops.mul(wide(1), r), x.rank()));
  const Value variance = ops.mul(ops.reduce_sum(ops.mul(dx, n), axes), ops.mul(r, -0.5f));
  return {dx, ops.reduce_sum(ops.mul(grad, n), axes), ops.reduce_sum(grad, axes), ops.neg(ops.reduce_sum(dx, axes)), variance};
}

Grads with_batch_statistics(const ForwardNode& node, Ops& ops, Value grad, const std::vector<std::int64_t>& axes) {
  const Value x = node.input(0);
  const auto spread = [&](Value value) { return per_channel(ops, value, x.rank()); };
  const Value centred = ops.sub(x, spread(ops.reduce_mean(x, axes)));
  const Value r = inverse_deviation(ops, ops.reduce_mean(ops.mul(centred, centred), axes), node.attribute("epsilon", 1e-5f));
  const Value n = ops.mul(centred, spread(r));
  const Value scale = ops.reduce_sum(ops.mul(grad, n), axes);
  const Value bias = ops.reduce_sum(grad, axes);
  const Value share = inverse_channel_size(ops, x, node.input(1));
  const Value rest = ops.sub(ops.sub(grad, spread(times(ops, bias, share))), ops.mul(n, spread(times(ops, scale, share))));
  return {ops.mul(rest, spread(ops.mul(ops.cast(node.input(1), x.dtype()), r))), scale, bias, Value(), Value()};
}

Grads batch_normalization(const ForwardNode& node, Ops& ops) {
  if (!node.grad(0)) return {};
  const Value grad = full_grad(node, ops);
  const std::vector<std::int64_t> axes = all_but_channels(node.input(0).rank());
  const bool training = node.attribute<std::int64_t>("training_mode", 0) != 0;
  Grads grads = training ? with_batch_statistics(node, ops, grad, axes) : with_given_statistics(node, ops, grad, axes);
  for (std::size_t i = 1; i < grads.size(); ++i)  // parameters and statistics may have types of their own
    if (grads[i]) grads[i] = ops.cast(grads[i], node.input(i).dtype());
  return grads;
}

}  // namespace

void add_batch_normalization(GradientCatalog& catalog) {
  catalog.add({.name = "BatchNormalization",
               .aliases = {},
               .help = "dL/dx = scale * r * (dL/dy - mean(dL/dy) - n * mean(dL/dy * n)); with given statistics scale * r * dL/dy",
               .rule = batch_normalization});
}

}  // namespace upkeep::gradients
