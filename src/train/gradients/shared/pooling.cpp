#include "train/gradients/shared/pooling.hpp"

#include <algorithm>

namespace upkeep::gradients {
namespace {

using Numbers = std::vector<std::int64_t>;

bool rounds_up(const Node& node) { return node.get<std::int64_t>("ceil_mode", 0) != 0; }

// [N, C, ...] -> [N * C, 1, ...]: pooling does the same to every channel.
Value as_images(Ops& ops, const Value& value) {
  Numbers dims(value.rank(), 0);
  dims[0] = -1, dims[1] = 1;
  return ops.reshape(value, std::move(dims));
}

Value all_ones(Ops& ops, const Lengths& dims, DType dtype) {
  return ops.node("ConstantOfShape", {dims.value()}, {{"value", Tensor({1}, std::vector<float>{1}).cast(dtype)}});
}

Value ones_kernel(Ops& ops, const Sliding& sliding, DType dtype) {
  Shape shape{1, 1};
  shape.insert(shape.end(), sliding.kernel.numbers().begin(), sliding.kernel.numbers().end());
  return ops.constant(Tensor::full(shape, 1.0f).cast(dtype));
}

// Every place of x gets the sum over the windows that see it.
Value spread_windows(Ops& ops, const Sliding& sliding, const Value& values, const Value& x) {
  const Value spread = convolve_back(ops, sliding, as_images(ops, values), ones_kernel(ops, sliding, x.dtype()), as_images(ops, x));
  return reshape_like(ops, spread, x);
}

std::vector<Attribute> attributes_without(const Node& node, std::string_view name) {
  std::vector<Attribute> attributes;
  std::ranges::copy_if(node.attributes, std::back_inserter(attributes), [&](const Attribute& one) { return one.name != name; });
  return attributes;
}

// How many neighbouring windows have a place in common, per axis.
Numbers window_overlap(Ops& ops, const Sliding& sliding) {
  Numbers counts = sliding.extent(ops).numbers();
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = (counts[i] + sliding.strides[i] - 1) / sliding.strides[i];
  return counts;
}

bool can_add(Ops& ops) {  // ScatterElements has a reduction from operator set 16 on
  const auto opset = ops.model().opsets.find("");
  return opset == ops.model().opsets.end() || opset->second >= 16;
}

Value scatter_windows(Ops& ops, const Value& zeros, const Value& indices, const Value& grad, bool adding) {
  std::vector<Attribute> attributes{{"axis", std::int64_t{0}}};
  if (adding) attributes.push_back({"reduction", std::string("add")});
  return ops.node("ScatterElements", {zeros, ops.reshape(indices, {-1}), ops.reshape(grad, {-1})}, std::move(attributes));
}

// Every count-th window, so that none of those taken overlap, starting from each of the first ones; each place is then set at most once.
Value scatter_in_turns(Ops& ops, const Value& zeros, const Value& indices, const Value& grad, const Numbers& counts) {
  Numbers axes(counts.size());
  for (std::size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<std::int64_t>(i) + 2;
  const Numbers ends(counts.size(), std::numeric_limits<std::int64_t>::max());
  std::vector<Value> parts;
  for (std::int64_t turn = 0; turn < element_count(counts); ++turn) {
    Numbers starts(counts.size());
    for (std::int64_t i = std::ssize(counts) - 1, rest = turn; i >= 0; rest /= counts[static_cast<std::size_t>(i)], --i)
      starts[static_cast<std::size_t>(i)] = rest % counts[static_cast<std::size_t>(i)];
    const auto taken = [&](const Value& value) {
      return ops.node("Slice", {value, ops.ints(starts), ops.ints(ends), ops.ints(axes), ops.ints(counts)});
    };
    parts.push_back(scatter_windows(ops, zeros, taken(indices), taken(grad), false));
  }
  return plus(ops, parts);
}

// Factor that turns a sum over the window into the operator's average. The operator itself is asked, with an input of ones: what it counts
// at the borders differs between versions.
Value share_of_windows(Ops& ops, const Node& node, const Sliding& sliding, const Value& x) {
  const Value image = all_ones(ops, Lengths(ops, Numbers{1, 1}).followed_by(spatial(ops, x)), x.dtype());
  const Value average = ops.node("AveragePool", {image}, node.attributes);
  return ops.div(average, convolve(ops, sliding, image, ones_kernel(ops, sliding, x.dtype()), average));
}

}  // namespace

Value max_pool_input_grad(Ops& ops, const Node& node, Value grad, Value x, Value indices) {
  if (!indices) indices = ops.nodes("MaxPool", {x}, 2, attributes_without(node, "storage_order"))[1];
  const Numbers counts = window_overlap(ops, sliding_of(ops, node, x, grad));
  const bool overlapping = element_count(counts) > 1;
  const Value zeros = ops.reshape(zeros_like(ops, x), {-1});
  const bool in_turns = overlapping && !can_add(ops);
  const Value made =
      in_turns ? scatter_in_turns(ops, zeros, indices, grad, counts) : scatter_windows(ops, zeros, indices, grad, overlapping);
  return reshape_like(ops, made, x);
}

Value average_pool_input_grad(Ops& ops, const Node& node, Value grad, Value x) {
  const Sliding sliding = sliding_of(ops, node, x, grad);
  const double elements = static_cast<double>(element_count(sliding.kernel.numbers()));
  const auto none = [](const Lengths& pads) { return pads.known() && std::ranges::count(pads.numbers(), 0) == std::ssize(pads.numbers()); };
  const bool unpadded = none(sliding.begin) && sliding.end && none(*sliding.end);
  const bool counts_all = !rounds_up(node) && (unpadded || node.get<std::int64_t>("count_include_pad", 0) != 0);
  const Value share = counts_all ? number(ops, 1 / elements, x.dtype()) : share_of_windows(ops, node, sliding, x);
  return spread_windows(ops, sliding, times(ops, grad, share), x);
}

Value lp_scaled(Ops& ops, Value grad, Value y, std::int64_t p) {
  if (p == 1) return grad;
  const Value safe = ops.add(y, ops.cast(ops.equal(y, number(ops, 0, y.dtype())), y.dtype()));  // its slope is 0 there
  return p == 2 ? ops.div(grad, safe) : ops.mul(grad, ops.pow(safe, number(ops, static_cast<double>(1 - p), y.dtype())));
}

Value lp_slope(Ops& ops, Value x, std::int64_t p) {
  if (p == 1) return ops.sign(x);
  if (p == 2) return x;
  if (p % 2 == 0) return ops.pow(x, number(ops, static_cast<double>(p - 1), x.dtype()));
  return ops.mul(ops.sign(x), ops.pow(x, number(ops, static_cast<double>(p - 1), x.dtype())));
}

Value lp_pool_input_grad(Ops& ops, const Node& node, Value grad, Value x, Value y) {
  const auto p = node.get<std::int64_t>("p", 2);
  return ops.mul(lp_slope(ops, x, p), spread_windows(ops, sliding_of(ops, node, x, y), lp_scaled(ops, grad, y, p), x));
}

}  // namespace upkeep::gradients
