// Concat    y = the inputs one after the other along an axis    dL/dx_i = its part of dL/dy
// Split     y_i = the parts of x along an axis                  dL/dx = the dL/dy_i one after the other; zeros for a part that nobody reads

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

Value sizes_along(const ForwardNode& node, Ops& ops, std::int64_t axis) {
  const auto from = static_cast<std::size_t>(axis);
  std::vector<Value> parts;
  for (std::size_t i = 0; i < node.input_count(); ++i) parts.push_back(sizes(ops, node.input(i), from, from + 1));
  return joined(ops, std::move(parts));
}

Grads concat(const ForwardNode& node, Ops& ops) {
  if (node.input_count() == 1) return {node.grad(0)};
  if (is_scalar(node.grad(0))) return Grads(node.input_count(), node.grad(0));
  const std::int64_t axis = positive_axis(node.attribute<std::int64_t>("axis", 0), known_rank(node.input(0)));
  return ops.nodes("Split", {full_grad(node, ops), sizes_along(node, ops, axis)}, node.input_count(), {{"axis", axis}});
}

Grads split(const ForwardNode& node, Ops& ops) {
  std::vector<Value> parts;
  for (std::size_t i = 0; i < node.output_count(); ++i)
    parts.push_back(node.grad(i) ? full_grad(node, ops, i) : zeros_like(ops, node.output(i)));
  return {ops.concat(std::move(parts), node.attribute<std::int64_t>("axis", 0)), Value()};
}

}  // namespace

void add_concat(GradientCatalog& catalog) {
  catalog.add({.name = "Concat", .aliases = {}, .help = "dL/dx_i = its part of dL/dy", .rule = concat, .through_integers = true});
  catalog.add({.name = "Split", .aliases = {}, .help = "dL/dx = the dL/dy_i, concatenated", .rule = split, .through_integers = true});
}

}  // namespace upkeep::gradients
