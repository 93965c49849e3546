// y = a + b + ...      dL/da = dL/dy, summed back over what broadcasting repeated; the same for every input
// y = a - b            dL/db = -dL/dy

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {

static Grads add(const ForwardNode& node, Ops& ops) {
  Grads grads;
  for (std::size_t i = 0; i < node.input_count(); ++i) grads.push_back(to_input(node, ops, i, node.grad(0)));
  return grads;
}

static Grads sub(const ForwardNode& node, Ops& ops) {
  return {to_input(node, ops, 0, node.grad(0)), times(ops, to_input(node, ops, 1, node.grad(0)), -1)};
}

static Grads mean(const ForwardNode& node, Ops& ops) {
  Grads grads = add(node, ops);
  for (Value& grad : grads) grad = times(ops, grad, 1.0 / static_cast<double>(node.input_count()));
  return grads;
}

void add_add(GradientCatalog& catalog) {
  catalog.add({.name = "Add", .aliases = {"Sum"}, .help = "dL/da = dL/dy", .rule = add});
  catalog.add({.name = "Sub", .aliases = {}, .help = "dL/da = dL/dy, dL/db = -dL/dy", .rule = sub});
  catalog.add({.name = "Mean", .aliases = {}, .help = "dL/da = dL/dy / n", .rule = mean});
}

}  // namespace upkeep::gradients
