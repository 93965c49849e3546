// The same elements in another shape: the gradient goes back into the shape of x. A single number stays one.

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads reshape(const ForwardNode& node, Ops& ops) {
  if (is_scalar(node.grad(0))) return {node.grad(0), Value()};
  return {reshape_like(ops, full_grad(node, ops), node.input(0)), Value()};
}

static Grads squeeze(const ForwardNode& node, Ops& ops) {
  if (is_scalar(node.grad(0)) || !node.input(1)) return reshape(node, ops);
  return {ops.node("Unsqueeze", {full_grad(node, ops), node.input(1)}), Value()};
}

static Grads unsqueeze(const ForwardNode& node, Ops& ops) {
  if (is_scalar(node.grad(0))) return {node.grad(0), Value()};
  return {ops.node("Squeeze", {full_grad(node, ops), node.input(1)}), Value()};
}

void add_reshape(GradientCatalog& catalog) {
  catalog.add(
      {.name = "Reshape", .aliases = {"Flatten"}, .help = "dL/dx = dL/dy in the shape of x", .rule = reshape, .through_integers = true});
  catalog.add(
      {.name = "Squeeze", .aliases = {}, .help = "dL/dx = dL/dy with the axes put back", .rule = squeeze, .through_integers = true});
  catalog.add(
      {.name = "Unsqueeze", .aliases = {}, .help = "dL/dx = dL/dy with the axes taken away", .rule = unsqueeze, .through_integers = true});
}

}  // namespace upkeep::gradients
