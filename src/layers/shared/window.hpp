// Windows that slide over the spatial axes of [batch, channels, ...]: their sizes, and TensorFlow's padding in explicit numbers.
//
//   valid   none                                                         out = floor((n - extent) / stride) + 1
//   same    total = max((out - 1) * stride + extent - n, 0), of which    out = ceil(n / stride)
//           the half is before, the odd one after
//   causal  extent - 1 before
// with extent = (size - 1) * dilation + 1. ONNX's auto_pad means other things by the same words and is never used.
#pragma once

#include <string>
#include <vector>

#include "base/json.hpp"
#include "graph/ops.hpp"

namespace upkeep::layers {

using Sizes = std::vector<std::int64_t>;  // one per spatial axis

// A number for all axes, or one for each. Throws Error{kInvalidArgument} naming the setting.
Sizes read_sizes(std::string_view setting, const Json& value, std::size_t axes, std::int64_t least = 1);
// A setting's default: 1 for each axis.
Json ones(std::size_t axes);
// The input of a layer over so many spatial axes has another rank.
Error wrong_spatial_axes(const Dims& input, std::size_t axes);

struct Window {
  Sizes size;
  Sizes strides;
  Sizes dilation;
  std::string padding = "valid";

  std::int64_t extent(std::size_t axis) const { return (size[axis] - 1) * dilation[axis] + 1; }
  // The output's size along an axis of n. Throws Error{kInvalidArgument} where the window does not fit.
  std::int64_t output_size(std::size_t axis, std::int64_t n) const;
};

struct Padding {
  std::int64_t before = 0;
  std::int64_t after = 0;
  bool operator==(const Padding&) const = default;
};
// Along one axis of n elements; nullopt where it depends on n, which is not known.
std::optional<Padding> padding(const Window& window, std::size_t axis, const Dim& n);

// x with what the window needs around it: `pads` for the operator's attribute, [before..., after...]. Where they depend on a size that is
// not known, x is padded by the graph itself and `pads` are zero.
struct Padded {
  Value x;
  std::vector<std::int64_t> pads;
  bool by_graph = false;
};
Padded padded(Ops& ops, const Value& x, const Window& window, float fill = 0);

// Pad with a constant, along the axes from `first` on. (Always written for all axes: ONNX Runtime's transposition
// optimiser, at least up to 1.32, takes the pads of a Pad with an input `axes` for those of all axes.)
Value pad_axes(Ops& ops, const Value& x, std::size_t first, const Sizes& before, const Sizes& after, float fill);
Value pad_axes(Ops& ops, const Value& x, std::size_t first, const Value& before, const Value& after, float fill);

// The attributes of Conv and of the pools.
std::vector<Attribute> attributes(const Window& window, const Padded& padded, bool dilations);

// Conv over x [batch, channels, ...] with w [filters, channels / groups, ...].
Value convolve(Ops& ops, const Value& x, const Value& w, const Value& bias, const Window& window, std::int64_t groups);

}  // namespace upkeep::layers
