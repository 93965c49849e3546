// DFT    Y_k = sum_n x_n e^(-2 pi i k n / N)    linear: the gradient is the adjoint transform, dL/dx_n = sum_k dL/dY_k e^(+2 pi i k n / N),
// where a complex number is a pair on the last axis. That is N times the inverse transform; of the inverse, 1 / N times the transform.
//
// A signal that was cut or padded with zeros to dft_length gets back as many elements as it had. Of a onesided transform only the first
// N / 2 + 1 elements were given: the others are zero. Of a real signal the gradient is the real part.

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

Value dft_dimension(Ops& ops, Value value, Value axis) {
  return ops.gather(ops.shape(value), ops.reshape(ops.cast(axis, DType::kInt64), {1}), 0);
}

// `value` with `size` elements along the axis: cut, or zeros behind. Sizes and axis are int64 [1], the axis not negative.
Value dft_resized(Ops& ops, Value value, Value size, Value axis) {
  const Value zero = ops.ints({0});
  const Value now = dft_dimension(ops, value, axis);
  const Value cut = ops.node("Slice", {value, zero, ops.min(size, now), axis});
  const Value behind = ops.sub(ops.max(size, now), now);
  return ops.node("Pad", {cut, ops.concat({zero, behind}, 0), Value(), axis});
}

Grads dft(const ForwardNode& node, Ops& ops) {
  const Value x = node.input(0);
  if (!x.rank_known()) throw Error(ErrorCode::kUnsupported, "the rank of the signal is not known", "give the graph's inputs their shapes");
  const bool axis_is_input = ops.model().opsets.at("") >= 20;
  Value axis = axis_is_input ? node.input(2) : ops.ints({node.attribute<std::int64_t>("axis", 1)});
  axis = axis ? ops.reshape(ops.cast(axis, DType::kInt64), {1}) : ops.ints({-2});
  const Value rank = ops.ints({static_cast<std::int64_t>(x.rank())});
  axis = ops.node("Mod", {ops.add(axis, rank), rank});
  const bool inverse = node.attribute<std::int64_t>("inverse", 0) != 0;
  const Value signal_size = dft_dimension(ops, x, axis);
  const Value size = node.input(1) ? ops.reshape(ops.cast(node.input(1), DType::kInt64), {1}) : signal_size;
  Value grad = full_grad(node, ops);
  if (node.attribute<std::int64_t>("onesided", 0) != 0) grad = dft_resized(ops, grad, size, axis);
  std::vector<Attribute> attributes{{"inverse", std::int64_t{!inverse}, {}}};
  std::vector<Value> inputs{grad, Value()};
  if (axis_is_input) inputs.push_back(ops.reshape(axis, std::vector<std::int64_t>{}));
  else attributes.push_back({"axis", node.attribute<std::int64_t>("axis", 1), {}});
  const Value back = ops.node("DFT", inputs, std::move(attributes));
  const Value count = ops.cast(ops.reshape(size, std::vector<std::int64_t>{}), x.dtype());
  Value adjoint = inverse ? ops.div(back, count) : ops.mul(back, count);
  if (node.input(1)) adjoint = dft_resized(ops, adjoint, signal_size, axis);
  const Dim& last = x.dims().back();
  if (last.value != 2) {
    const Value pair = ops.ints({static_cast<std::int64_t>(x.rank()) - 1});
    adjoint = ops.node("Slice", {adjoint, ops.ints({0}), last.known() ? ops.ints({1}) : dft_dimension(ops, x, pair), pair});
  }
  return {adjoint, Value(), Value()};
}

}  // namespace

void add_dft(GradientCatalog& catalog) {
  catalog.add({.name = "DFT", .aliases = {}, .help = "dL/dx = the adjoint transform of dL/dY", .rule = dft});
}

}  // namespace upkeep::gradients
