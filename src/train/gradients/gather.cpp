// Elements of x by index: their gradients are added up where each came from, for an index may occur twice.
//
// Gather, GatherElements, GatherND   dL/dx = dL/dy added up by index
// TopK                               the indices are its second output
// Compress                           the indices are those where the condition holds
// Unique                             the indices say where each value occurs first: there its gradient goes

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

Attribute adding_up() { return {"reduction", std::string("add"), {}}; }

Grads gather(const ForwardNode& node, Ops& ops) {
  return {returned_along(ops, node.input(0), node.attribute<std::int64_t>("axis", 0), node.input(1), full_grad(node, ops)), Value()};
}

Grads gather_elements(const ForwardNode& node, Ops& ops) {
  const Attribute axis{"axis", node.attribute<std::int64_t>("axis", 0), {}};
  const Value zeros = zeros_like(ops, node.input(0));
  return {ops.node("ScatterElements", {zeros, node.input(1), full_grad(node, ops)}, {axis, adding_up()}), Value()};
}

// [Batch..., indices..., k]: with batch dimensions, each index gets its own place in the batch put before it.
Value whole_indices(const ForwardNode& node, Ops& ops) {
  const Value indices = node.input(1);
  const auto batch_dims = static_cast<std::size_t>(node.attribute<std::int64_t>("batch_dims", 0));
  if (batch_dims == 0) return indices;
  const std::size_t rank = known_rank(indices);
  const Value column = joined(ops, {sizes(ops, indices, 0, rank - 1), ops.ints({1})});
  std::vector<Value> columns;
  for (std::size_t i = 0; i < batch_dims; ++i) {
    std::vector<std::int64_t> after;
    for (std::size_t j = 1; j < rank - i; ++j) after.push_back(static_cast<std::int64_t>(j));
    columns.push_back(ops.expand(ops.unsqueeze(count_along(ops, indices, i), std::move(after)), column));
  }
  columns.push_back(indices);
  return ops.concat(std::move(columns), -1);
}

Grads gather_nd(const ForwardNode& node, Ops& ops) {
  const Value zeros = zeros_like(ops, node.input(0));
  return {ops.node("ScatterND", {zeros, whole_indices(node, ops), full_grad(node, ops)}, {adding_up()}), Value()};
}

Grads top_k(const ForwardNode& node, Ops& ops) {
  const Attribute axis{"axis", node.attribute<std::int64_t>("axis", -1), {}};
  Grads grads(2);
  if (node.grad(0)) grads[0] = ops.node("ScatterElements", {zeros_like(ops, node.input(0)), node.output(1), full_grad(node, ops)}, {axis});
  return grads;
}

// Along the axis, or, without one, among all elements in row-major order.
Value returned_along_axis_of(const ForwardNode& node, Ops& ops, Value indices) {
  const Value x = node.input(0);
  const Value grad = full_grad(node, ops);
  if (!node.node().find("axis")) return returned_by_number(ops, x, indices, grad);
  return returned_along(ops, x, node.attribute<std::int64_t>("axis", 0), indices, grad);
}

Grads compress(const ForwardNode& node, Ops& ops) {
  const Value held = ops.squeeze(ops.node("NonZero", {node.input(1)}), {0});
  return {returned_along_axis_of(node, ops, held), Value()};
}

Grads unique(const ForwardNode& node, Ops& ops) {
  const Value known = node.output(1);
  return {returned_along_axis_of(node, ops, known ? known : ops.nodes("Unique", {node.input(0)}, 2, node.node().attributes)[1])};
}

}  // namespace

void add_gather(GradientCatalog& catalog) {
  catalog.add({.name = "Gather", .aliases = {}, .help = "dL/dx = dL/dy added up by index", .rule = gather, .through_integers = true});
  catalog.add({.name = "GatherElements", .aliases = {}, .help = "dL/dx = dL/dy added up by index", .rule = gather_elements});
  catalog.add({.name = "GatherND", .aliases = {}, .help = "dL/dx = dL/dy added up by index", .rule = gather_nd});
  catalog.add({.name = "TopK", .aliases = {}, .help = "dL/dx = dL/dy where it came from", .rule = top_k});
  catalog.add({.name = "Compress", .aliases = {}, .help = "dL/dx = dL/dy where the condition holds", .rule = compress});
  catalog.add({.name = "Unique", .aliases = {}, .help = "dL/dx = dL/dy where the value occurs first", .rule = unique});
}

}  // namespace upkeep::gradients
