// Pad             y = x with something around: a constant, or elements of x (modes reflect, edge, wrap); a negative amount cuts off
// CenterCropPad   y = x cut or padded to a size, the same amount at both ends
//
// A constant around: dL/dx = dL/dy padded by the negative amounts, dL/dconstant = the sum of the rest. Elements around: the elements'
// numbers are padded in the same way, and say to whom each part of dL/dy is due.

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

Grads pad_with_constant(const ForwardNode& node, Ops& ops) {
  const auto pads = constant_ints(ops, node.input(1));
  std::vector<std::int64_t> negative = pads.value_or(std::vector<std::int64_t>{});
  for (std::int64_t& amount : negative) amount = -amount;
  const Value grad = full_grad(node, ops);
  Grads grads(node.input_count());
  grads[0] = ops.node("Pad", {grad, pads ? ops.ints(std::move(negative)) : ops.neg(node.input(1)), Value(), node.input(3)});
  if (node.wants(2)) grads[2] = ops.sub(ops.reduce_sum(grad, {}), ops.reduce_sum(grads[0], {}));
  return grads;
}

Grads pad(const ForwardNode& node, Ops& ops) {
  const std::string mode = node.attribute<std::string>("mode", "constant");
  if (mode == "constant") return pad_with_constant(node, ops);
  const Value x = node.input(0);
  const Value numbers = ops.node("Pad", {element_numbers(ops, x), node.input(1), Value(), node.input(3)}, {{"mode", mode, {}}});
  Grads grads(node.input_count());
  grads[0] = returned_by_number(ops, x, numbers, full_grad(node, ops));
  return grads;
}

Grads center_crop_pad(const ForwardNode& node, Ops& ops) {
  const auto axes = node.attribute<std::vector<std::int64_t>>("axes", {});
  Value size = ops.shape(node.input(0));
  if (!axes.empty()) size = ops.gather(size, ops.ints(axes), 0);
  return {ops.node("CenterCropPad", {full_grad(node, ops), size}, node.node().attributes), Value()};
}

}  // namespace

void add_pad(GradientCatalog& catalog) {
  catalog.add(
      {.name = "Pad", .aliases = {}, .help = "dL/dx = dL/dy added up where each element came from", .rule = pad, .through_integers = true});
  catalog.add({.name = "CenterCropPad", .aliases = {}, .help = "dL/dx = dL/dy padded or cut back", .rule = center_crop_pad});
}

}  // namespace upkeep::gradients
