// Slice    y = every step-th element of x between start and end    dL/dx = dL/dy where it was taken from, zeros around
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
  std::vector<Value> inputs{element_numbers(ops, x)};
  for (std::size_t i = 1; i < node.input_count(); ++i) inputs.push_back(node.input(i));
  return returned_by_number(ops, x, ops.node("Slice", inputs), full_grad(node, ops));
}

Grads slice(const ForwardNode& node, Ops& ops) {
  Grads grads(node.input_count());
  const auto pads = padding_of_slice(node, ops);
  grads[0] = pads ? ops.node("Pad", {full_grad(node, ops), ops.ints(*pads)}) : scattered_slice(node, ops);
  return grads;
}

}  // namespace

void add_slice(GradientCatalog& catalog) {
  catalog.add({.name = "Slice", .aliases = {}, .help = "dL/dx = dL/dy where it was taken from", .rule = slice, .through_integers = true});
}

}  // namespace upkeep::gradients
