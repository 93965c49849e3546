// Elements that change places, put back.
//
// SpaceToDepth      dL/dx = DepthToSpace(dL/dy), which reads the channels as [b, b, C] ("DCR")
// DepthToSpace      DCR: dL/dx = SpaceToDepth(dL/dy). CRD reads them as [C, b, b]: dL/dy seen as [N, C, H, b, W, b], permuted to
//                   [N, C, b, b, H, W]
// ReverseSequence   undoes itself

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

Grads depth_to_space(const ForwardNode& node, Ops& ops) {
  const std::int64_t block = node.attribute<std::int64_t>("blocksize", 0);
  const Value grad = full_grad(node, ops);
  if (node.attribute<std::string>("mode", "DCR") == "DCR") return {ops.node("SpaceToDepth", {grad}, {{"blocksize", block, {}}})};
  const Value x = node.input(0);
  const Value b = ops.ints({block});
  const Value apart = joined(ops, {sizes(ops, node.output(0), 0, 2), sizes(ops, x, 2, 3), b, sizes(ops, x, 3, 4), b});
  const Value blocks = ops.node("Reshape", {grad, apart}, {{"allowzero", std::int64_t{1}, {}}});
  return {reshape_like(ops, ops.transpose(blocks, {0, 1, 3, 5, 2, 4}), x)};
}

Grads space_to_depth(const ForwardNode& node, Ops& ops) {
  return {ops.node("DepthToSpace", {full_grad(node, ops)}, {{"blocksize", node.attribute<std::int64_t>("blocksize", 0), {}}})};
}

Grads reverse_sequence(const ForwardNode& node, Ops& ops) {
  return {ops.node("ReverseSequence", {full_grad(node, ops), node.input(1)}, node.node().attributes), Value()};
}

}  // namespace

void add_depth_to_space(GradientCatalog& catalog) {
  catalog.add({.name = "DepthToSpace",
               .aliases = {},
               .help = "dL/dx = dL/dy with its elements put back",
               .rule = depth_to_space,
               .through_integers = true});
  catalog.add({.name = "SpaceToDepth",
               .aliases = {},
               .help = "dL/dx = dL/dy with its elements put back",
               .rule = space_to_depth,
               .through_integers = true});
  catalog.add({.name = "ReverseSequence", .aliases = {}, .help = "dL/dx = dL/dy, reversed again", .rule = reverse_sequence});
}

}  // namespace upkeep::gradients
