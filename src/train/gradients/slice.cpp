// Slice    y = every step-th element of x between start and end    dL/dx = dL/dy where it was taken from, zeros around
// Pad      y = x with a constant around                            dL/dx = the middle of dL/dy: a padding by negative amounts
//
// With known sizes and steps of 1 the gradient of a slice is a padding. Otherwise the elements' numbers are sliced in the same way, and the
// gradient is scattered to them.

#include <algorithm>

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

// Amounts before and after each axis, when they are known.
std::optional<std::vector<std::int64_t>> padding_of_slice(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const auto starts = constant_ints(ops, node.input(1));
  const auto ends = constant_ints(ops, node.input(2));
  auto axes = constant_ints(ops, node.input(3));
  const auto steps = constant_ints(ops, node.input(4));
  if (!x.rank_known() || !starts || !ends || (node.input(3) && !axes) || (node.input(4) && !steps)) return std::nullopt;
  if (steps && std::ranges::any_of(*steps, [](std::int64_t step) { return step != 1; })) return std::nullopt;
  std::vector<std::int64_t> pads(2 * x.rank());
  for (std::size_t i = 0; i < starts->size(); ++i) {
    const auto axis = static_cast<std::size_t>(axes ? positive_axis((*axes)[i], x.rank()) : static_cast<std::int64_t>(i));
    const Dim& dim = x.dims()[axis];
    if (!dim.known()) return std::nullopt;
    const auto clipped = [&](std::int64_t place) { return std::clamp(place < 0 ? place + dim.value : place, std::int64_t{0}, dim.value); };
    const std::int64_t start = clipped((*starts)[i]);
    pads[axis] = start;
    pads[axis + x.rank()] = dim.value - std::max(start, clipped((*ends)[i]));
  }
  return pads;
}

Value scattered_slice(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  const Value size = ops.size(x);
  const Value range =
      ops.node("Range", {ops.constant(Tensor::scalar(std::int64_t{0})), size, ops.constant(Tensor::scalar(std::int64_t{1}))});
  std::vector<Value> inputs{reshape_like(ops, range, x)};
  for (std::size_t i = 1; i < node.input_count(); ++i) inputs.push_back(node.input(i));
  const Value taken = ops.reshape(ops.node("Slice", inputs), {-1});
  const Value zeros = zeros_like(ops, ops.reshape(x, {-1}));
  const Value scattered = ops.node("ScatterElements", {zeros, taken, ops.reshape(full_grad(node, ops), {-1})}, {{"axis", std::int64_t{0}}});
  return reshape_like(ops, scattered, x);
}

Grads slice(const ForwardNode& node, Ops& ops) {
  Grads grads(node.input_count());
  const auto pads = padding_of_slice(node, ops);
  grads[0] = pads ? ops.node("Pad", {full_grad(node, ops), ops.ints(*pads)}) : scattered_slice(node, ops);
  return grads;
}

Grads pad(const ForwardNode& node, Ops& ops) {
  const std::string mode = node.attribute<std::string>("mode", "constant");
  if (mode != "constant") throw Error(ErrorCode::kUnsupported, "mode \"" + mode + "\" has no gradient", "mode \"constant\" has one");
  const auto pads = constant_ints(ops, node.input(1));
  std::vector<std::int64_t> negative = pads.value_or(std::vector<std::int64_t>{});
  for (std::int64_t& amount : negative) amount = -amount;
  const Value grad = full_grad(node, ops);
  Grads grads(node.input_count());
  grads[0] = ops.node("Pad", {grad, pads ? ops.ints(std::move(negative)) : ops.neg(node.input(1)), Value(), node.input(3)});
  if (node.wants(2)) grads[2] = ops.sub(ops.reduce_sum(grad, {}), ops.reduce_sum(grads[0], {}));
  return grads;
}

}  // namespace

void add_slice(GradientCatalog& catalog) {
  catalog.add({.name = "Slice", .aliases = {}, .help = "dL/dx = dL/dy where it was taken from", .rule = slice});
  catalog.add({.name = "Pad", .aliases = {}, .help = "dL/dx = the middle of dL/dy", .rule = pad});
}

}  // namespace upkeep::gradients
