#include "train/gradients/shared/sampling.hpp"

#include <algorithm>
#include <numeric>

namespace upkeep::gradients {
namespace {

Value whole_number(Ops& ops, std::int64_t value) { return ops.constant(Tensor::scalar(value)); }

// The polynomial with these coefficients, the highest power first.
Value polynomial(Ops& ops, const Value& t, const std::vector<float>& coefficients) {
  Value sum = ops.mul(t, coefficients[0]);
  for (std::size_t i = 1; i + 1 < coefficients.size(); ++i) sum = ops.mul(ops.add(sum, coefficients[i]), t);
  return coefficients.back() == 0 ? sum : ops.add(sum, coefficients.back());
}

// With t in [0, 1) behind the second of four pixels, a = -3/4:
std::vector<Value> cubic_weights(Ops& ops, const Value& t) {
  constexpr float a = -0.75f;
  return {polynomial(ops, t, {a, -2 * a, a, 0}), polynomial(ops, t, {a + 2, -a - 3, 0, 1}), polynomial(ops, t, {-a - 2, 2 * a + 3, -a, 0}),
          polynomial(ops, t, {-a, a, 0, 0})};
}

Value mirrored(Ops& ops, const Value& index, const Value& length, bool at_edges) {
  const Value last = ops.sub(length, whole_number(ops, 1));
  const Value twice = ops.mul(at_edges ? length : last, whole_number(ops, 2));
  const Value place = ops.node("Mod", {index, ops.max(twice, whole_number(ops, 1))});
  return ops.min(place, ops.sub(at_edges ? ops.sub(twice, whole_number(ops, 1)) : twice, place));
}

Tap tap(Ops& ops, const Value& index, Value weight, const Value& length, Outside outside) {
  if (outside == Outside::kMirrorAtCentres || outside == Outside::kMirrorAtEdges)
    return {mirrored(ops, index, length, outside == Outside::kMirrorAtEdges), weight};
  const Value inside = ops.min(ops.max(index, whole_number(ops, 0)), ops.sub(length, whole_number(ops, 1)));
  return {inside, weight};
}

Value combined(Ops& ops, const Value& a, const Value& b) { return !a ? b : !b ? a : ops.mul(a, b); }

}  // namespace

Taps taps_of(Ops& ops, const std::string& mode, Value position, Value length, Outside outside) {
  const DType dtype = position.dtype();
  const Value first = ops.cast(ops.node(mode == "nearest" ? "Round" : "Floor", {position}), DType::kInt64);
  std::vector<Value> weights{Value()};
  std::int64_t offset = 0;
  if (mode != "nearest") {
    const Value t = ops.sub(position, ops.cast(first, dtype));
    if (mode == "linear") weights = {ops.sub(1.0f, t), t};
    else weights = cubic_weights(ops, t), offset = -1;
  }
  Taps taps;
  for (const Value& weight : weights) {
    const Value index = offset == 0 ? first : ops.add(first, whole_number(ops, offset));
    ++offset;
    Tap made = tap(ops, index, weight, length, outside);
    if (outside == Outside::kZero) made.weight = combined(ops, weight, ops.cast(ops.equal(made.index, index), dtype));
    taps.push_back(std::move(made));
  }
  return taps;
}

Value pixel_rows(Ops& ops, Value image) {
  std::vector<std::int64_t> perm(image.rank());
  std::iota(perm.begin(), perm.end(), 0);
  std::rotate(perm.begin() + 1, perm.begin() + 2, perm.end());
  return ops.node("Flatten", {ops.transpose(image, perm)}, {{"axis", static_cast<std::int64_t>(image.rank()) - 1}});
}

Value weighted_taps(Ops& ops, Value rows, Value start, const std::vector<Value>& lengths, const std::vector<Taps>& axes) {
  Taps corners{{Value(), Value()}};
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    Taps next;
    for (const Tap& corner : corners) {
      const Value above = corner.index ? ops.mul(corner.index, lengths[axis]) : Value();
      for (const Tap& one : axes[axis])
        next.push_back({above ? ops.add(above, one.index) : one.index, combined(ops, corner.weight, one.weight)});
    }
    corners = std::move(next);
  }
  std::vector<Value> indices;
  std::vector<Value> weights;
  for (const Tap& corner : corners) {
    indices.push_back(ops.unsqueeze(ops.add(corner.index, start), {0}));
    if (corner.weight) weights.push_back(ops.unsqueeze(corner.weight, {0}));
  }
  const Value values = ops.gather(rows, indices.size() == 1 ? indices[0] : ops.concat(indices, 0), 0);
  if (weights.empty()) return values;
  return ops.mul(values, ops.unsqueeze(weights.size() == 1 ? weights[0] : ops.concat(weights, 0), {-1}));
}

Value sampled(Ops& ops, Value rows, Value start, const std::vector<Value>& lengths, const std::vector<Taps>& axes) {
  return ops.reduce_sum(weighted_taps(ops, rows, start, lengths, axes), {0});
}

Value axis_length(Ops& ops, Value value, std::size_t axis) {
  const Dim& dim = value.dims()[axis];
  if (dim.known()) return whole_number(ops, dim.value);
  return ops.gather(ops.shape(value), whole_number(ops, static_cast<std::int64_t>(axis)), 0);
}

Value count_to(Ops& ops, Value end) { return ops.node("Range", {whole_number(ops, 0), end, whole_number(ops, 1)}); }

}  // namespace upkeep::gradients
