// LpNormalization   y = x / |x|_p along an axis           p = 2: dL/dx = (dL/dy - y * sum(dL/dy * y)) / |x|_2
//                                                          p = 1: dL/dx = (dL/dy - sign(x) * sum(dL/dy * y)) / |x|_1
// LRN               y = x * s^-beta,  s = bias + alpha / size * (sum of x^2 over `size` neighbouring channels)
//                   dL/dx = dL/dy * s^-beta - 2 alpha beta / size * x * (sum of dL/dy * y / s over the channels that see this one)
//
// Where x is all zeros LpNormalization gives zeros; there dL/dy is let through.

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

Grads lp_normalization(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const Value y = node.output(0);
  const Value grad = full_grad(node, ops);
  const auto p = node.attribute<std::int64_t>("p", 2);
  const auto sum = [&](Value value) { return ops.reduce_sum(value, {node.attribute<std::int64_t>("axis", -1)}, true); };
  const Value norm = p == 1 ? sum(ops.abs(x)) : ops.sqrt(sum(ops.mul(x, x)));
  const Value safe = ops.add(norm, ops.cast(ops.equal(norm, number(ops, 0, x.dtype())), x.dtype()));
  return {ops.div(ops.sub(grad, ops.mul(p == 1 ? ops.sign(x) : y, sum(ops.mul(grad, y)))), safe)};
}

// [N, C, ...] with the sum over `before` channels before and `after` behind in the place of each, by a convolution along axis 1.
Value sum_of_neighbours(Ops& ops, Value value, std::int64_t before, std::int64_t after) {
  const Value image = ops.reshape(ops.unsqueeze(value, {1}),
                                  value.rank() == 2 ? std::vector<std::int64_t>{0, 0, 0, 1} : std::vector<std::int64_t>{0, 0, 0, -1});
  const Value ones = ops.constant(Tensor::full(Shape{1, 1, before + 1 + after, 1}, 1.0f).cast(value.dtype()));
  return reshape_like(ops, ops.node("Conv", {image, ones}, {{"pads", std::vector<std::int64_t>{before, 0, after, 0}}}), value);
}

Grads lrn(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const Value grad = full_grad(node, ops);
  const auto size = node.attribute<std::int64_t>("size", 1);
  const auto scale = static_cast<double>(node.attribute("alpha", 1e-4f)) / static_cast<double>(size);
  const double beta = node.attribute("beta", 0.75f);
  const std::int64_t before = (size - 1) / 2;
  const std::int64_t after = size - 1 - before;
  const Value s =
      ops.add(ops.mul(sum_of_neighbours(ops, ops.mul(x, x), before, after), number(ops, scale, x.dtype())), node.attribute("bias", 1.0f));
  const Value power = ops.pow(s, number(ops, -beta, x.dtype()));
  const Value shared = sum_of_neighbours(ops, ops.div(ops.mul(grad, ops.mul(x, power)), s), after, before);
  return {ops.sub(ops.mul(grad, power), ops.mul(ops.mul(x, shared), number(ops, 2 * scale * beta, x.dtype())))};
}

}  // namespace

void add_lp_normalization(GradientCatalog& catalog) {
  catalog.add({.name = "LpNormalization", .aliases = {}, .help = "dL/dx = (dL/dy - y * sum(dL/dy * y)) / |x|", .rule = lp_normalization});
  catalog.add({.name = "LRN",
               .aliases = {},
               .help = "dL/dx = dL/dy * s^-beta - 2 alpha beta / size * x * (sum of dL/dy * y / s over neighbouring channels)",
               .rule = lrn});
}

}  // namespace upkeep::gradients
