// n = (x - mean(x)) * r,   r = 1 / sqrt(var(x) + epsilon) over some axes, and y = scale * n + b:
//
//   LayerNormalization          over the axes from `axis` on                 scale and b broadcast to x
//   InstanceNormalization       over the axes from 2 on                      scale and b per channel
//   GroupNormalization          over the channels of a group and the axes from 2 on      per channel; per group before operator set 21
//   MeanVarianceNormalization   over `axes`                                  without scale, b and epsilon
//
// With h = dL/dy * scale:   dL/dx = r * (h - mean(h) - n * mean(h * n))      (Ba, Kiros & Hinton 2016)
// dL/dscale = dL/dy * n and dL/db = dL/dy, summed back over what broadcasting repeated
// LayerNormalization's other outputs, of m elements:   dmean/dx = 1 / m      dr/dx = -r^2 * n / m

#include <numeric>

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

using Axes = std::vector<std::int64_t>;

Axes axes_from(std::int64_t first, std::size_t rank) {
  Axes axes(rank - static_cast<std::size_t>(first));
  std::iota(axes.begin(), axes.end(), first);
  return axes;
}

// What the operator computes on its way; half precision in single precision, as the operators themselves do.
struct Standardized {
  Standardized(Ops& ops, const Value& x, Axes over, float epsilon) : axes(std::move(over)) {
    const Value wide = x.dtype() == DType::kFloat16 || x.dtype() == DType::kBFloat16 ? ops.cast(x, DType::kFloat32) : x;
    const Value centred = ops.sub(wide, mean(ops, wide));
    r = ops.reciprocal(ops.sqrt(ops.add(mean(ops, ops.mul(centred, centred)), epsilon)));
    n = ops.mul(centred, r);
  }
  Value mean(Ops& ops, const Value& value) const { return ops.reduce_mean(value, axes, true); }
  Value like(Ops& ops, const Value& value) const { return ops.cast(value, n.dtype()); }
  Value input_grad(Ops& ops, const Value& h) const {
    return ops.mul(ops.sub(ops.sub(h, mean(ops, h)), ops.mul(n, mean(ops, ops.mul(h, n)))), r);
  }

  Axes axes;
  Value r, n;
};

Value in_type_of(Ops& ops, const Value& value, const Value& like) { return value ? ops.cast(value, like.dtype()) : value; }

Grads layer_normalization(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const Axes axes = axes_from(positive_axis(node.attribute<std::int64_t>("axis", -1), x.rank()), x.rank());
  const Standardized by(ops, x, axes, node.attribute("epsilon", 1e-5f));
  Grads grads(node.input_count());
  std::vector<Value> parts;
  if (node.grad(0)) {
    const Value grad = by.like(ops, full_grad(node, ops));
    parts.push_back(by.input_grad(ops, ops.mul(grad, by.like(ops, node.input(1)))));
    grads[1] = in_type_of(ops, to_input(node, ops, 1, ops.mul(grad, by.n)), node.input(1));
    if (node.input(2)) grads[2] = in_type_of(ops, to_input(node, ops, 2, grad), node.input(2));
  }
  const auto share = [&] { return ops.div(ops.cast(ops.size(by.r), by.n.dtype()), ops.cast(ops.size(x), by.n.dtype())); };  // 1 / m
  if (node.output_count() > 1 && node.grad(1)) parts.push_back(ops.mul(by.like(ops, node.grad(1)), share()));
  if (node.output_count() > 2 && node.grad(2))
    parts.push_back(ops.mul(ops.mul(ops.mul(by.like(ops, node.grad(2)), ops.neg(share())), ops.mul(by.r, by.r)), by.n));
  if (!parts.empty()) grads[0] = ops.cast(plus(ops, parts), x.dtype());
  return grads;
}

// [C] against [N, C, ...].
Value along_channels(Ops& ops, const Value& value, std::size_t rank) {
  return rank > 2 ? ops.unsqueeze(value, axes_from(1, rank - 1)) : value;
}

Axes all_but_axis_1(std::size_t rank) {
  Axes axes = axes_from(1, rank);
  axes[0] = 0;
  return axes;
}

Grads instance_normalization(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const Standardized by(ops, x, axes_from(2, x.rank()), node.attribute("epsilon", 1e-5f));
  const Value grad = by.like(ops, full_grad(node, ops));
  const Value h = ops.mul(grad, along_channels(ops, by.like(ops, node.input(1)), x.rank()));
  const Axes others = all_but_axis_1(x.rank());
  return {ops.cast(by.input_grad(ops, h), x.dtype()), in_type_of(ops, ops.reduce_sum(ops.mul(grad, by.n), others), node.input(1)),
          in_type_of(ops, ops.reduce_sum(grad, others), node.input(2))};
}

// With x as [N, groups, the rest], where scale and b of the older operator belong to axis 1.
Grads group_normalization(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const auto in_groups = [&](const Value& value) { return ops.reshape(value, {0, node.attribute<std::int64_t>("num_groups", 1), -1}); };
  const bool per_group = ops.model().opsets.at("") < 21;
  const Standardized by(ops, in_groups(x), {2}, node.attribute("epsilon", 1e-5f));
  const Value whole = by.like(ops, full_grad(node, ops));
  const Value grad = per_group ? in_groups(whole) : whole;
  const Value n = per_group ? by.n : reshape_like(ops, by.n, x);
  const Value scaled = ops.mul(grad, along_channels(ops, by.like(ops, node.input(1)), grad.rank()));
  const Value dx = by.input_grad(ops, per_group ? scaled : in_groups(scaled));
  const Axes others = all_but_axis_1(grad.rank());
  return {ops.cast(reshape_like(ops, dx, x), x.dtype()), in_type_of(ops, ops.reduce_sum(ops.mul(grad, n), others), node.input(1)),
          in_type_of(ops, ops.reduce_sum(grad, others), node.input(2))};
}

Grads mean_variance_normalization(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const Standardized by(ops, x, node.attribute<Axes>("axes", {0, 2, 3}), 1e-18f);  // the operator adds 1e-9 to the deviation
  return {ops.cast(by.input_grad(ops, by.like(ops, full_grad(node, ops))), x.dtype())};
}

}  // namespace

void add_layer_normalization(GradientCatalog& catalog) {
  const std::string help = "dL/dx = r * (h - mean(h) - n * mean(h * n)), h = dL/dy * scale";
  catalog.add({.name = "LayerNormalization", .aliases = {}, .help = help, .rule = layer_normalization});
  catalog.add({.name = "InstanceNormalization", .aliases = {}, .help = help, .rule = instance_normalization});
  catalog.add({.name = "GroupNormalization", .aliases = {}, .help = help, .rule = group_normalization});
  catalog.add({.name = "MeanVarianceNormalization", .aliases = {}, .help = help, .rule = mean_variance_normalization});
}

}  // namespace upkeep::gradients
