// y = scale * n + b,   n = (x - mean(x)) * r,   r = 1 / sqrt(var(x) + epsilon), over the axes from `axis` on
//
// With h = dL/dy * scale:   dL/dx = r * (h - mean(h) - n * mean(h * n))      (Ba, Kiros & Hinton 2016)
// dL/dscale = dL/dy * n and dL/db = dL/dy, summed back over what broadcasting repeated

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

Grads layer_normalization(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  std::vector<std::int64_t> axes;
  for (std::int64_t i = positive_axis(node.attribute<std::int64_t>("axis", -1), x.rank()); i < static_cast<std::int64_t>(x.rank()); ++i)
    axes.push_back(i);
  const auto mean = [&](Value value) { return ops.reduce_mean(value, axes, true); };
  const Value centred = ops.sub(x, mean(x));
  const Value variance = mean(ops.mul(centred, centred));
  const Value r = ops.reciprocal(ops.sqrt(ops.add(variance, node.attribute("epsilon", 1e-5f))));
  const Value n = ops.mul(centred, r);
  const Value grad = full_grad(node, ops);
  const Value h = ops.mul(grad, node.input(1));
  const Value rest = ops.sub(ops.sub(h, mean(h)), ops.mul(n, mean(ops.mul(h, n))));
  Grads grads{ops.mul(rest, r), to_input(node, ops, 1, ops.mul(grad, n)), Value()};
  if (node.input(2)) grads[2] = to_input(node, ops, 2, grad);
  grads.resize(node.input_count());
  return grads;
}

}  // namespace

void add_layer_normalization(GradientCatalog& catalog) {
  catalog.add({.name = "LayerNormalization",
               .aliases = {},
               .help = "dL/dx = r * (h - mean(h) - n * mean(h * n)), h = dL/dy * scale",
               .rule = layer_normalization});
}

}  // namespace upkeep::gradients
