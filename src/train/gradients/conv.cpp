// Conv            y = x * w + b       dL/dx = dL/dy convolved back with w      dL/dw = x correlated with dL/dy      dL/db = sum(dL/dy)
// ConvTranspose   the same with the sides exchanged: its output is what its windows slide over
//
// (Dumoulin & Visin, A guide to convolution arithmetic for deep learning, 2016; the maps themselves: convolution.cpp)

#include "train/gradients/shared/convolution.hpp"

namespace upkeep::gradients {

static Grads conv(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const Value w = node.input(1);
  const Value grad = full_grad(node, ops);
  Grads grads(node.input_count());
  if (node.wants(0)) grads[0] = conv_input_grad(ops, node.node(), grad, x, w);
  if (node.wants(1)) grads[1] = conv_weight_grad(ops, node.node(), grad, x, w);
  if (node.wants(2)) grads[2] = conv_bias_grad(ops, grad);
  return grads;
}

static Grads conv_transpose(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const Value w = node.input(1);
  const Value grad = full_grad(node, ops);
  const Sliding sliding = transposed_sliding_of(ops, node.node(), x, node.output(0), w);
  Grads grads(node.input_count());
  if (node.wants(0)) grads[0] = convolve(ops, sliding, grad, w, x);
  if (node.wants(1)) grads[1] = correlate(ops, sliding, grad, x, w);
  if (node.wants(2)) grads[2] = conv_bias_grad(ops, grad);
  return grads;
}

void add_conv(GradientCatalog& catalog) {
  catalog.add(
      {.name = "Conv", .aliases = {}, .help = "dL/dx = dL/dy convolved back with w, dL/dw = x correlated with dL/dy", .rule = conv});
  catalog.add({.name = "ConvTranspose", .aliases = {}, .help = "dL/dx = dL/dy convolved with w", .rule = conv_transpose});
}

}  // namespace upkeep::gradients
