// Resize is linear in x, and along each axis on its own: y = M_1 x M_2^T for an image, M_a [out, in]. Hence dL/dx = M_1^T dL/dy M_2.
//
// M_a is what the operator makes of an identity matrix along that axis, so every mode, coordinate transformation and rounding is the
// operator's own. Whole enlargements of nearest neighbours, the usual case, sum each block of dL/dy instead.
//
// No gradient flows to the region of interest, the scales and the sizes.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "train/gradients/shared/sliding_window.hpp"

namespace upkeep::gradients {
namespace {

using Axes = std::vector<std::int64_t>;

constexpr std::size_t kResizeRoi = 1;
constexpr std::size_t kResizeScales = 2;
constexpr std::size_t kResizeSizes = 3;

std::string transformation_of(const ForwardNode& node) {
  return node.attribute<std::string>("coordinate_transformation_mode", "half_pixel");
}
bool crops_input(const ForwardNode& node) { return transformation_of(node) == "tf_crop_and_resize"; }
bool keeps_ratio(const ForwardNode& node) { return node.attribute<std::string>("keep_aspect_ratio_policy", "stretch") != "stretch"; }

bool is_given(const Value& value) {  // an empty tensor stands for an absent input too
  return value && !(value.rank_known() && value.rank() == 1 && value.dims()[0].value == 0);
}

Axes resized_axes(const ForwardNode& node) {
  const std::size_t rank = node.input(0).rank();
  Axes axes = node.attribute<Axes>("axes", {});
  if (axes.empty()) {
    axes.resize(rank);
    std::iota(axes.begin(), axes.end(), 0);
  }
  for (std::int64_t& axis : axes) axis = positive_axis(axis, rank);
  return axes;
}

std::optional<std::vector<float>> constant_scales(const ForwardNode& node, Ops& ops) {
  const Tensor* scales = is_given(node.input(kResizeScales)) ? constant_of(ops, node.input(kResizeScales)) : nullptr;
  if (!scales) return std::nullopt;
  const Tensor single = scales->cast(DType::kFloat32);
  return std::vector<float>(single.floats().begin(), single.floats().end());
}

// The k-th of the resized axes provably stays as it is.
bool is_kept(const ForwardNode& node, Ops& ops, const Axes& axes, std::size_t k) {
  if (crops_input(node) || keeps_ratio(node)) return false;
  if (const auto scales = constant_scales(node, ops)) return (*scales)[k] == 1;
  if (is_given(node.input(kResizeScales))) return false;
  const auto axis = static_cast<std::size_t>(axes[k]);
  const Dim& from = node.input(0).dims()[axis];
  return from == node.output(0).dims()[axis] && (from.known() || !from.symbol.empty());
}

Value list_element(Ops& ops, const Value& list, std::size_t k) { return ops.gather(list, ops.ints({static_cast<std::int64_t>(k)}), 0); }

Value length_of_axis(Ops& ops, const Value& value, std::int64_t axis) {
  const Dim& dim = value.dims()[static_cast<std::size_t>(axis)];
  return dim.known() ? ops.ints({dim.value}) : list_element(ops, ops.shape(value), static_cast<std::size_t>(axis));
}

// Of the axis that decides the common scale when the ratio of the sides is kept: its length, and the length asked for.
struct Deciding {
  Deciding(const ForwardNode& node, Ops& ops, const Axes& axes) {
    const Value lengths = ops.gather(ops.shape(node.input(0)), ops.ints(axes), 0);
    const Value ratios = ops.div(ops.cast(node.input(kResizeSizes), DType::kFloat32), ops.cast(lengths, DType::kFloat32));
    const bool smallest = node.attribute<std::string>("keep_aspect_ratio_policy", "") == "not_larger";
    const Value which = ops.node(smallest ? "ArgMin" : "ArgMax", {ratios}, {{"axis", std::int64_t{0}}});
    from = ops.gather(lengths, which, 0);
    to = ops.gather(node.input(kResizeSizes), which, 0);
  }
  Value from, to;
};

Value roi_of(const ForwardNode& node, Ops& ops, std::size_t k, std::size_t axes, std::size_t before) {
  if (!crops_input(node)) return {};
  const Value roi = node.input(kResizeRoi);
  const auto all = [&](float value) {
    return ops.constant(Tensor::full(Shape{static_cast<std::int64_t>(before)}, value).cast(roi.dtype()));
  };
  return ops.concat({all(0), list_element(ops, roi, k), all(1), list_element(ops, roi, axes + k)}, 0);
}

std::vector<Attribute> resize_attributes(const ForwardNode& node) {
  std::vector<Attribute> attributes;
  for (const Attribute& attribute : node.node().attributes)
    if (attribute.name != "axes" && attribute.name != "extrapolation_value") attributes.push_back(attribute);
  return attributes;  // what lies outside a crop is 0 here: it does not come from x
}

// M^T [in, out] of the k-th axis: row i is the resized i-th unit vector. Axis 2 is there for the operator: resized as well it keeps ONNX
// Runtime from taking equal sizes for a copy whatever the scale, and it carries the axis that decides a common scale.
Value transposed_matrix(const ForwardNode& node, Ops& ops, const Axes& axes, std::size_t k) {
  const Value n = length_of_axis(ops, node.input(0), axes[k]);
  const Value square = ops.node("ConstantOfShape", {ops.concat({n, n}, 0)}, {{"value", Tensor({1}, std::vector<float>{0})}});
  const auto dtype = static_cast<std::int64_t>(node.input(0).dtype());
  Value rows = ops.unsqueeze(ops.node("EyeLike", {square}, {{"dtype", dtype}}), {1, 2});
  std::vector<Attribute> attributes = resize_attributes(node);
  std::vector<Value> inputs(4);
  if (keeps_ratio(node)) {
    const Deciding deciding(node, ops, axes);
    rows = ops.expand(rows, ops.concat({ops.ints({1, 1}), deciding.from, ops.ints({1})}, 0));
    attributes.push_back({"axes", Axes{2, 3}});
    inputs[kResizeRoi] = roi_of(node, ops, k, axes.size(), 1);
    inputs[kResizeSizes] = ops.concat({deciding.to, list_element(ops, node.input(kResizeSizes), k)}, 0);
  } else {
    inputs[kResizeRoi] = roi_of(node, ops, k, axes.size(), 3);
    if (is_given(node.input(kResizeScales)))
      inputs[kResizeScales] =
          ops.concat({ops.constant(Tensor({3}, std::vector<float>{1, 1, 2})), list_element(ops, node.input(kResizeScales), k)}, 0);
    else inputs[kResizeSizes] = ops.concat({n, ops.ints({1, 2}), list_element(ops, node.input(kResizeSizes), k)}, 0);
  }
  inputs[0] = rows;
  const Value resized = ops.node("Resize", inputs, std::move(attributes));
  return ops.squeeze(ops.gather(resized, ops.ints({0}), 2), {1, 2});
}

// The axis' length from out to in.
Value contract_axis(Ops& ops, const Value& grad, const Value& transposed, std::size_t axis) {
  const std::size_t rank = grad.rank();
  if (axis + 2 == rank) return ops.matmul(transposed, grad);
  Axes perm(rank);
  std::iota(perm.begin(), perm.end(), 0);
  std::swap(perm[axis], perm[rank - 1]);
  const bool last = axis + 1 == rank;
  const Value product = ops.matmul(last ? grad : ops.transpose(grad, perm), ops.transpose(transposed, {1, 0}));
  return last ? product : ops.transpose(product, perm);
}

// Each pixel became a block of scale_a x scale_b x ... equal ones.
std::optional<Axes> enlarged_block(const ForwardNode& node, Ops& ops, const Axes& axes) {
  const auto scales = constant_scales(node, ops);
  const std::string transformation = transformation_of(node);
  const std::string rounding = node.attribute<std::string>("nearest_mode", "round_prefer_floor");
  const bool centred = transformation.starts_with("half_pixel") && rounding.starts_with("round");
  const bool cornered = transformation == "asymmetric" && rounding == "floor";
  const std::size_t rank = node.input(0).rank();
  if (!scales || rank < 3 || node.attribute<std::string>("mode", "nearest") != "nearest" || !(centred || cornered)) return std::nullopt;
  Axes sizes(rank, 1);
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const float scale = (*scales)[k];
    if (scale < 1 || std::floor(scale) != scale || (axes[k] < 2 && scale != 1)) return std::nullopt;
    sizes[static_cast<std::size_t>(axes[k])] = static_cast<std::int64_t>(scale);
  }
  return Axes(sizes.begin() + 2, sizes.end());
}

Grads resize(const ForwardNode& node, Ops& ops) {
  const Axes axes = resized_axes(node);
  Value grad = full_grad(node, ops);
  Grads grads(node.input_count());
  if (const auto sizes = enlarged_block(node, ops, axes)) {
    const Value means = ops.node("AveragePool", {grad}, {{"kernel_shape", *sizes}, {"strides", *sizes}});
    grads[0] = times(ops, means, static_cast<double>(element_count(*sizes)));
    return grads;
  }
  for (std::size_t k = 0; k < axes.size(); ++k)
    if (!is_kept(node, ops, axes, k))
      grad = contract_axis(ops, grad, transposed_matrix(node, ops, axes, k), static_cast<std::size_t>(axes[k]));
  grads[0] = grad;
  return grads;
}

}  // namespace

void add_resize(GradientCatalog& catalog) {
  catalog.add({.name = "Resize", .aliases = {}, .help = "dL/dx = M_a^T dL/dy along each axis, M_a the resized identity", .rule = resize});
}

}  // namespace upkeep::gradients
