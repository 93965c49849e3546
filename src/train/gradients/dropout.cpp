// While training   y = mask ? x / (1 - ratio) : 0      dL/dx = dL/dy / (1 - ratio) where the mask holds
// Otherwise        y = x                               dL/dx = dL/dy; the mask is all true then

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

Value scale(const ForwardNode& node, Ops& ops, DType dtype) {
  const Value ratio = node.input(1) ? ops.cast(node.input(1), dtype) : number(ops, 0.5, dtype);
  if (const auto known = constant_number(ops, ratio)) return number(ops, 1 / (1 - *known), dtype);
  return ops.reciprocal(ops.sub(1.0f, ratio));
}

Grads dropout(const ForwardNode& node, Ops& ops) {
  const Value training = node.input(2);
  const auto known = constant_number(ops, training);
  Grads grads(node.input_count());
  grads[0] = node.grad(0);
  if (!training || (known && *known == 0)) return grads;
  if (!node.output(1)) throw Error(ErrorCode::kUnsupported, "a gradient needs the mask", "give the Dropout node its second output");
  const DType dtype = node.input(0).dtype();
  const Value scaled = scale(node, ops, dtype);
  const Value factor = known ? scaled : ops.where(training, scaled, number(ops, 1, dtype));
  grads[0] = times(ops, masked(ops, node.grad(0), node.output(1)), factor);
  return grads;
}

}  // namespace

void add_dropout(GradientCatalog& catalog) {
  catalog.add({.name = "Dropout", .aliases = {}, .help = "dL/dx = dL/dy / (1 - ratio) where the mask holds", .rule = dropout});
}

}  // namespace upkeep::gradients
