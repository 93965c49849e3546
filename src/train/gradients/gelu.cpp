// y = x * P(x)      dL/dx = dL/dy * (P(x) + x * P'(x))
//
// exact:  P = (1 + erf(x / sqrt 2)) / 2                                  P' = e^(-x^2 / 2) / sqrt(2 pi)
// tanh:   P = (1 + t) / 2, t = tanh(sqrt(2 / pi) (x + 0.044715 x^3))     P' = (1 - t^2) / 2 * sqrt(2 / pi) (1 + 3 * 0.044715 x^2)

#include <numbers>

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Value exact_slope(Ops& ops, Value x) {
  const Value p = times(ops, ops.add(ops.erf(times(ops, x, 1 / std::numbers::sqrt2)), 1.0f), 0.5);
  const Value density = times(ops, ops.exp(times(ops, ops.mul(x, x), -0.5)), std::numbers::inv_sqrtpi / std::numbers::sqrt2);
  return ops.add(p, ops.mul(x, density));
}

// Beyond 10 tanh is 1 in every float type: x is cut there, so that 0 is not multiplied by an overflowing x^3.
static Value tanh_slope(Ops& ops, Value wide) {
  constexpr double kScale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
  constexpr double kCubic = 0.044715;
  const Value x = ops.clip(wide, -10, 10);
  const Value square = ops.mul(x, x);
  const Value t = ops.tanh(times(ops, ops.mul(x, ops.add(times(ops, square, kCubic), 1.0f)), kScale));
  const Value inner = times(ops, ops.add(times(ops, square, 3 * kCubic), 1.0f), kScale);
  const Value slope = ops.mul(ops.mul(x, inner), ops.sub(1.0f, ops.mul(t, t)));
  return times(ops, ops.add(ops.add(t, 1.0f), slope), 0.5);
}

static Grads gelu(const ForwardNode& node, Ops& ops) {
  const bool by_tanh = node.attribute<std::string>("approximate", "none") == "tanh";
  return {times(ops, node.grad(0), by_tanh ? tanh_slope(ops, node.input(0)) : exact_slope(ops, node.input(0)))};
}

void add_gelu(GradientCatalog& catalog) {
  catalog.add({.name = "Gelu", .aliases = {}, .help = "dL/dx = dL/dy * (P + x * P'), y = x * P(x)", .rule = gelu});
}

}  // namespace upkeep::gradients
