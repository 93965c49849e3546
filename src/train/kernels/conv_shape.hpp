// Windows that slide over the spatial axes of [N, C, ...]: where they lie, from the attributes that Conv and the poolings share.
#pragma once

#include <algorithm>

#include "train/kernels/kernel.hpp"

namespace upkeep::kernels {

struct ConvGeometry {
  std::int64_t group = 1;
  std::vector<std::int64_t> strides, dilations, pads, kernel;  // empty: ones, ones, zeros, the weights' shape
  std::string auto_pad = "NOTSET";
  bool ceil = false;
};

// By spatial axis.
struct WindowPlan {
  std::vector<std::int64_t> kernel, strides, dilations, begin, end, output;
};

inline ConvGeometry geometry_of(const KernelAttributes& from) {
  return {.group = from.integer("group", 1),
          .strides = from.integers("strides"),
          .dilations = from.integers("dilations"),
          .pads = from.integers("pads"),
          .kernel = from.integers("kernel_shape"),
          .auto_pad = from.text("auto_pad", "NOTSET"),
          .ceil = from.integer("ceil_mode", 0) != 0};
}

inline ConvGeometry geometry_of(const std::vector<Attribute>& attributes) {
  const Node node{.op = {}, .domain = {}, .name = {}, .inputs = {}, .outputs = {}, .attributes = attributes};
  const auto list = [&](const char* name) { return node.get<std::vector<std::int64_t>>(name, {}); };
  return {.group = node.get<std::int64_t>("group", 1),
          .strides = list("strides"),
          .dilations = list("dilations"),
          .pads = list("pads"),
          .kernel = list("kernel_shape"),
          .auto_pad = node.get<std::string>("auto_pad", "NOTSET"),
          .ceil = node.get<std::int64_t>("ceil_mode", 0) != 0};
}

// One axis: `pads` are what is given; the answer is what is meant.
struct Window {
  std::int64_t begin, end, output;
};
inline Window window(const ConvGeometry& geometry, std::size_t axis, std::size_t axes, std::int64_t size, std::int64_t kernel) {
  const auto at = [&](const std::vector<std::int64_t>& list, std::int64_t absent) { return list.empty() ? absent : list.at(axis); };
  const std::int64_t stride = at(geometry.strides, 1);
  const std::int64_t extent = (kernel - 1) * at(geometry.dilations, 1) + 1;
  if (geometry.auto_pad.starts_with("SAME")) {
    const std::int64_t output = (size + stride - 1) / stride;
    const std::int64_t total = std::max<std::int64_t>((output - 1) * stride + extent - size, 0);
    const std::int64_t begin = geometry.auto_pad == "SAME_LOWER" ? total - total / 2 : total / 2;
    return {begin, total - begin, output};
  }
  const std::int64_t begin = geometry.pads.empty() ? 0 : geometry.pads.at(axis);
  const std::int64_t end = geometry.pads.empty() ? 0 : geometry.pads.at(axis + axes);
  const std::int64_t room = size + begin + end - extent;
  std::int64_t output = std::max<std::int64_t>(room < 0 ? 0 : room / stride + 1, 0);
  // The last window of ceil_mode starts inside the input or its padding in front.
  if (geometry.ceil && room > 0 && room % stride != 0 && output * stride < size + begin) ++output;
  return {begin, end, output};
}

// `w` is [O, I / group, kernel...], or without it the geometry's kernel counts.
inline WindowPlan window_plan(const ConvGeometry& geometry, const Shape& x, const Shape& w = {}) {
  WindowPlan plan;
  const std::size_t axes = x.size() - 2;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    plan.kernel.push_back(w.empty() ? geometry.kernel.at(axis) : w.at(axis + 2));
    plan.strides.push_back(geometry.strides.empty() ? 1 : geometry.strides.at(axis));
    plan.dilations.push_back(geometry.dilations.empty() ? 1 : geometry.dilations.at(axis));
    const Window made = window(geometry, axis, axes, x[axis + 2], plan.kernel.back());
    plan.begin.push_back(made.begin);
    plan.end.push_back(made.end);
    plan.output.push_back(made.output);
  }
  return plan;
}

// [N, O, ...] as far as it is known.
inline Dims conv_output_dims(const std::vector<Attribute>& attributes, const Dims& x, const Dims& w) {
  const ConvGeometry geometry = geometry_of(attributes);
  Dims made = {x[0], w[0]};
  for (std::size_t axis = 2; axis < x.size(); ++axis) {
    const bool known = x[axis].known() && w[axis].known();
    made.push_back(known ? Dim(window(geometry, axis - 2, x.size() - 2, x[axis].value, w[axis].value).output) : Dim());
  }
  return made;
}

}  // namespace upkeep::kernels
