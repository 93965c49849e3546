// GridSample   y[n, c, p] = x[n, c] read at grid[n, p]      dL/dx: dL/dy added to the pixels that were read, by their weights
//                                                           dL/dgrid: dL/dy times the slope of x between its pixels; 0 for "nearest"
// AffineGrid   grid = base theta^T, base the coordinates of the pixels and 1      dL/dtheta = dL/dgrid^T base
//
// (Jaderberg et al., Spatial transformer networks, 2015)

#include "train/gradients/shared/expansion.hpp"
#include "train/gradients/shared/sampling.hpp"

namespace upkeep::gradients {
namespace {

// -1 and 1 are the centres of the outermost pixels, or their outer edges.
Value pixel_position(Ops& ops, const Value& coordinate, const Value& length, bool at_centres) {
  const Value size = ops.cast(length, coordinate.dtype());
  const Value from_zero = ops.add(coordinate, 1.0f);
  if (at_centres) return ops.mul(from_zero, ops.mul(ops.sub(size, 1.0f), 0.5f));
  return ops.mul(ops.sub(ops.mul(from_zero, size), 1.0f), 0.5f);
}

Outside grid_outside(const ForwardNode& node, bool at_centres) {
  const std::string padding = node.attribute<std::string>("padding_mode", "zeros");
  if (padding == "zeros") return Outside::kZero;
  if (padding == "border") return Outside::kNearest;
  return at_centres ? Outside::kMirrorAtCentres : Outside::kMirrorAtEdges;
}

std::string grid_mode(const ForwardNode& node) {  // operator set 16 called them otherwise
  const std::string mode = node.attribute<std::string>("mode", "linear");
  return mode.starts_with("bi") ? mode.substr(2) : mode;
}

Value read_at_grid(const ForwardNode& node, Ops& ops, const Value& x, const Value& grid) {
  const std::size_t axes = x.rank() - 2;
  const bool at_centres = node.attribute<std::int64_t>("align_corners", 0) != 0;
  const Value points = ops.cast(ops.reshape(grid, {0, -1, static_cast<std::int64_t>(axes)}), x.dtype());  // [N, P, axes]
  std::vector<Value> lengths;
  std::vector<Taps> taps;
  Value pixels = ops.constant(Tensor::scalar(std::int64_t{1}));
  for (std::size_t i = 0; i < axes; ++i) {  // a point names the last axis first
    const Value place = ops.constant(Tensor::scalar(static_cast<std::int64_t>(axes - 1 - i)));
    lengths.push_back(axis_length(ops, x, i + 2));
    pixels = ops.mul(pixels, lengths.back());
    const Value position = pixel_position(ops, ops.gather(points, place, 2), lengths.back(), at_centres);
    taps.push_back(taps_of(ops, grid_mode(node), position, lengths.back(), grid_outside(node, at_centres)));
  }
  const Value starts = ops.unsqueeze(ops.mul(count_to(ops, axis_length(ops, x, 0)), pixels), {1});
  const Value read = sampled(ops, pixel_rows(ops, x), starts, lengths, taps);  // [N, P, C]
  return reshape_like(ops, ops.transpose(read, {0, 2, 1}), node.output(0));
}

Grads grid_sample(const ForwardNode& node, Ops& ops) {
  return by_expansion(node, ops, [&](Ops& inner, const std::vector<Value>& inputs) {
    return std::vector<Value>{read_at_grid(node, inner, inputs[0], inputs[1])};
  });
}

Grads affine_grid(const ForwardNode& node, Ops& ops) {
  const auto axes = static_cast<std::int64_t>(node.output(0).rank()) - 2;
  std::vector<float> identity(static_cast<std::size_t>(axes * (axes + 1)));
  for (std::int64_t i = 0; i < axes; ++i) identity[static_cast<std::size_t>(i * (axes + 1) + i)] = 1;
  const DType dtype = node.input(0).dtype();
  const Value theta = ops.constant(Tensor({1, axes, axes + 1}, std::move(identity)).cast(dtype));
  const Value rest = ops.node("Slice", {node.input(1), ops.ints({1}), ops.ints({axes + 2})});
  const Value pixels = ops.node("AffineGrid", {theta, ops.concat({ops.ints({1}), rest}, 0)}, node.node().attributes);
  const Value base = ops.reshape(pixels, {-1, axes});  // [P, axes]
  const Value ones = ops.add(ops.mul(ops.node("Slice", {base, ops.ints({0}), ops.ints({1}), ops.ints({1})}), 0.0f), 1.0f);
  const Value points = ops.reshape(full_grad(node, ops), {0, -1, axes});  // [N, P, axes]
  return {ops.matmul(ops.transpose(points, {0, 2, 1}), ops.concat({base, ones}, 1)), Value()};
}

}  // namespace

void add_grid_sample(GradientCatalog& catalog) {
  catalog.add({.name = "GridSample", .aliases = {}, .help = "dL/dx = dL/dy added to the pixels that were read", .rule = grid_sample});
  catalog.add({.name = "AffineGrid", .aliases = {}, .help = "dL/dtheta = dL/dgrid^T base", .rule = affine_grid});
}

}  // namespace upkeep::gradients
