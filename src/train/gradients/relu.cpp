// Relu              y = max(x, 0)                    dL/dx = dL/dy where y > 0
// LeakyRelu         y = x > 0 ? x : alpha * x        dL/dx = dL/dy * (x > 0 ? 1 : alpha)
// ThresholdedRelu   y = x > alpha ? x : 0            dL/dx = dL/dy where x > alpha
// PRelu             y = x > 0 ? x : slope * x        dL/dslope = dL/dy * min(x, 0)
// Shrink            y = x moved by bias towards 0 where |x| > lambd, else 0      dL/dx = dL/dy where |x| > lambd
//
// At the kink each takes the side of x < 0, as Keras does. By y rather than x where their signs agree: then nobody reads x, and the runtime
// can fuse the activation into the product before it.

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads relu(const ForwardNode& node, Ops& ops) { return {masked(ops, node.grad(0), ops.greater(node.output(0), 0.0f))}; }

static Grads leaky_relu(const ForwardNode& node, Ops& ops) {
  const float alpha = node.attribute("alpha", 0.01f);
  const Value sign_source = alpha > 0 ? node.output(0) : node.input(0);
  return {times(ops, node.grad(0), step(ops, ops.greater(sign_source, 0.0f), 1, alpha, sign_source.dtype()))};
}

static Grads thresholded_relu(const ForwardNode& node, Ops& ops) {
  return {masked(ops, node.grad(0), ops.greater(node.input(0), node.attribute("alpha", 1.0f)))};
}

static Grads shrink(const ForwardNode& node, Ops& ops) {
  return {masked(ops, node.grad(0), ops.greater(ops.abs(node.input(0)), node.attribute("lambd", 0.5f)))};
}

static Grads p_relu(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const Value slope = node.input(1);
  const Value positive = ops.cast(ops.greater(x, 0.0f), x.dtype());
  const Value factor = ops.add(positive, ops.mul(ops.sub(1.0f, positive), slope));
  const Value below = ops.min(x, number(ops, 0, x.dtype()));
  return {times(ops, node.grad(0), factor), to_input(node, ops, 1, times(ops, node.grad(0), below))};
}

void add_relu(GradientCatalog& catalog) {
  catalog.add({.name = "Relu", .aliases = {}, .help = "dL/dx = dL/dy where y > 0", .rule = relu});
  catalog.add({.name = "LeakyRelu", .aliases = {}, .help = "dL/dx = dL/dy * (x > 0 ? 1 : alpha)", .rule = leaky_relu});
  catalog.add({.name = "ThresholdedRelu", .aliases = {}, .help = "dL/dx = dL/dy where x > alpha", .rule = thresholded_relu});
  catalog.add({.name = "Shrink", .aliases = {}, .help = "dL/dx = dL/dy where |x| > lambd", .rule = shrink});
  catalog.add(
      {.name = "PRelu", .aliases = {}, .help = "dL/dx = dL/dy * (x > 0 ? 1 : slope), dL/dslope = dL/dy * min(x, 0)", .rule = p_relu});
}

}  // namespace upkeep::gradients
