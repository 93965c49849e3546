// Where elements come from: what is read by index is written back by index, and added up, because an index may occur twice.

#include <numeric>

#include "train/gradients/rule.hpp"

namespace upkeep::gradients {
namespace {

constexpr std::int64_t kWrittenOut = 1024;  // longer sequences of numbers are made while the graph runs

const Attribute& adding() {
  static const Attribute attribute{"reduction", std::string("add"), {}};
  return attribute;
}

Value counted(Ops& ops, Value size) {  // 0, 1, ... size - 1
  return ops.node("Range", {ops.constant(Tensor::scalar(std::int64_t{0})), size, ops.constant(Tensor::scalar(std::int64_t{1}))});
}

// The axes [from, from + count) moved to the front.
std::vector<std::int64_t> to_front(std::size_t rank, std::size_t from, std::size_t count) {
  std::vector<std::int64_t> perm;
  for (std::size_t i = from; i < from + count; ++i) perm.push_back(static_cast<std::int64_t>(i));
  for (std::size_t i = 0; i < rank; ++i)
    if (i < from || i >= from + count) perm.push_back(static_cast<std::int64_t>(i));
  return perm;
}

std::vector<std::int64_t> inverse(const std::vector<std::int64_t>& perm) {
  std::vector<std::int64_t> back(perm.size());
  for (std::size_t i = 0; i < perm.size(); ++i) back[static_cast<std::size_t>(perm[i])] = static_cast<std::int64_t>(i);
  return back;
}

// One index that is known, along an axis of known size: zeros before and after.
Value padded_around(Ops& ops, Value x, std::size_t axis, Value indices, Value grad) {
  const Dim& dim = x.dims()[axis];
  const auto place = constant_ints(ops, indices);
  if (!dim.known() || !place || place->size() != 1 || indices.rank() > 1) return {};
  std::vector<std::int64_t> pads(2 * x.rank());
  pads[axis] = positive_axis((*place)[0], static_cast<std::size_t>(dim.value));
  pads[axis + x.rank()] = dim.value - 1 - pads[axis];
  const Value apart = indices.rank() == 0 ? ops.unsqueeze(grad, {static_cast<std::int64_t>(axis)}) : grad;
  return ops.node("Pad", {apart, ops.ints(std::move(pads))});
}

}  // namespace

Value count_along(Ops& ops, Value of, std::size_t axis) {
  const Dim& dim = of.dims()[axis];
  if (dim.known() && dim.value <= kWrittenOut) {
    std::vector<std::int64_t> values(static_cast<std::size_t>(dim.value));
    std::iota(values.begin(), values.end(), 0);
    return ops.ints(std::move(values));
  }
  return counted(ops, ops.squeeze(sizes(ops, of, axis, axis + 1), {0}));
}

Value element_numbers(Ops& ops, Value like) { return reshape_like(ops, counted(ops, ops.size(like)), like); }

Value returned_by_number(Ops& ops, Value x, Value numbers, Value grad) {
  const Value zeros = zeros_like(ops, ops.reshape(x, {-1}));
  const Value flat_numbers = ops.reshape(numbers, {-1});
  const Value flat_grad = ops.reshape(grad, {-1});
  const Value sum = ops.node("ScatterElements", {zeros, flat_numbers, flat_grad}, {{"axis", std::int64_t{0}, {}}, adding()});
  return reshape_like(ops, sum, x);
}

// With the axis in front, the gradient is rows to be added to rows of zeros.
Value returned_along(Ops& ops, Value x, std::int64_t axis, Value indices, Value grad) {
  const std::size_t rank = known_rank(x);
  const auto at = static_cast<std::size_t>(positive_axis(axis, rank));
  if (const Value padded = padded_around(ops, x, at, indices, grad)) return padded;
  const Value places = ops.unsqueeze(ops.cast(indices, DType::kInt64), {-1});
  const Value zeros = zeros_like(ops, x);
  if (at == 0) return ops.node("ScatterND", {zeros, places, grad}, {adding()});
  const std::vector<std::int64_t> perm = to_front(rank, at, 1);
  const Value rows = ops.transpose(grad, to_front(known_rank(grad), at, known_rank(indices)));
  return ops.transpose(ops.node("ScatterND", {ops.transpose(zeros, perm), places, rows}, {adding()}), inverse(perm));
}

}  // namespace upkeep::gradients
