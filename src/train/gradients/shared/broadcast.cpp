// Shapes of gradients. Broadcasting repeats an input along new axes and along axes of size 1; its gradient is the sum over the repetitions.

#include <algorithm>

#include "train/gradients/rule.hpp"
#include "train/gradients/shared/path.hpp"

namespace upkeep::gradients {
namespace {

bool same(const Dim& a, const Dim& b) { return a == b && (a.known() || !a.symbol.empty()); }

bool all_known(const Dims& dims) { return std::ranges::all_of(dims, &Dim::known); }

std::vector<std::int64_t> numbers(const Dims& dims) {
  std::vector<std::int64_t> values;
  for (const Dim& dim : dims) values.push_back(dim.value);
  return values;
}

Value shape_value(Ops& ops, Value like) {
  return like.rank_known() && all_known(like.dims()) ? ops.ints(numbers(like.dims())) : ops.shape(like);
}

// The axes to sum over, or nothing when that depends on sizes that only a run knows. Summing over an axis of size 1 is harmless.
std::optional<std::vector<std::int64_t>> stretched_axes(Value gradient, Value like) {
  if (!gradient.rank_known() || !like.rank_known() || gradient.rank() < like.rank()) return std::nullopt;
  const Dims& from = gradient.dims();
  const Dims& to = like.dims();
  const std::size_t added = from.size() - to.size();
  std::vector<std::int64_t> axes;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (i >= added && (same(from[i], to[i - added]) || from[i].value == 1)) continue;
    if (i >= added && to[i - added].value != 1) return std::nullopt;
    axes.push_back(static_cast<std::int64_t>(i));
  }
  return axes;
}

// Where `like`, with ones put in front, has size 1. Sizes are read while the graph runs.
Value sum_at_run_time(Ops& ops, Value gradient, Value like) {
  const Value shape = ops.shape(like);
  Value aligned = shape;
  if (!gradient.rank_known() || !like.rank_known() || gradient.rank() != like.rank()) {
    const Value added = ops.sub(ops.shape(ops.shape(gradient)), ops.shape(shape));
    const Value ones = ops.node("ConstantOfShape", {added}, {{"value", Tensor({1}, std::vector<std::int64_t>{1})}});
    aligned = ops.concat({ones, shape}, 0);
  }
  const Value axes = ops.squeeze(ops.node("NonZero", {ops.equal(aligned, ops.ints({1}))}), {0});
  const Value summed = ops.node("ReduceSum", {gradient, axes}, {{"keepdims", std::int64_t{1}}, {"noop_with_empty_axes", std::int64_t{1}}});
  return ops.node("Reshape", {summed, shape}, {{"allowzero", std::int64_t{1}}});
}

}  // namespace

bool is_scalar(Value value) { return value.rank_known() && value.rank() == 0; }

bool same_shape(Value a, Value b) { return a.rank_known() && b.rank_known() && std::ranges::equal(a.dims(), b.dims(), same); }

Value sum_to_shape(Ops& ops, Value gradient, Value like) {
  if (same_shape(gradient, like)) return gradient;
  const auto axes = stretched_axes(gradient, like);
  if (!axes) return sum_at_run_time(ops, gradient, like);
  if (axes->empty()) return gradient;
  const std::size_t added = gradient.rank() - like.rank();
  if (axes->size() == added) return ops.reduce_sum(gradient, *axes);
  const Value summed = ops.reduce_sum(gradient, *axes, true);
  return added == 0 ? summed : ops.squeeze(summed, {axes->begin(), axes->begin() + static_cast<std::ptrdiff_t>(added)});
}

Value full(Ops& ops, Value gradient, Value like) {
  return same_shape(gradient, like) ? gradient : ops.expand(gradient, shape_value(ops, like));
}

Value full_grad(const ForwardNode& node, Ops& ops, std::size_t output) { return full(ops, node.grad(output), node.output(output)); }

static Value filled(Ops& ops, Value like, double value, DType dtype) {
  return ops.node("ConstantOfShape", {shape_value(ops, like)}, {{"value", Tensor({1}, std::vector<double>{value}).cast(dtype)}});
}

Value filled_like(Ops& ops, Value like, double value) { return filled(ops, like, value, like.dtype()); }

Value zeros_like(Ops& ops, Value like) { return filled(ops, like, 0, carries_gradient(like.dtype()) ? like.dtype() : DType::kFloat32); }

Value reshape_like(Ops& ops, Value value, Value like) {
  if (same_shape(value, like)) return value;
  if (!like.rank_known()) return ops.node("Reshape", {value, ops.shape(like)}, {{"allowzero", std::int64_t{1}}});
  const Dims& dims = like.dims();
  const bool has_zero = std::ranges::count(dims, 0, &Dim::value) > 0;
  const auto open = std::ranges::count_if(dims, [](const Dim& dim) { return !dim.known(); });
  if (open == 1 && !has_zero) return ops.reshape(value, numbers(dims));  // an unknown dimension is -1, as Reshape wants it
  if (open == 0 && !has_zero) return ops.reshape(value, numbers(dims));
  return ops.node("Reshape", {value, shape_value(ops, like)}, {{"allowzero", std::int64_t{1}}});
}

Value to_input(const ForwardNode& node, Ops& ops, std::size_t input, Value gradient) {
  if (!gradient || !node.wants(input)) return {};
  if (same_shape(node.input(input), node.output(0))) return gradient;
  return sum_to_shape(ops, full(ops, gradient, node.output(0)), node.input(input));
}

std::int64_t positive_axis(std::int64_t axis, std::size_t rank) { return axis < 0 ? axis + static_cast<std::int64_t>(rank) : axis; }

std::size_t known_rank(Value value) {
  if (value.rank_known()) return value.rank();
  throw Error(ErrorCode::kUnsupported, "the rank of \"" + value.name() + "\" is not known", "give the graph's inputs their shapes");
}

Value sizes(Ops& ops, Value of, std::size_t from, std::size_t to) {
  if (of.rank_known()) {
    const Dims part(of.dims().begin() + static_cast<std::ptrdiff_t>(from), of.dims().begin() + static_cast<std::ptrdiff_t>(to));
    if (all_known(part)) return ops.ints(numbers(part));
  }
  return ops.node("Shape", {of}, {{"start", static_cast<std::int64_t>(from)}, {"end", static_cast<std::int64_t>(to)}});
}

Value joined(Ops& ops, std::vector<Value> vectors) {
  std::vector<std::int64_t> known;
  for (const Value& vector : vectors) {
    const auto part = constant_ints(ops, vector);
    if (!part) return ops.concat(std::move(vectors), 0);
    known.insert(known.end(), part->begin(), part->end());
  }
  return ops.ints(std::move(known));
}

}  // namespace upkeep::gradients
